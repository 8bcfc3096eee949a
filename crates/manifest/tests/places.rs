//! Where findings are shown, whatever the text looks like.

use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Checked, Options, Source, check};

fn checked(text: &str) -> Checked {
    check(&Source::new(text), &Options::default())
}

/// The rule, the line and the text of each finding.
fn found(text: &str) -> Vec<(&'static str, usize, &str)> {
    let checked = checked(text);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let findings = checked
        .documents
        .iter()
        .flat_map(|document| &document.findings);
    findings
        .map(|finding| {
            (
                finding.rule,
                finding.span.start.line,
                &text[finding.span.range()],
            )
        })
        .collect()
}

/// Likewise, of one rule.
fn found_by<'t>(rule: &str, text: &'t str) -> Vec<(usize, &'t str)> {
    let of_rule = found(text).into_iter().filter(|(by, ..)| *by == rule);
    of_rule.map(|(_, line, shown)| (line, shown)).collect()
}

const INTERACTIVE: &str = "apiVersion: ray.io/v1
kind: RayJob
metadata:
  name: train
spec:
  submissionMode: InteractiveMode
  backoffLimit: 2
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template:
        spec:
          containers:
          - {name: head, image: ray}
";

#[test]
fn a_finding_is_shown_at_its_entry() {
    assert_eq!(
        found(INTERACTIVE),
        [("interactive-backoff", 7, "backoffLimit: 2")]
    );
}

#[test]
fn line_breaks_may_be_crlf() {
    assert_eq!(
        found(&INTERACTIVE.replace('\n', "\r\n")),
        [("interactive-backoff", 7, "backoffLimit: 2")]
    );
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let text = format!("\u{feff}{INTERACTIVE}");
    let checked = checked(&text);
    let start = checked.documents[0].findings[0].span.start;
    assert_eq!((start.line, start.column, start.utf16_column), (7, 3, 3));
    assert_eq!(start.utf16, start.offset - 2);
}

#[test]
fn columns_count_what_is_before() {
    let text = INTERACTIVE
        .replace("  name: train", "  name: train # 🚀🚀")
        .replace(
            "  submissionMode: InteractiveMode\n  backoffLimit: 2\n",
            "  {\"entrypoint\": \"🚀é\", submissionMode: InteractiveMode, backoffLimit: 2,\n",
        )
        .replace(
            "          - {name: head, image: ray}\n",
            "            [{name: head, image: ray}]\n  }\n",
        )
        .replace("rayClusterSpec:\n", "rayClusterSpec: {\n")
        .replace("headGroupSpec:\n", "headGroupSpec: {\n")
        .replace("rayStartParams: {}\n", "rayStartParams: {},\n")
        .replace("template:\n", "template: {\n")
        .replace("        spec:\n", "        spec: {\n")
        .replace("}]\n  }", "}]}}}}}");
    let checked = checked(&text);
    assert!(checked.problems.is_empty(), "{text}{:?}", checked.problems);
    let start = checked.documents[0].findings[0].span.start;
    assert_eq!((start.line, start.column, start.utf16_column), (6, 57, 58));
    let before: Vec<u16> = text.encode_utf16().take(start.utf16).collect();
    assert!(text.starts_with(&String::from_utf16(&before).unwrap()));
    assert!(text[start.offset..].starts_with("backoffLimit: 2,"));
}

#[test]
fn tabs_may_stand_before_values() {
    let text = INTERACTIVE.replace("backoffLimit: 2", "backoffLimit:\t2\t# tab");
    assert_eq!(
        found(&text),
        [("interactive-backoff", 7, "backoffLimit:\t2")]
    );
}

#[test]
fn an_aliased_value_is_shown_where_the_alias_is() {
    let text = INTERACTIVE
        .replace(
            "  name: train",
            "  name: train\n  annotations: {x: &retries 2}",
        )
        .replace("backoffLimit: 2", "backoffLimit: *retries");
    assert_eq!(
        found_by("interactive-backoff", &text),
        [(8, "backoffLimit: *retries")]
    );
}

#[test]
fn what_an_alias_stands_for_is_shown_where_it_is_written() {
    let text = format!(
        "{}  jobs: &job\n    submissionMode: InteractiveMode\n    backoffLimit: 2\n    \
         rayClusterSpec:\n      headGroupSpec: {{rayStartParams: {{}}, template: {{spec: \
         {{containers: [{{name: head, image: ray}}]}}}}}}\nspec: *job\n",
        &INTERACTIVE[..INTERACTIVE.find("spec:").unwrap()]
    );
    assert_eq!(
        found_by("interactive-backoff", &text),
        [(7, "backoffLimit: 2")]
    );
    let merged = text.replace("spec: *job\n", "spec:\n  <<: *job\n");
    assert_eq!(
        found_by("interactive-backoff", &merged),
        [(7, "backoffLimit: 2")]
    );
    let over = text.replace("spec: *job\n", "spec:\n  <<: *job\n  backoffLimit: 0\n");
    assert_eq!(found_by("interactive-backoff", &over), []);
}

#[test]
fn a_field_on_several_lines_is_shown_at_its_key() {
    let text = INTERACTIVE.replace(
        "backoffLimit: 2",
        "entrypoint: |\n    backoffLimit: 3\n    # not a comment\n\n  activeDeadlineSeconds:\n    \
         -1\n",
    );
    assert_eq!(
        found_by("active-deadline-not-positive", &text),
        [(11, "activeDeadlineSeconds")]
    );
}

#[test]
fn a_finding_about_a_part_of_a_string_is_shown_there() {
    for (value, line, shown) in [
        (
            "|-\n    pip: [torch]\n    env_vars: {A: $HOME/c}",
            8,
            "$HOME",
        ),
        (
            ">\n    pip: [torch]\n\n\n    env_vars: {A: '$HOME'}",
            10,
            "$HOME",
        ),
        ("'env_vars: {A: ''a'', B: \"$HOME\"}'", 6, "$HOME"),
        (
            r#""pip: []\nenv_vars: {A: \"\u00e9${HOME}\"}""#,
            6,
            "${HOME}",
        ),
    ] {
        let text = INTERACTIVE.replace("submissionMode: InteractiveMode", "entrypoint: a");
        let text = text.replace("backoffLimit: 2", "backoffLimit: 0");
        let text = text.replace(
            "  entrypoint",
            &format!("  runtimeEnvYAML: {value}\n  entrypoint"),
        );
        assert_eq!(
            found_by("trap-runtime-env-shell", &text),
            [(line, shown)],
            "{text}"
        );
    }
}

#[test]
fn parts_of_two_strings_are_shown_in_each() {
    let text = INTERACTIVE.replace(
        "  submissionMode: InteractiveMode\n  backoffLimit: 2\n",
        "  entrypoint: python a.py '*' $B\n  runtimeEnvYAML: \"env_vars: {A: $HOME}\"\n",
    );
    let found = found(&text).into_iter();
    let found: Vec<_> = found.map(|(rule, _, shown)| (rule, shown)).collect();
    assert_eq!(
        found,
        [
            ("trap-runtime-env-shell", "$HOME"),
            ("trap-entrypoint-submitter-value", "$B"),
            ("trap-entrypoint-quotes-on-head", "'*'"),
        ]
    );
}

#[test]
fn a_comment_on_its_field_silences_a_finding_inside_a_string() {
    let comment = "# rayjob-policy: ignore[runtime-env-invalid] later";
    let text = INTERACTIVE.replace(
        "  backoffLimit: 2",
        &format!("  runtimeEnvYAML: | {comment}\n    pip: ["),
    );
    let checked = checked(&text);
    let findings = checked.documents[0].findings.iter();
    let ignored: Vec<_> = findings
        .filter(|finding| finding.rule == "runtime-env-invalid")
        .map(|finding| (finding.span.start.line, finding.ignored.as_deref()))
        .collect();
    assert_eq!(ignored, [(8, Some("later"))]);
}

#[test]
fn an_absent_field_is_shown_at_its_parent() {
    let text = INTERACTIVE
        .replace("  submissionMode: InteractiveMode\n  backoffLimit: 2\n", "")
        .replace(
            "      template:\n        spec:\n          containers:\n          - {name: head, \
             image: ray}\n",
            "      template:\n        spec:\n          containers: []\n",
        );
    let shown: Vec<_> = found(&text).iter().map(|&(_, _, shown)| shown).collect();
    assert!(shown.contains(&"containers: []"), "{shown:?}");
}

#[test]
fn json_is_shown_alike() {
    let text = r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "\ud83d\ude80"},
	"spec": {"submissionMode": "InteractiveMode",
	"backoffLimit": 2, "rayClusterSpec": {"headGroupSpec": {"rayStartParams": {},
	"template": {"spec": {"containers": [{"name": "head", "image": "rayproject/ray:2.52.0"}]}}}}}}"#;
    let text = &text.replace("\\ud83d\\ude80", "train");
    assert_eq!(
        found(text),
        [("interactive-backoff", 3, "\"backoffLimit\": 2")]
    );
    let emoji = text.replace(
        "\"name\": \"train\"",
        "\"name\": \"train\", \"annotations\": {\"x\": \"\\ud83d\\ude80\"}",
    );
    assert_eq!(found(&emoji), found(text));
    let in_stream = format!("# a comment\n---\n{text}\n---\n{{a: b}}\n");
    assert_eq!(found(&in_stream)[0].1, 5);
}

#[test]
fn each_document_of_a_stream_is_judged() {
    let text = format!(
        "# Source: chart/templates/a.yaml\n{INTERACTIVE}---\n# only a comment\n---\n# Source: \
         chart/templates/b.yaml\n{INTERACTIVE}...\n--- # again\n{INTERACTIVE}"
    );
    let checked = checked(&text);
    let seen: Vec<_> = checked
        .documents
        .iter()
        .map(|document| {
            (
                document.template.as_deref(),
                document.findings[0].span.start.line,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Some("chart/templates/a.yaml"), 8),
            (Some("chart/templates/b.yaml"), 26),
            (None, 42)
        ]
    );
}

#[test]
fn the_items_of_a_list_are_judged() {
    let item = INTERACTIVE.replace('\n', "\n  ");
    let text = format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n- {item}\n");
    let lines: Vec<_> = found(&text).iter().map(|&(_, line, _)| line).collect();
    assert_eq!(lines, [10, 25]);
}

#[test]
fn a_document_that_cannot_be_read_does_not_take_the_others_with_it() {
    let text = format!("a: [\n---\n{INTERACTIVE}---\na: 1\n\tb: 2\n---\n{INTERACTIVE}");
    let checked = checked(&text);
    assert_eq!(checked.documents.len(), 2);
    let lines: Vec<_> = checked
        .problems
        .iter()
        .map(|problem| problem.span.start.line)
        .collect();
    assert_eq!(lines, [2, 19]);
}

#[test]
fn a_field_that_cannot_be_read_is_shown() {
    let text = INTERACTIVE.replace("backoffLimit: 2", "backoffLimit: two");
    assert_eq!(found(&text), [("crd-types", 7, "backoffLimit: two")]);
}

#[test]
fn a_field_that_keeps_an_object_from_being_judged_is_shown() {
    let settings = r#"{"rules": {"crd-types": "off"}}"#;
    let options = Options {
        settings: Some(Settings::parse(settings.as_bytes()).expect("settings")),
        ..Options::default()
    };
    let object = |spec: &str| {
        format!(
            r#"{{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {{"name": "a"}}, "spec": {{{spec}}}}}"#
        )
    };
    let request = |operation: &str, spec: &str| {
        let object = object(spec);
        format!(
            r#"{{{operation}, "kind": {{"group": "ray.io", "kind": "RayJob"}}, "object": {object}}}"#
        )
    };
    let review = |request: &str| format!(r#"{{"request": {request}}}"#);
    let [create, other] = [r#""operation": "CREATE""#, r#""operation": "OTHER""#];
    let fault = r#""backoffLimit": "two""#;
    let unreadable = request(create, fault);
    let unknown = request(other, "");
    for (text, shown) in [
        (&object(fault), fault),
        (&unreadable, fault),
        (&review(&unreadable), fault),
        (&unknown, other),
        (&review(&unknown), other),
    ] {
        let checked = check(&Source::new(text), &options);
        let finding = checked.documents[0].findings.last().expect("a finding");
        let found = (finding.rule, &text[finding.span.range()]);
        assert_eq!(found, ("unreadable-request", shown), "{text}");
    }
}

#[test]
fn requests_are_told_from_other_documents() {
    let ray = r#""kind": {"group": "ray.io", "kind": "RayJob"}"#;
    let pod = r#""kind": {"group": "", "kind": "Pod"}"#;
    for (fields, number) in [
        ([ray, r#""operation": "DELETE""#], 1),
        ([ray, r#""object": {}"#], 1),
        ([ray, r#""uid": "a""#], 0),
        ([r#""kind": 1"#, r#""object": {}"#], 0),
        ([r#""uid": "a""#, r#""operation": "DELETE""#], 0),
        ([pod, r#""operation": "CREATE""#], 0),
    ] {
        let request = format!("{{{}}}", fields.join(", "));
        for text in [&format!(r#"{{"request": {request}}}"#), &request] {
            assert_eq!(checked(text).documents.len(), number, "{text}");
        }
    }
}

#[test]
fn what_does_not_mention_ray_is_left_out_if_asked() {
    let options = Options {
        only_ray: true,
        ..Options::default()
    };
    for (text, number) in [("a: [ray.io", 1), ("a: [docs.io", 0), ("a: [ray.serve", 0)] {
        let checked = check(&Source::new(text), &options);
        assert_eq!(checked.problems.len(), number, "{text}");
    }
}

#[test]
fn a_field_that_a_request_lacks_is_shown_at_its_first_line() {
    let request = "kind:\n  group: ray.io\n  version: v1\n  kind: RayJob\nuid: a\nobject: \
        {apiVersion: ray.io/v1, kind: RayJob}\n";
    let checked = checked(request);
    let finding = &checked.documents[0].findings[0];
    assert_eq!(finding.rule, "unreadable-request");
    assert_eq!(&request[finding.span.range()], "kind:");
}

#[test]
fn words_that_are_booleans_to_kubectl_only_are_pointed_out() {
    let text = INTERACTIVE.replace("backoffLimit: 2", "suspend: yes");
    let shown = found(&text);
    assert!(shown.contains(&("yaml-boolean", 7, "yes")), "{shown:?}");
    let text = INTERACTIVE.replace("backoffLimit: 2", "suspend: true");
    assert!(
        !found(&text)
            .iter()
            .any(|&(rule, ..)| rule == "yaml-boolean")
    );
}

#[test]
fn keys_that_are_written_twice_are_pointed_out() {
    let text = INTERACTIVE.replace("  backoffLimit: 2", "  backoffLimit: 2\n  backoffLimit: 0");
    assert_eq!(found(&text), [("yaml-duplicate-key", 8, "backoffLimit")]);
    let many = (0..40)
        .map(|key| format!("a{key}: ''"))
        .collect::<Vec<_>>()
        .join(", ");
    for keys in [String::new(), format!("{many}, ")] {
        let text = INTERACTIVE.replace(
            "  backoffLimit: 2",
            &format!("  metadata: {{b: c, {keys}b: d, b: e}}"),
        );
        let checked = checked(&text);
        let findings = checked.documents[0].findings.iter();
        let repeated: Vec<_> = findings
            .filter(|finding| finding.rule == "yaml-duplicate-key")
            .map(|finding| (&*finding.path, &*finding.detail))
            .collect();
        let expected = ("spec.metadata.b", "already written at line 7, column 14");
        assert_eq!(repeated, [expected, expected]);
    }
}

#[test]
fn a_word_in_place_of_a_string_is_one_mistake() {
    let text = INTERACTIVE.replace("backoffLimit: 2", "metadata: {debug: yes}");
    let shown = found(&text);
    assert!(shown.contains(&("crd-types", 7, "debug: yes")), "{shown:?}");
    assert!(
        !shown.iter().any(|&(rule, ..)| rule == "yaml-boolean"),
        "{shown:?}"
    );
}

#[test]
fn three_megabytes_are_read() {
    let comment = format!("# {}\n", "🚀 x".repeat(20));
    let text = format!("{}{INTERACTIVE}", comment.repeat(3_000_000 / comment.len()));
    assert!(text.len() > 2_900_000);
    let lines = text[..text.find("backoffLimit").unwrap()]
        .matches('\n')
        .count();
    assert_eq!(
        found(&text),
        [("interactive-backoff", lines + 1, "backoffLimit: 2")]
    );
}

/// A job with this many fields that no schema knows.
fn unknown_fields(number: usize) -> String {
    let fields = (0..number).map(|index| format!("  unknown{index}: 1\n"));
    format!("{INTERACTIVE}{}", fields.collect::<String>())
}

#[test]
fn of_many_findings_of_one_rule_the_first_are_shown_and_all_are_counted() {
    let few = checked(&unknown_fields(1000));
    assert!(few.notes.is_empty(), "{:?}", few.notes);
    let many = checked(&unknown_fields(1003));
    let [document] = &many.documents[..] else {
        panic!("{many:?}")
    };
    assert_eq!(document.findings.len(), few.documents[0].findings.len());
    let omitted: Vec<_> = document.tally.omitted().collect();
    let [sort] = omitted[..] else {
        panic!("{omitted:?}")
    };
    assert_eq!((sort.rule, sort.omitted), ("trap-unknown-field", 3));
    assert_eq!(many.notes.len(), 1, "{:?}", many.notes);
    let note = &many.notes[0];
    assert!(
        note.message.ends_with("3 more of trap-unknown-field"),
        "{note:?}"
    );
    assert_eq!(note.span.start.line, 2);
}

#[test]
fn silenced_findings_do_not_take_the_place_of_others() {
    let text = unknown_fields(1500);
    let ignore = " # rayjob-policy: ignore[trap-unknown-field] not yet\n";
    let text = text.replacen(": 1\n", &format!(": 1{ignore}"), 1001);
    let checked = checked(&text);
    let document = &checked.documents[0];
    let of_rule = document
        .findings
        .iter()
        .filter(|it| it.rule == "trap-unknown-field");
    let (ignored, others): (Vec<_>, Vec<_>) = of_rule.partition(|it| it.ignored.is_some());
    assert_eq!((ignored.len(), others.len()), (1000, 499));
    let omitted: Vec<_> = document.tally.omitted().collect();
    assert!(omitted.iter().all(|sort| sort.ignored && sort.omitted == 1));
}
