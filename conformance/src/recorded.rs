//! `cargo conformance recorded`: compares the policy with KubeRay's recorded
//! answers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rayjob_policy_conformance::case;
use rayjob_policy_testkit::project;

use crate::answer::Policy;
use crate::children_compare;
use crate::compare::{self, SHOWN, compare};
use crate::file;
use crate::page::{self, PAGE};
use crate::tally::Tally;

/// What is compared: objects as they are written, and, natively, what becomes of
/// them in a file: what the API server refuses, and what KubeRay says of what it
/// stores.
pub const TITLES: [&str; 2] = ["As written", "In a file"];

/// Compares the policy with the cases in a file. Prints where it agrees with
/// KubeRay, and the first disagreements as lines of a file of cases. With the project's own
/// cases it also compares the recorded children. Can also write the tables in
/// `docs/conformance.md`.
///
/// # Errors
/// If a case cannot be read or asked, the page cannot be written, or the policy
/// and KubeRay disagree.
pub fn run(mut policy: Policy, file: &Path, update: bool) -> Result<()> {
    let cases = case::read(file)?;
    let mut written = Tally::default();
    let mut differ = compare(&mut policy, &cases, &mut written)?;
    let mut tallies = vec![written];
    if matches!(policy, Policy::Core) {
        let mut files = Tally::default();
        differ.extend(file::compare_all(&cases, &mut files)?);
        tallies.push(files);
    }
    let children = match file == project(case::FILE) {
        true => children_compare::run_recorded(&mut policy)?,
        false => 0,
    };
    policy.finish()?;
    for case in differ.iter().take(SHOWN) {
        println!("{case}");
    }
    for (title, tally) in TITLES.iter().zip(&tallies) {
        println!("# {title}\n\n{tally}");
        if update {
            let page = project(PAGE);
            let text = fs::read_to_string(&page).context(PAGE)?;
            fs::write(page, page::with_table(&text, title, tally)?).context(PAGE)?;
        }
    }
    tallies.iter().try_for_each(compare::expect_agreement)?;
    children_compare::expect_agreement(children)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rayjob_policy_conformance::case::{Answer, Case};
    use rayjob_policy_core::rule::Origin;
    use rayjob_policy_core::rules;

    use super::{PAGE, Policy, TITLES, Tally, case, compare, file, fs, page, project};

    /// All recorded cases.
    fn cases() -> Vec<Case> {
        let file = project(case::FILE);
        case::read(&file).expect("recorded cases")
    }

    /// The page must have what was counted.
    fn assert_is_documented(title: &str, tally: &Tally) {
        let text = fs::read_to_string(project(PAGE)).expect("a page");
        let fresh = page::with_table(&text, title, tally).expect("a place for the table");
        assert!(
            text == fresh,
            "{PAGE} is old: `cargo conformance recorded --update`"
        );
    }

    #[test]
    fn the_policy_agrees_with_kuberay() {
        let cases = cases();
        assert!(cases.len() > 19_000, "{} cases", cases.len());
        let mut tally = Tally::default();
        let differ = compare(&mut Policy::Core, &cases, &mut tally).expect("answers");
        assert!(tally.is_conformant(), "{differ:?}\n{tally}");
        assert_is_documented(TITLES[0], &tally);
    }

    #[test]
    fn a_check_of_files_agrees_with_the_api_server_and_kuberay() {
        let cases = cases();
        let mut tally = Tally::default();
        let differ = file::compare_all(&cases, &mut tally).expect("answers");
        assert!(tally.is_conformant(), "{differ:?}\n{tally}");
        assert_is_documented(TITLES[1], &tally);
    }

    #[test]
    fn every_rule_is_broken_by_some_recorded_case_and_kept_by_another() {
        let cases = cases();
        let operator = rules::all().filter(|rule| rule.origin == Origin::Operator);
        let mut untried: BTreeMap<_, _> =
            operator.map(|rule| (rule.id, (rule, [true; 2]))).collect();
        for question in case::questions(&cases) {
            for id in question.kuberay.rules(question.case.kind()) {
                if let Some((_, [broken, _])) = untried.get_mut(&*id) {
                    *broken = false;
                }
            }
            for (rule, [_, kept]) in untried.values_mut() {
                *kept &= *question.kuberay != Answer::Accepted
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
