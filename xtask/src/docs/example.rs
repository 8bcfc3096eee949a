//! An example of the catalogue, judged.

use anyhow::{Context, Result};
use rayjob_policy_core::example::Example;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::verdict::Graded;

/// What a rule, switched on, finds first in an example.
///
/// # Errors
/// If the example is no JSON or the rule finds nothing.
pub fn judge(rule: &Rule, example: &Example) -> Result<Graded> {
    let mut findings = example.judge(rule)?.findings.into_iter();
    findings
        .find(|graded| graded.finding.rule.id == rule.id)
        .with_context(|| format!("{} finds nothing in {}", rule.id, example.patch))
}
