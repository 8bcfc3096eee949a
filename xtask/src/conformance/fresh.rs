//! Compares with what KubeRay's own code says of fresh objects.

use anyhow::Result;
use rayjob_rules::release::Release;

use super::answer::Policy;
use super::case::{self, Case};
use super::minimise::minimise;
use super::oracle::Oracle;
use super::outcome::Outcome;
use super::tally::Tally;
use super::{BATCH, SHOWN};
use crate::generate::{Fresh, Generator};

/// Asks the policy and KubeRay about fresh objects, so many for each of the
/// releases. Prints the smallest object for each disagreement, and what was
/// skipped.
///
/// # Errors
/// If the policy or KubeRay fails.
pub fn compare(
    policy: &mut Policy,
    releases: &[Release],
    count: usize,
    seed: u64,
) -> Result<Tally> {
    let mut tally = Tally::default();
    if !Oracle::is_buildable() {
        println!("fresh objects: skipped, because Go is not installed");
        return Ok(tally);
    }
    for &release in releases {
        let mut oracle = match Oracle::start(release) {
            Ok(oracle) => oracle,
            Err(error) => {
                println!("KubeRay {release}: skipped, {error}");
                continue;
            }
        };
        println!("KubeRay {release}: {count} objects of seed {seed}");
        let mut objects = Generator::new(seed, release)?.take(count);
        let mut differ = Vec::new();
        loop {
            let batch: Vec<_> = objects.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let cases = oracle.ask(batch)?;
            differ.extend(super::compare(policy, &cases, &mut tally)?);
        }
        for case in differ.into_iter().take(SHOWN) {
            println!("{}", smallest(policy, &mut oracle, case)?);
        }
    }
    Ok(tally)
}

/// The smallest case of the same disagreement.
fn smallest(policy: &mut Policy, oracle: &mut Oracle, mut smallest: Case) -> Result<Case> {
    let outcome = judge(policy, &smallest)?;
    let fresh = Fresh {
        object: smallest.object.clone(),
        gates: smallest.gates.clone(),
    };
    minimise(fresh, |fresh| {
        let Some(case) = oracle.ask_one(fresh.clone())? else {
            return Ok(false);
        };
        let same = case.kuberay == smallest.kuberay && judge(policy, &case)? == outcome;
        if same {
            smallest = case;
        }
        Ok(same)
    })?;
    Ok(smallest)
}

/// How the policy's answer compares with the one answer of a case.
fn judge(policy: &mut Policy, case: &Case) -> Result<Option<Outcome>> {
    let questions: Vec<_> = case::questions(std::slice::from_ref(case)).collect();
    let answers = policy.answers(&questions)?;
    let mut outcomes = questions.iter().zip(&answers);
    Ok(outcomes
        .next()
        .map(|(question, answer)| Outcome::of(question, answer)))
}
