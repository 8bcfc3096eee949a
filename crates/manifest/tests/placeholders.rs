//! What is said of an object with placeholders, which somebody renders later.

use rayjob_policy_manifest::{Options, Source, check, settings};

/// A job with lines of its spec and of a group of workers.
fn job(spec: &str, group: &str) -> String {
    format!(
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: a}}\nspec:\n  entrypoint: b\n{spec}\
         \x20 rayClusterSpec:\n    headGroupSpec:\n      template: {{spec: {{containers: [{{name: h, \
         image: i}}]}}}}\n    workerGroupSpecs:\n    - groupName: w\n{group}      template: {{spec: \
         {{containers: [{{name: w, image: i}}]}}}}\n"
    )
}

/// The rules with findings, and the number of notes.
fn said(text: &str, settings: &str) -> (Vec<&'static str>, usize) {
    let options = Options {
        settings: settings::read(settings, None).expect("settings"),
        ..Options::default()
    };
    let checked = check(&Source::new(text), &options);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let findings = checked.documents.iter().flat_map(|it| &it.findings);
    (findings.map(|it| it.rule).collect(), checked.notes.len())
}

#[test]
fn a_field_whose_name_is_a_placeholder_is_not_unknown() {
    let text = |key: &str| job(&format!("  {key}: {{c: 1}}\n"), "");
    assert_eq!(said(&text("other"), ""), (vec!["trap-unknown-field"], 0));
    assert_eq!(said(&text("${KEY}"), ""), (vec![], 1));
}

/// Without the rule about types, the policy refuses what it cannot read.
#[test]
fn a_placeholder_for_another_type_hides_no_finding_and_makes_none() {
    let off = r#"rules: {crd-types: "off"}"#;
    for (field, value) in [
        ("  activeDeadlineSeconds: ", "${SECONDS}"),
        ("  shutdownAfterJobFinishes: ", "${DOWN}"),
        ("  clusterSelector: ", "${SELECTOR}"),
        ("  clusterSelector: {a: b}\n  backoffLimit: ", "${LIMIT}"),
    ] {
        let (written, notes) = said(&job(&format!("{field}word\n"), ""), off);
        assert!(
            written.contains(&"unreadable-request"),
            "{field} {written:?}"
        );
        assert_eq!(notes, 0);
        let (found, notes) = said(&job(&format!("{field}{value}\n"), ""), off);
        assert!(!found.contains(&"unreadable-request"), "{field} {found:?}");
        assert_eq!(notes, 1);
    }
    let group = |least: &str| {
        job(
            "",
            &format!("      maxReplicas: 0\n      minReplicas: {least}\n"),
        )
    };
    assert_eq!(said(&group("5"), off).0, ["worker-min-exceeds-max"]);
    assert_eq!(said(&group("${LEAST}"), off).0, [""; 0]);
}
