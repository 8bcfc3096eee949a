//! Judges the examples of the catalogue.

use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::crd;
use rayjob_policy_core::example::Example;
use rayjob_policy_core::rule::{Level, Rule};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::{Graded, Verdict};
use serde_json::{Value, json};

/// The settings with which an example is judged: its rule is on.
pub fn settings(rule: &Rule, example: &Example) -> Settings {
    let release = example.release(rule);
    let mut settings = Settings::for_release(release);
    for &(gate, on) in rule.gate.iter().chain(example.gates) {
        settings.gates.set(release, gate, on);
    }
    settings.set_level(rule.id, rule.level.max(Level::Warn));
    settings
}

/// The request for an object, which replaces a stored one if there is one.
pub fn request(object: &Value, stored: Option<&Value>) -> Vec<u8> {
    json!({"request": {
        "uid": "1", "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]},
        "operation": if stored.is_some() { "UPDATE" } else { "CREATE" },
        "object": object, "oldObject": stored,
    }})
    .to_string()
    .into_bytes()
}

/// The verdict of the policy on an example.
pub fn judge(rule: &Rule, example: &Example) -> Verdict {
    let object = example.object().expect("an example");
    let stored = example.stored_object().expect("an example");
    judge_object(rule, &object, stored.as_ref(), &settings(rule, example))
}

/// The verdict of a host of the rule: for a rule about files, a host that reads
/// files, reduced to findings of such rules.
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
