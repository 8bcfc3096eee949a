//! RayJobs that stand in other objects are judged, at their places in the file.

use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Checked, Options, Source, check};

/// A RayJob with one finding, at its line 6.
const JOB: &str = "apiVersion: ray.io/v1
kind: RayJob
metadata: {name: train}
spec:
  submissionMode: InteractiveMode
  backoffLimit: 2
  rayClusterSpec: {headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: head, image: rayproject/ray:2.52.0}]}}}}
";

fn checked(text: &str) -> Checked {
    let checked = check(&Source::new(text), &Options::default());
    assert!(checked.problems.is_empty(), "{text}{:?}", checked.problems);
    checked
}

/// Where each finding is, with its rule.
fn found(text: &str) -> Vec<(&'static str, usize, usize, &str)> {
    let checked = checked(text);
    let documents = checked.documents.iter();
    let findings = documents.flat_map(|document| &document.findings);
    findings
        .map(|finding| {
            let start = finding.span.start;
            let written = &text[finding.span.range()];
            (finding.rule, start.line, start.column, written)
        })
        .collect()
}

/// How many objects are judged.
fn judged(text: &str) -> usize {
    checked(text).documents.len()
}

/// A text behind as many blanks as are needed there.
fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("{}{line}\n", " ".repeat(by)),
    };
    text.lines().map(line).collect()
}

fn config_map(text: &str) -> String {
    let job = indented(text, 4);
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: jobs}}\ndata:\n  é: ü\n  job.yaml: |\n\
         {job}"
    )
}

fn workflow(kind: &str, above: &str, action: &str, text: &str) -> String {
    let depth = 2 * above.split('.').count() + 8;
    let mut yaml =
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: w}}\n");
    for (level, key) in above.split('.').enumerate() {
        yaml += &format!("{}{key}:\n", "  ".repeat(level));
    }
    let templates =
        format!("templates:\n- name: t\n  resource:\n    action: {action}\n    manifest: |\n");
    yaml + &indented(&templates, depth - 8) + &indented(text, depth)
}

fn chainsaw(operation: &str, more: &str) -> String {
    let job = indented(JOB, 10);
    format!(
        "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {{name: t}}\nspec:\n  \
         steps:\n  - try:\n    - {operation}:\n{more}        resource:\n{job}"
    )
}

#[test]
fn the_data_of_a_config_map() {
    assert_eq!(
        found(&config_map(JOB)),
        [("interactive-backoff", 12, 7, "backoffLimit: 2")]
    );
    let two = format!("# first\n{JOB}---\n\n{JOB}");
    let lines: Vec<_> = found(&config_map(&two)).iter().map(|it| it.1).collect();
    assert_eq!(lines, [13, 22]);
    assert_eq!(judged(&config_map(&two.replace('\n', "\r\n"))), 2);
}

#[test]
fn the_steps_of_argo() {
    for kind in ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"] {
        assert_eq!(
            found(&workflow(kind, "spec", "create", JOB)),
            [("interactive-backoff", 15, 13, "backoffLimit: 2")],
            "{kind}"
        );
    }
    let cron = workflow("CronWorkflow", "spec.workflowSpec", "apply", JOB);
    assert_eq!(found(&cron)[0].1, 16, "{cron}");
    let plugin = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:\n  - \
         plugin:\n      ray:\n{}",
        indented(JOB, 8)
    );
    assert_eq!(found(&plugin)[0].1, 12, "{plugin}");
    for action in ["patch", "delete", "get"] {
        assert_eq!(judged(&workflow("Workflow", "spec", action, JOB)), 0);
    }
}

#[test]
fn what_argo_fills_in_need_not_be_yaml() {
    let job = JOB
        .replace(
            "name: train",
            "name: {{workflow.name}}-{{ = a ? \"b\" : c }}",
        )
        .replace(
            "spec:\n",
            "spec:\n  suspend: {{inputs.parameters.suspend}}\n",
        );
    let text = workflow("Workflow", "spec", "create", &job);
    let checked = checked(&text);
    assert_eq!(
        checked.documents[0].name,
        "{{workflow.name}}-{{ = a ? \"b\" : c }}"
    );
    assert!(checked.notes.is_empty(), "{:?}", checked.notes);
    assert_eq!(
        found(&text),
        [("interactive-backoff", 16, 13, "backoffLimit: 2")]
    );
    let text = text.replace("name: head", "name: \"${HEAD}\"");
    let notes = check(&Source::new(&text), &Options::default()).notes;
    assert!(notes[0].message.contains("${HEAD}"), "{notes:?}");
    assert_eq!(&text[notes[0].span.range()], "${HEAD}");
}

#[test]
fn what_a_test_of_chainsaw_sends() {
    for operation in ["apply", "create", "update"] {
        assert_eq!(
            found(&chainsaw(operation, "")),
            [("interactive-backoff", 14, 13, "backoffLimit: 2")]
        );
    }
    for operation in ["assert", "error", "patch", "delete"] {
        assert_eq!(judged(&chainsaw(operation, "")), 0, "{operation}");
    }
    let refused = "        expect: [{check: {($error != null): true}}]\n";
    assert_eq!(judged(&chainsaw("apply", refused)), 0);
    let bound = chainsaw("apply", "").replace(
        "{name: train}",
        "{name: \"(join('-', [$n]))\", namespace: ($namespace)}",
    );
    assert_eq!(found(&bound).len(), 1, "{bound}");
    assert!(checked(&bound).notes.is_empty());
}

#[test]
fn lists_and_wrappers_in_each_other() {
    let item = JOB.replace('\n', "\n    ");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {item}\n"
    );
    assert_eq!(found(&list)[0].1, 12);
    assert_eq!(found(&config_map(&list))[0].1, 18);
    let map = config_map(&config_map(JOB));
    assert_eq!(
        found(&map),
        [("interactive-backoff", 18, 11, "backoffLimit: 2")]
    );
    let wrapper = format!(
        "apiVersion: workload.codeflare.dev/v1beta2\nkind: AppWrapper\nspec:\n  components:\n  - \
         template:\n{}",
        indented(JOB, 6)
    );
    assert_eq!(found(&wrapper)[0].1, 11);
}

#[test]
fn a_text_with_escapes_is_shown_as_a_whole() {
    let job = serde_json::to_string(JOB).expect("JSON");
    let yaml = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  job.yaml: {job}\n");
    let json = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {{\n\"job.yaml\": {job}}}}}"
    );
    for (text, line) in [(&yaml, 4), (&json, 2)] {
        assert_eq!(found(text), [("interactive-backoff", line, 13, &*job)]);
        let finding = &checked(text).documents[0].findings[0];
        assert!(finding.fixes.iter().all(|fix| fix.edits.is_empty()));
        assert!(
            fix(
                text,
                &Options::default(),
                Wanted::Rule("interactive-backoff")
            )
            .applied
            .is_empty()
        );
    }
}

#[test]
fn a_text_that_is_folded_is_shown_at_its_first_line() {
    let json = r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "x"},
      "spec": {"clusterSelector": {"ray.io/cluster": "c"}, "entrypoint": "a",
      "backoffLimit": 2}}"#;
    for (text, shown) in [
        (format!(">\n      {json}"), ">"),
        (format!("'{json}'"), json.lines().next().unwrap()),
    ] {
        let text = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  job.json: {text}\n");
        let found = found(&text);
        let [("selector-backoff", 4, 13, written)] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(written.trim_start_matches('\''), shown);
    }
}

#[test]
fn a_json_text_in_a_block_is_read_where_it_stands() {
    let json = r#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "x"},
  "spec": {"clusterSelector": {"ray.io/cluster": "c"}, "entrypoint": "a",
  "backoffLimit": 2}}
"#;
    assert_eq!(
        found(&config_map(json)),
        [("selector-backoff", 9, 7, "\"backoffLimit\": 2")]
    );
}

#[test]
fn edits_and_comments_work_where_the_text_stands() {
    let text = config_map(JOB);
    let fixed = fix(
        &text,
        &Options::default(),
        Wanted::Rule("interactive-backoff"),
    );
    assert_eq!(
        fixed.text,
        text.replace("backoffLimit: 2", "backoffLimit: 0")
    );
    let comment = "backoffLimit: 2 # rayjob-policy: ignore[interactive-backoff] our fork";
    let ignored = checked(&text.replace("backoffLimit: 2", comment));
    assert_eq!(
        ignored.documents[0].findings[0].ignored.as_deref(),
        Some("our fork")
    );
    let job = serde_json::to_string(&JOB.replace("backoffLimit: 2", comment)).expect("JSON");
    let ignored = checked(&format!(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {job}\n"
    ));
    assert!(ignored.documents[0].findings[0].ignored.is_some());
}

#[test]
fn other_texts_are_left_alone() {
    for text in [
        "import ray # see docs.ray.io: [\n",
        "the RayJob of docs.ray.io: [\n",
        "apiVersion: v1\nkind: Service\nspec: {{ spec }} # ray.io/cluster: a\n",
        "import yaml\njob = {\n  \"apiVersion\": \"ray.io/v1\",\n  \"kind\": \"RayJob\",\n}\n",
        "{\"request\": {\"kind\": {\"group\": \"ray.io\"}, \"object\": 1}}\n",
    ] {
        let checked = checked(&config_map(text));
        assert!(
            checked.documents.is_empty() && checked.notes.is_empty(),
            "{text}"
        );
    }
    let kyverno = format!(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec:\n  rules:\n  - match: {{any: \
         [{{resources: {{kinds: [ray.io/v1/RayJob]}}}}]}}\n    mutate:\n      \
         patchStrategicMerge:\n{}",
        indented(JOB, 8)
    );
    assert_eq!(judged(&kyverno), 0);
    let kustomization = format!(
        "kind: Kustomization\npatches:\n- patch: |-\n{}",
        indented(JOB, 4)
    );
    assert_eq!(judged(&kustomization), 0);
}

#[test]
fn a_rayjob_that_cannot_be_read_is_noted() {
    for above in ["", "# the job\n\n"] {
        let text = config_map(&format!("{above}{}", JOB.replace("train", "{{ name }}")));
        let notes = checked(&text).notes;
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].span.start.line, 9 + above.lines().count());
        assert_eq!(
            notes[0].message,
            "this text names a RayJob but cannot be read: looks like a Helm or Jinja template ({{ ... }}): \
             render it first, for example with helm template"
        );
    }
}

#[test]
fn texts_in_texts_come_to_an_end() {
    let mut text = JOB.to_owned();
    let depths: Vec<_> = (0..6)
        .map(|_| {
            text = config_map(&text);
            judged(&text)
        })
        .collect();
    assert_eq!(depths, [1, 1, 1, 1, 0, 0]);
}
