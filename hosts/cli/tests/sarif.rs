//! SARIF reports are what the standard says.

use std::fs;
use std::process::Command;

use boon::{Compiler, Schemas};
use rayjob_policy_core::rules;
use serde_json::{Value, json};
use tempfile::TempDir;

const SCHEMA: &str = include_str!("sarif/sarif-schema-2.1.0.json");

/// The SARIF report on files, which is valid.
fn report(files: &[(&str, &[u8])], args: &[&str]) -> Value {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"));
    command.args(["check", "--format", "sarif"]).args(args);
    let output = command
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    // A pattern has a bracket too much, which JavaScript lets pass; reports have
    // no language.
    for kind in ["run", "toolComponent"] {
        let properties = &mut schema["definitions"][kind]["properties"];
        let language = properties["language"].as_object_mut().expect("an object");
        assert!(language.remove("pattern").is_some());
    }
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource("sarif.json", schema)
        .expect("a schema");
    let schema = compiler
        .compile("sarif.json", &mut schemas)
        .expect("a schema");
    if let Err(error) = schemas.validate(&report, schema) {
        panic!("{error:#}\n{report:#}");
    }
    report
}

#[test]
fn a_clean_run_has_an_empty_list_of_results() {
    let clean = report(&[("a.yaml", b"kind: Pod\n")], &["."]);
    assert_eq!(clean["runs"][0]["results"], json!([]));
    assert_eq!(
        clean["runs"][0]["invocations"][0]["executionSuccessful"],
        true
    );
}

#[test]
fn findings_fixes_silenced_ones_and_what_cannot_be_read_are_in_it() {
    let bad = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: 🚀\nspec:\n  \
        clusterSelector: {ray.io/cluster: shared}\n  backoffLimit: 2\n  \
        suspend: no # rayjob-policy: ignore[yaml-boolean] as ever\n";
    let files: &[(&str, &[u8])] = &[
        ("a b.yaml", bad.as_bytes()),
        ("broken.yaml", b"apiVersion: ray.io/v1\nkind: [\n"),
        ("latin.yaml", b"ray.io \xff"),
    ];
    let report = report(files, &["a b.yaml", "broken.yaml", "latin.yaml"]);
    let run = &report["runs"][0];
    let results = run["results"].as_array().expect("results");
    let of = |rule: &str| {
        let mut results = results.iter();
        results
            .find(|result| result["ruleId"] == rule)
            .expect("a result")
    };
    let backoff = of("selector-backoff");
    assert_eq!(backoff["level"], "error");
    let place = &backoff["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.yaml");
    assert_eq!(place["region"]["startLine"], 7);
    let change = &backoff["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "0");
    let boolean = of("yaml-boolean");
    assert_eq!(boolean["suppressions"][0]["justification"], "as ever");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"].as_array();
    assert_eq!(told.map(Vec::len), Some(2));
    let about = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        let id = &result["ruleId"];
        let rule = about.iter().find(|rule| rule["id"] == *id).expect("a rule");
        let page = rules::page_of(id.as_str().expect("an ID"));
        let uri = rule["helpUri"].as_str();
        assert!(uri.is_some_and(|uri| uri.ends_with(&page)), "{uri:?}");
    }
}

#[test]
fn a_rule_has_its_own_level_whatever_a_finding_does() {
    let bad = b"apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: a}\n\
        spec: {entrypoint: a, clusterSelector: {ray.io/cluster: a}, backoffLimit: 2}\n";
    let settings = b"rules: {selector-backoff: warn, trap-*: 'off'}\n";
    let files: &[(&str, &[u8])] = &[("a.yaml", bad), ("settings.yaml", settings)];
    let report = report(files, &["a.yaml", "--settings", "settings.yaml"]);
    let run = &report["runs"][0];
    let [result] = &run["results"].as_array().expect("results")[..] else {
        panic!("{run:#}");
    };
    assert_eq!(result["ruleId"], "selector-backoff");
    assert_eq!(result["level"], "warning");
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
}

#[test]
fn what_is_named_besides_the_rules_is_described_too() {
    let question = br#"{"request": {"uid": "1", "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
        "operation": "CREATE", "object": {"spec": {"backoffLimit": 2}}}, "settings": {"rules": 7}}"#;
    let request = br#"{"request": {"uid": "1", "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
        "operation": "CREATE", "object": {"spec": {"backoffLimit": "2"}}}}"#;
    let files: &[(&str, &[u8])] = &[("a.json", question), ("b.json", request)];
    let report = report(files, &["a.json", "b.json"]);
    let rules = report["runs"][0]["tool"]["driver"]["rules"].as_array();
    let rules = rules.expect("rules").iter().map(|rule| {
        let what = rule["shortDescription"]["text"].as_str();
        assert_ne!(what, rule["id"].as_str());
        rule["id"].as_str().expect("an ID")
    });
    let rules: Vec<_> = rules.collect();
    assert_eq!(rules, ["invalid-settings", "unreadable-request"]);
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let bad = "apiVersion: ray.io/v1\nkind: RayJob\n\
        spec: {clusterSelector: {ray.io/cluster: a}, backoffLimit: 2}\n";
    let moved = format!("# a comment\n\n{bad}");
    let [before, after] = [bad, &moved].map(|text| {
        let report = report(&[("a.yaml", text.as_bytes())], &["a.yaml"]);
        report["runs"][0]["results"][0]["partialFingerprints"].clone()
    });
    assert!(before.is_object());
    assert_eq!(before, after);
}

#[test]
fn two_findings_of_a_rule_in_one_field_have_fingerprints_of_their_own() {
    let service = |first: &str| {
        format!(
            "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {{name: chat}}\nspec:\n  \
             serveConfigV2: |\n    applications:\n    - {{import_path: 'a:app', {first}: 1, \
             deploymants: 1}}\n  rayClusterConfig: {{headGroupSpec: {{template: {{spec: \
             {{containers: [{{name: h, image: 'rayproject/ray:2.52.0'}}]}}}}}}}}\n"
        )
    };
    let [before, after] = ["routeprefix", "route_prefx"].map(|first| {
        let report = report(&[("a.yaml", service(first).as_bytes())], &["a.yaml"]);
        let results = report["runs"][0]["results"].as_array().expect("results");
        let of_rule = results
            .iter()
            .filter(|result| result["ruleId"] == "trap-serve-config-ignored");
        let prints = of_rule.map(|result| result["partialFingerprints"].to_string());
        prints.collect::<Vec<_>>()
    });
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(before, after, "they depend on no value");
}
