//! Compares the policy with what KubeRay has answered.

use anyhow::{Result, ensure};
use rayjob_policy_conformance::case::{self, Case};

use crate::answer::Policy;
use crate::outcome::Outcome;
use crate::tally::Tally;

/// How many answers are asked for at once.
pub const BATCH: usize = 1000;

/// How many disagreements are shown.
pub const SHOWN: usize = 20;

/// Counts how the policy's answers compare with those of the cases, and returns
/// the cases on which they differ.
///
/// # Errors
/// If the policy cannot be asked.
pub fn compare(policy: &mut Policy, cases: &[Case], tally: &mut Tally) -> Result<Vec<Case>> {
    let questions: Vec<_> = case::questions(cases).collect();
    let mut differ = Vec::new();
    for batch in questions.chunks(BATCH) {
        for (question, answer) in batch.iter().zip(policy.answers(batch)?) {
            let outcome = Outcome::of(question, &answer);
            tally.count(question, &outcome);
            if !outcome.is_agreement() {
                differ.push(question.alone());
            }
        }
    }
    Ok(differ)
}

/// Fails unless all that was counted agrees.
///
/// # Errors
/// If the policy and KubeRay disagree.
pub fn expect_agreement(tally: &Tally) -> Result<()> {
    ensure!(tally.is_conformant(), "the policy and KubeRay disagree");
    Ok(())
}
