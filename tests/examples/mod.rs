//! Judging the examples of the catalogue.

use rayjob_rules::admit::admit_with;
use rayjob_rules::crd;
use rayjob_rules::example::Example;
use rayjob_rules::rule::{Level, Rule};
use rayjob_rules::rules;
use rayjob_rules::settings::Settings;
use rayjob_rules::verdict::{Graded, Verdict};
use serde_json::{Value, json};

/// The settings that an example is judged with: its rule is on.
pub fn settings(rule: &Rule, example: &Example) -> Settings {
    let release = example.release(rule);
    let mut settings = Settings::for_release(release);
    for &(gate, on) in rule.gate.iter().chain(example.gates) {
        settings.gates.set(release, gate, on);
    }
    settings.set_level(rule.id, rule.level.max(Level::Warn));
    settings
}

/// The request that brings an object, in place of a stored one if there is one.
pub fn request(object: &Value, stored: Option<&Value>) -> Vec<u8> {
    json!({"request": {
        "uid": "1", "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]},
        "operation": if stored.is_some() { "UPDATE" } else { "CREATE" },
        "object": object, "oldObject": stored,
    }})
    .to_string()
    .into_bytes()
}

/// What the policy says of an example.
pub fn judge(rule: &Rule, example: &Example) -> Verdict {
    let object = example.object().expect("an example");
    let stored = example.stored_object().expect("an example");
    judge_object(rule, &object, stored.as_ref(), &settings(rule, example))
}

/// What a host of the rule says: of a rule about files, one that reads files.
/// What the operator makes of the object is then another matter.
pub fn judge_object(
    rule: &Rule,
    object: &Value,
    stored: Option<&Value>,
    settings: &Settings,
) -> Verdict {
    if !is_about_files(rule) {
        return admit_with(&request(object, stored), settings);
    }
    let mut verdict = crd::judge(object, stored, settings);
    let is_of_files = |graded: &Graded| is_about_files(graded.finding.rule);
    verdict.findings.retain(is_of_files);
    verdict
}

fn is_about_files(rule: &Rule) -> bool {
    rules::about_files().any(|known| known.id == rule.id)
}
