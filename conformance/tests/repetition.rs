//! No trap says again what another rule says of the same object.

use std::collections::BTreeSet;

use rayjob_policy_conformance::case;
use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use serde_json::{Value, json};

/// Rules that may speak of the same field of an object, because they say
/// different things of it.
const BOTH: [(&str, &str); 13] = [
    // The version is too old, and it is not that of the image.
    ("auth-version-old", "trap-ray-version-differs"),
    ("worker-priority-version-old", "trap-ray-version-differs"),
    ("worker-priority-version-old", "trap-ray-version-probes"),
    // The shape is refused, and it would have no effect either.
    (
        "deletion-rules-with-legacy",
        "trap-selector-cleanup-ignored",
    ),
    // It cannot be read, and nobody would read it.
    ("runtime-env-invalid", "trap-entrypoint-ignored"),
    // It cannot be read, and a shell would change it.
    ("runtime-env-invalid", "trap-runtime-env-shell"),
    // The job waits for a user, and in this mode a submitter may restart.
    ("status-waiting-mode", "trap-sidecar-restarts-fixed"),
    // The job waits for a user, and no release knows the mode.
    ("status-waiting-mode", "trap-unknown-mode"),
    // When the clock begins, and when it is looked at.
    (
        "trap-deadline-per-attempt",
        "trap-active-deadline-in-waiting",
    ),
    // How much a retry costs, what it deletes, and what counts as one.
    ("trap-retry-deletes-cluster", "trap-suspend-keeps-counters"),
    ("trap-retry-multiplication", "trap-retry-deletes-cluster"),
    ("trap-retry-multiplication", "trap-suspend-keeps-counters"),
    // It is no time, and nobody would look at it.
    (
        "worker-idle-timeout-negative",
        "trap-autoscaler-options-unused",
    ),
];

/// The traps that speak of a field of which another rule speaks too, with all
/// rules switched on.
fn repetitions(question: &Value, mut settings: Settings) -> Vec<(&'static str, &'static str)> {
    settings.set_level("*", Level::Warn);
    let verdict = admit_with(question.to_string().as_bytes(), &settings);
    let mut pairs = Vec::new();
    let mut others = verdict.findings.iter().map(|graded| &graded.finding);
    while let Some(one) = others.next() {
        for other in others.clone().filter(|other| other.path == one.path) {
            let pair = (one.rule.id, other.rule.id);
            let has_trap = [one, other]
                .iter()
                .any(|finding| finding.rule.origin == Origin::Trap);
            if pair.0 != pair.1 && has_trap && !BOTH.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

#[test]
fn no_trap_repeats_another_rule_in_a_recorded_case() {
    let cases = case::sample(5).expect("recorded cases");
    let mut all = BTreeSet::new();
    for question in case::questions(&cases) {
        let question = question.to_json().expect("a question");
        let question: Value = serde_json::from_slice(&question).expect("a question");
        let mut settings = question["settings"].clone();
        settings["rules"] = json!({});
        let settings = Settings::parse(settings.to_string().as_bytes()).expect("settings");
        all.extend(repetitions(&question, settings));
    }
    assert_eq!(all, BTreeSet::new());
}

#[test]
fn no_trap_repeats_another_rule_in_an_example() {
    for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
        for example in doc.bad.iter().chain(doc.good) {
            let object = example.object().expect("an example");
            let question = json!({"request": {
                "uid": "0",
                "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]},
                "operation": if example.stored.is_some() { "UPDATE" } else { "CREATE" },
                "object": object,
                "oldObject": example.stored_object().expect("an example"),
            }});
            for release in Release::ALL {
                let mut settings = Settings::for_release(release);
                for &(gate, on) in rule.gate.iter().chain(example.gates) {
                    settings.gates.set(release, gate, on);
                }
                let repeated = repetitions(&question, settings);
                assert!(repeated.is_empty(), "{repeated:?} in {}", example.patch);
            }
        }
    }
}
