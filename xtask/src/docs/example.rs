//! An example of the catalogue, judged.

use anyhow::{Context, Result};
use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::crd;
use rayjob_policy_core::example::Example;
use rayjob_policy_core::rule::{Level, Rule};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Graded;
use serde_json::json;

/// What a rule, switched on, finds first in an example.
///
/// # Errors
/// If the example is no JSON or the rule finds nothing.
pub fn judge(rule: &Rule, example: &Example) -> Result<Graded> {
    let release = example.release(rule);
    let mut settings = Settings::for_release(release);
    for &(gate, on) in rule.gate.iter().chain(example.gates) {
        settings.gates.set(release, gate, on);
    }
    settings.set_level(rule.id, rule.level.max(Level::Warn));
    let object = example.object()?;
    let stored = example.stored_object()?;
    let question = json!({"request": {
        "uid": "0",
        "kind": {"group": "ray.io", "version": "v1", "kind": example.kind.as_str()},
        "operation": if stored.is_some() { "UPDATE" } else { "CREATE" },
        "object": object,
        "oldObject": stored,
    }});
    let verdict = match rules::about_files().any(|known| known.id == rule.id) {
        true => crd::judge(&object, stored.as_ref(), &settings),
        false => admit_with(question.to_string().as_bytes(), &settings),
    };
    let found = |graded: &Graded| graded.finding.rule.id == rule.id;
    verdict
        .findings
        .into_iter()
        .find(found)
        .with_context(|| format!("{} finds nothing in {}", rule.id, example.patch))
}
