//! Compares the policy with what KubeRay has answered.

mod answer;
mod case;
mod file;
mod outcome;
#[cfg(test)]
mod repetition;
mod tally;

use std::path::Path;

use anyhow::{Result, ensure};

use answer::Module;
use case::Case;
use outcome::Outcome;
use tally::Tally;

/// Judges recorded cases for all releases and prints where the policy and
/// KubeRay agree.
///
/// # Errors
/// If a case cannot be read or asked, or the two disagree.
pub fn conform(file: &Path, with_module: bool) -> Result<()> {
    let cases = case::read(file)?;
    let tallies = if with_module {
        vec![Module::ask(&cases, |module| {
            compare(&cases, |_| module.answer())
        })?]
    } else {
        vec![compare_natively(&cases)?, compare_files(&cases)?]
    };
    for (title, tally) in TITLES.iter().zip(&tallies) {
        println!("{title}\n\n{tally}");
    }
    ensure!(
        tallies.iter().all(Tally::is_conformant),
        "the policy and KubeRay disagree"
    );
    Ok(())
}

/// What is compared: objects as they are written, and, natively, what becomes of
/// them in a file.
const TITLES: [&str; 2] = [
    "# As written",
    "# In a file: what the API server refuses, and what KubeRay says of what it stores",
];

fn compare_natively(cases: &[Case]) -> Result<Tally> {
    compare(cases, |question| answer::native(&question))
}

fn compare_files(cases: &[Case]) -> Result<Tally> {
    let mut tally = Tally::default();
    for question in case::questions(cases) {
        let (answer, outcome) = file::compare(question)?;
        tally.count(&question, &answer, outcome);
    }
    Ok(tally)
}

/// Compares the recorded answers with those of the policy.
fn compare(
    cases: &[Case],
    mut ask: impl FnMut(case::Question<'_>) -> Result<answer::Answer>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    for question in case::questions(cases) {
        let answer = ask(question)?;
        let outcome = Outcome::of(&question, &answer);
        tally.count(&question, &answer, outcome);
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rayjob_rules::rules;

    use super::{case, compare_files, compare_natively};
    use crate::project;

    #[test]
    fn the_policy_agrees_with_kuberay() {
        let file = project::path("tests/conformance/cases.jsonl.gz");
        let cases = case::read(&file).expect("recorded cases");
        assert!(cases.len() > 19_000, "{} cases", cases.len());
        let tally = compare_natively(&cases).expect("answers");
        assert!(tally.is_conformant(), "{tally}");
    }

    #[test]
    fn a_check_of_files_agrees_with_the_api_server_and_kuberay() {
        let file = project::path("tests/conformance/cases.jsonl.gz");
        let tally = compare_files(&case::read(&file).expect("recorded cases")).expect("answers");
        assert!(tally.is_conformant(), "{tally}");
    }

    #[test]
    fn every_rule_is_broken_by_some_recorded_case_and_kept_by_another() {
        let cases =
            case::read(&project::path("tests/conformance/cases.jsonl.gz")).expect("recorded cases");
        let operator = rules::all()
            .filter(|rule| !rule.id.starts_with("trap-") && !rule.id.starts_with("crd-"));
        let mut untried: BTreeMap<_, _> =
            operator.map(|rule| (rule.id, (rule, [true; 2]))).collect();
        for question in case::questions(&cases) {
            for id in question.kuberay {
                if let Some((_, [broken, _])) = untried.get_mut(id.trim_start_matches("child:")) {
                    *broken = false;
                }
            }
            for (rule, [_, kept]) in untried.values_mut() {
                *kept &= !question.kuberay.is_empty()
                    || !rule.releases.iter().any(|r| r == question.release);
            }
        }
        let untried: Vec<_> = untried
            .iter()
            .filter(|(_, (_, tried))| tried.contains(&true))
            .map(|(id, _)| id)
            .collect();
        assert!(untried.is_empty(), "no recorded case for {untried:?}");
    }
}
