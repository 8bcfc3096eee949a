//! `cargo conformance fresh`: compares the policy with KubeRay's own code on new
//! objects.

use anyhow::Result;
use rayjob_policy_conformance::case::{self, Case, Question};
use rayjob_policy_core::crd::Schema;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use serde_json::Value;

use crate::answer::{Policy, PolicyAnswer};
use crate::children_compare;
use crate::compare::{self, BATCH, SHOWN};
use crate::file;
use crate::generate::{Fresh, Generator};
use crate::minimise::minimise;
use crate::oracle::Oracle;
use crate::outcome::Outcome;
use crate::recorded::TITLES;
use crate::tally::Tally;

/// Asks the policy and KubeRay about `count` new objects, all of one kind if one is given, for
/// each of the releases, and about the children of `children` others. Prints where they agree, the
/// smallest object for each disagreement, and what was skipped. Nothing is compared without Go.
///
/// # Errors
/// If the policy or KubeRay fails, or the two disagree.
pub fn run(
    mut policy: Policy,
    releases: &[Release],
    kind: Option<Kind>,
    count: usize,
    children: usize,
    seed: u64,
) -> Result<()> {
    if !Oracle::is_buildable() {
        println!("fresh objects: skipped, because Go is not installed");
        return Ok(());
    }
    let (mut tally, mut files) = (Tally::default(), Tally::default());
    for &release in releases {
        let mut oracle = match Oracle::start(release) {
            Ok(oracle) => oracle,
            Err(error) => {
                println!("KubeRay {release}: skipped, {error}");
                continue;
            }
        };
        println!("KubeRay {release}: {count} objects of seed {seed}");
        let objects = match kind {
            Some(kind) => Generator::of_kinds(seed, release, vec![kind])?,
            None => Generator::new(seed, release)?,
        };
        let mut objects = objects.take(count);
        let (mut differ, mut differ_in_files) = (Vec::new(), Vec::new());
        let mut strange = 0;
        loop {
            let batch: Vec<_> = objects.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let asked = oracle.ask(batch)?;
            let mut cases = Vec::new();
            for case in asked.iter().flat_map(|asked| asked.apart(release)) {
                match is_strange(&case)? {
                    true => strange += 1,
                    false => cases.push(case),
                }
            }
            differ.extend(compare::compare(&mut policy, &cases, &mut tally)?);
            let asked: Vec<_> = asked.into_iter().map(|asked| asked.case).collect();
            differ_in_files.extend(file::compare_all(&asked, &mut files)?);
        }
        println!(
            "KubeRay {release}: {strange} left out, because a field that the release does not have is of a wrong type"
        );
        for case in differ.into_iter().take(SHOWN) {
            println!("{}", smallest(&mut policy, &mut oracle, case)?);
        }
        for case in differ_in_files.into_iter().take(SHOWN) {
            println!("in a file: {}", smallest_in_file(&mut oracle, case)?);
        }
    }
    let children = children_compare::run_fresh(&mut policy, releases, kind, children, seed)?;
    policy.finish()?;
    for (title, tally) in TITLES.iter().zip([&tally, &files]) {
        println!("# {title}\n\n{tally}");
    }
    compare::expect_agreement(&tally)?;
    compare::expect_agreement(&files)?;
    children_compare::expect_agreement(children)
}

/// Whether the policy can read the object only without what the API server of
/// a release drops: a field of another release has a value of another type.
/// KubeRay's code overlooks the field, in a cluster it is dropped before anyone
/// is asked, and the policy refuses it.
pub fn is_strange(case: &Case) -> Result<bool> {
    for question in case.questions() {
        if is_strange_in(case, question)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_strange_in(case: &Case, question: Question<'_>) -> Result<bool> {
    let is_readable = |object: &Value| -> Result<bool> {
        Ok(PolicyAnswer::to(&question.to_json_about(object)?).is_readable())
    };
    // An object of a version that is not served is compared all the same.
    let schema = Schema::of_object(question.release, &case.object)
        .or_else(|| Schema::of(question.release, "ray.io/v1", case.kind()));
    let Some(schema) = schema else {
        return Ok(false);
    };
    if is_readable(&case.object)? {
        return Ok(false);
    }
    let mut stored = case.object.clone();
    schema.store(&mut stored);
    is_readable(&stored)
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
        let same = judge(policy, &case)? == outcome;
        if same {
            smallest = case;
        }
        Ok(same)
    })?;
    Ok(smallest)
}

/// The smallest case of the same disagreement about a file.
fn smallest_in_file(oracle: &mut Oracle, mut smallest: Case) -> Result<Case> {
    let outcome = file::compare_one(&smallest)?;
    let fresh = Fresh {
        object: smallest.object.clone(),
        gates: smallest.gates.clone(),
    };
    minimise(fresh, |fresh| {
        let Some(asked) = oracle.ask(vec![fresh.clone()])?.pop() else {
            return Ok(false);
        };
        let same = file::compare_one(&asked.case)? == outcome;
        if same {
            smallest = asked.case;
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

#[cfg(test)]
mod tests {
    use rayjob_policy_conformance::case::Answer;
    use rayjob_policy_core::example::Example;
    use rayjob_policy_core::release::Release;
    use serde_json::Map;

    use super::{Case, is_strange};

    #[test]
    fn only_a_wrong_type_in_a_field_of_another_release_is_strange() {
        for (patch, expected) in [
            (r#"{"spec": {"rayClusterSpec": {"tlsOptions": 0}}}"#, true),
            (
                r#"{"apiVersion": null, "spec": {"rayClusterSpec": {"tlsOptions": 0}}}"#,
                true,
            ),
            (r#"{"spec": {"rayClusterSpec": {"tlsOptions": {}}}}"#, false),
            (r#"{"spec": {"rayClusterSpec": {"rayVersion": 0}}}"#, false),
            (r#"{"spec": {"backoffLimit": -1}}"#, false),
        ] {
            let object = Example::job(patch).object().expect("a patch");
            let mut case = Case::new(object, Map::new());
            case.kuberay
                .insert(Release::V1_6.to_string(), Answer::Accepted);
            assert_eq!(is_strange(&case).expect("an answer"), expected, "{patch}");
        }
    }
}
