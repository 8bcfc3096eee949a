//! Compares the policy with what KubeRay has answered.

mod answer;
pub(crate) mod case;
mod file;
mod fresh;
mod minimise;
mod oracle;
mod outcome;
mod page;
mod program;
#[cfg(test)]
mod repetition;
mod tally;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use rayjob_policy_core::release::Release;

use answer::Policy;
use case::Case;
use outcome::Outcome;
use page::PAGE;
use tally::Tally;

use crate::project;

/// What is compared.
#[derive(Args)]
pub struct Comparison {
    /// Recorded answers, such as `conformance/recorded/cases.jsonl.gz`.
    #[arg(required_unless_present = "fresh", conflicts_with = "fresh")]
    file: Option<PathBuf>,
    /// Asks the module that `build` made, not the core.
    #[arg(long)]
    wasm: bool,
    /// Writes the tables in `docs/conformance.md`.
    #[arg(long, conflicts_with_all = ["fresh", "wasm"])]
    update: bool,
    /// Makes so many objects for each release and asks KubeRay's own code about
    /// them, if Go is installed.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20000")]
    fresh: Option<usize>,
    /// Other fresh objects for another seed.
    #[arg(long, default_value_t = 1, requires = "fresh")]
    seed: u64,
    /// Asks only this release, such as 1.6.
    #[arg(long, requires = "fresh", value_parser = release)]
    release: Option<Release>,
}

fn release(text: &str) -> Result<Release> {
    Release::parse(text).context("no known release")
}

/// How many answers are asked for at once.
const BATCH: usize = 1000;

/// How many disagreements are shown.
const SHOWN: usize = 20;

/// Compares, and prints where the policy and KubeRay agree, and the first
/// disagreements as lines of a file of cases.
///
/// # Errors
/// If a case cannot be read or asked, or the two disagree.
pub fn conform(what: &Comparison) -> Result<()> {
    let mut policy = match what.wasm {
        true => Policy::module()?,
        false => Policy::Core,
    };
    let tallies = match &what.file {
        Some(file) => recorded(&mut policy, &case::read(file)?)?,
        None => {
            let releases = what.release.map_or(Release::ALL.to_vec(), |one| vec![one]);
            let count = what.fresh.unwrap_or_default();
            let tally = fresh::compare(&mut policy, &releases, count, what.seed)?;
            tally.into_iter().collect()
        }
    };
    policy.finish()?;
    for (title, tally) in TITLES.iter().zip(&tallies) {
        println!("# {title}\n\n{tally}");
        if what.update {
            let text = project::read_text(PAGE)?;
            project::write(PAGE, page::with_table(&text, title, tally)?)?;
        }
    }
    ensure!(
        tallies.iter().all(Tally::is_conformant),
        "the policy and KubeRay disagree"
    );
    Ok(())
}

/// What is compared: objects as they are written, and, natively, what becomes of
/// them in a file: what the API server refuses, and what KubeRay says of what it
/// stores.
const TITLES: [&str; 2] = ["As written", "In a file"];

/// Compares with recorded answers.
fn recorded(policy: &mut Policy, cases: &[Case]) -> Result<Vec<Tally>> {
    let mut written = Tally::default();
    let mut differ = compare(policy, cases, &mut written)?;
    let mut tallies = vec![written];
    if matches!(policy, Policy::Core) {
        let mut files = Tally::default();
        differ.extend(compare_files(cases, &mut files)?);
        tallies.push(files);
    }
    for case in differ.iter().take(SHOWN) {
        println!("{case}");
    }
    Ok(tallies)
}

/// Counts how the policy's answers compare with those of the cases, and gives
/// the cases on which they differ.
fn compare(policy: &mut Policy, cases: &[Case], tally: &mut Tally) -> Result<Vec<Case>> {
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

/// The same for what becomes of the objects in a file.
fn compare_files(cases: &[Case], tally: &mut Tally) -> Result<Vec<Case>> {
    let mut differ = Vec::new();
    for question in case::questions(cases) {
        let outcome = file::compare(question)?;
        tally.count(&question, &outcome);
        if !outcome.is_agreement() {
            differ.push(question.alone());
        }
    }
    Ok(differ)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rayjob_policy_core::rules;

    use super::{PAGE, Policy, TITLES, Tally, case, compare, compare_files, page};
    use crate::project;
    use rayjob_policy_core::rule::Origin;

    /// The page must have what was counted.
    fn assert_is_documented(title: &str, tally: &Tally) {
        let text = project::read_text(PAGE).expect("a page");
        let fresh = page::with_table(&text, title, tally).expect("a place for the table");
        assert!(
            text == fresh,
            "{PAGE} is old: `cargo xtask conformance conformance/recorded/cases.jsonl.gz --update`"
        );
    }

    #[test]
    fn the_policy_agrees_with_kuberay() {
        let file = project::path("conformance/recorded/cases.jsonl.gz");
        let cases = case::read(&file).expect("recorded cases");
        assert!(cases.len() > 19_000, "{} cases", cases.len());
        let mut tally = Tally::default();
        let differ = compare(&mut Policy::Core, &cases, &mut tally).expect("answers");
        assert!(tally.is_conformant(), "{differ:?}\n{tally}");
        assert_is_documented(TITLES[0], &tally);
    }

    #[test]
    fn a_check_of_files_agrees_with_the_api_server_and_kuberay() {
        let file = project::path("conformance/recorded/cases.jsonl.gz");
        let cases = case::read(&file).expect("recorded cases");
        let mut tally = Tally::default();
        let differ = compare_files(&cases, &mut tally).expect("answers");
        assert!(tally.is_conformant(), "{differ:?}\n{tally}");
        assert_is_documented(TITLES[1], &tally);
    }

    #[test]
    fn every_rule_is_broken_by_some_recorded_case_and_kept_by_another() {
        let cases = case::read(&project::path("conformance/recorded/cases.jsonl.gz"))
            .expect("recorded cases");
        let operator = rules::all().filter(|rule| rule.origin == Origin::Operator);
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
