//! `rayjob-policy rules`.

use std::process::Command;

use serde_json::{Value, json};

/// The rules, as `--format json` lists them.
fn rules() -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
        .args(["rules", "--format", "json"])
        .output()
        .expect("it runs");
    let mut list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    serde_json::from_value(list["rules"].take()).expect("a list of rules")
}

#[test]
fn the_list_says_where_and_how_strictly_each_rule_applies() {
    let rules = rules();
    for (id, expected) in [
        (
            "interactive-backoff",
            json!(["deny", "deny", null, null, null]),
        ),
        (
            "pod-image-missing",
            json!(["warn", "deny", null, null, null]),
        ),
        ("crd-types", json!(["deny", "deny", "files", null, null])),
        (
            "trap-service-collision",
            json!(["deny", "deny", "files", null, null]),
        ),
        (
            "scheduler-kai-submission-mode",
            json!(["deny", "deny", null, null, "kai-scheduler"]),
        ),
        (
            "live-queue-missing",
            json!(["warn", "warn", null, "queues", null]),
        ),
        (
            "yaml-duplicate-key",
            json!(["deny", "deny", "files", null, null]),
        ),
    ] {
        let rule = rules.iter().find(|rule| rule["id"] == id).expect(id);
        let keys = ["level", "levelInFiles", "onlyIn", "asks", "neighbour"];
        let found: Vec<_> = keys.iter().map(|key| rule[key].clone()).collect();
        assert_eq!(json!(found), expected, "{id}");
    }
}

#[test]
fn some_rules_need_a_release_of_kueue_or_find_nothing_in_files() {
    let rules = rules();
    let has = |key: &str, value: &str| rules.iter().any(|rule| rule[key] == value);
    assert!(has("neighbour", "Kueue"));
    assert!(has("onlyIn", "admission"));
}

#[test]
fn each_family_of_rules_has_a_title() {
    let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
        .arg("rules")
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> = text.lines().collect();
    let follows = |title: &str, rule: &str| {
        let title = lines.iter().position(|line| *line == title).expect(title);
        let family = lines[title + 1..]
            .iter()
            .take_while(|line| line.starts_with("  "));
        family
            .map(|line| line.split_whitespace().next())
            .any(|id| id == Some(rule))
    };
    assert!(follows("Manifest syntax", "yaml-boolean"), "{text}");
    assert!(
        follows(
            "Shells between the job and the head",
            "trap-entrypoint-syntax"
        ),
        "{text}"
    );
    let rule = lines
        .iter()
        .find(|line| line.starts_with("  interactive-backoff "));
    assert!(rule.expect("a rule").contains(" deny  "), "{text}");
}

#[test]
fn a_shell_completes_commands() {
    let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
        .args(["completions", "bash"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.contains("rayjob-policy") && text.contains("explain"),
        "{text}"
    );
}
