//! Whether a check of files says what the API server and, of what that stores,
//! KubeRay say.

use anyhow::{Context, Result};
use rayjob_policy_conformance::case::{self, Answer, Case, Question};
use rayjob_policy_core::crd::{self, Schema};
use rayjob_policy_core::rule::{Origin, Rule};

use crate::answer::{PolicyAnswer, UNREADABLE};
use crate::outcome::Outcome;
use crate::tally::Tally;

/// Counts what the policy says of the objects in a file, and returns the cases on
/// which it disagrees. An object that the release does not serve is left out.
///
/// # Errors
/// None that could happen.
pub fn compare_all(cases: &[Case], tally: &mut Tally) -> Result<Vec<Case>> {
    let mut differ = Vec::new();
    for question in case::questions(cases).filter(is_served) {
        let outcome = compare(question)?;
        tally.count(&question, &outcome);
        if !outcome.is_agreement() {
            differ.push(question.alone());
        }
    }
    Ok(differ)
}

/// How what the policy says of an object in a file compares with the one answer of its case,
/// if the release serves the object.
///
/// # Errors
/// None that could happen.
pub fn compare_one(case: &Case) -> Result<Option<Outcome>> {
    let served = case.questions().next().filter(is_served);
    served.map(compare).transpose()
}

/// Whether the release serves the object in this version.
fn is_served(question: &Question<'_>) -> bool {
    Schema::of_object(question.release, &question.case.object).is_some()
}

/// How what the policy says of the object in a file compares.
///
/// # Errors
/// If the release does not serve the object.
fn compare(question: Question<'_>) -> Result<Outcome> {
    let object = &question.case.object;
    let findings = crd::check(question.release, object, None);
    let refused: Vec<_> = findings
        .iter()
        .filter(|finding| is_of_schema(finding.rule))
        .map(|finding| (finding.rule.id, unquoted(&finding.path.to_string())))
        .collect();
    if !question.refused.is_empty() {
        return Ok(compare_refusals(question.refused, &refused));
    }
    // What an operator cannot read, API servers refuse from Kubernetes 1.36 on.
    let is_unreadable = matches!(question.stored, Answer::Unreadable(_));
    if is_unreadable && !refused.is_empty() {
        return Ok(Outcome {
            agreed: vec![UNREADABLE.to_owned()],
            missed: Vec::new(),
            extra: Vec::new(),
        });
    }
    let schema = Schema::of_object(question.release, object)
        .with_context(|| format!("KubeRay {} does not serve {object}", question.release))?;
    let mut stored = object.clone();
    schema.store(&mut stored);
    let answer = PolicyAnswer::to(&question.to_json_about(&stored)?);
    let mut outcome = Outcome::of(
        &Question {
            kuberay: question.stored,
            ..question
        },
        &answer,
    );
    outcome
        .extra
        .extend(refused.into_iter().map(|(id, _)| id.into()));
    Ok(outcome)
}

/// Whether a rule is about what was recorded. The rules for the metadata of any
/// object were not asked.
fn is_of_schema(rule: &Rule) -> bool {
    rule.origin == Origin::ApiServer && !rule.id.starts_with("crd-metadata-")
}

/// The API server's refusals must each have a finding, there or at the field
/// above. What is wrong in `metadata` the API server says of the whole of it.
fn compare_refusals(refusals: &[String], findings: &[(&'static str, String)]) -> Outcome {
    let (mut agreed, mut missed) = (Vec::new(), Vec::new());
    for refusal in refusals {
        let path = refusal
            .rsplit_once(": ")
            .map_or(&**refusal, |(path, _)| path);
        let path = path.trim_start_matches("[].");
        let is_there = |found: &str| match path {
            "metadata" => found.starts_with(path),
            // Said of a number beyond 32 bits, and of a quantity of another type beside what is
            // said at its place.
            "<nil>" => true,
            path => found == path || path.strip_prefix(found).is_some_and(is_one_step),
        };
        match findings.iter().find(|(_, found)| is_there(found)) {
            Some((id, _)) => agreed.push((*id).into()),
            None => missed.push(refusal.clone()),
        }
    }
    Outcome {
        agreed,
        missed,
        extra: Vec::new(),
    }
}

/// Whether a path is that of a field or an item: `.field` or `[0]`.
fn is_one_step(path: &str) -> bool {
    match path.strip_prefix('.') {
        Some(field) => !field.contains(['.', '[']),
        None => path.starts_with('[') && path.matches('[').count() == 1 && path.ends_with(']'),
    }
}

/// A path as the API server writes it, which does not quote the keys of maps.
fn unquoted(path: &str) -> String {
    path.replace("[\"", ".").replace("\"]", "")
}

#[cfg(test)]
mod tests {
    use super::{compare, compare_refusals};
    use rayjob_policy_conformance::case::{Case, questions};
    use rayjob_policy_core::example::Example;
    use serde_json::json;

    #[test]
    fn a_refusal_needs_a_finding_there_or_one_step_above() {
        for (refusal, found, agrees) in [
            ("spec.a.b: FieldValueInvalid", "spec.a.b", true),
            ("spec.a.b: FieldValueInvalid", "spec.a", true),
            ("spec.a.b: FieldValueInvalid", "spec", false),
            ("spec.a.b: FieldValueInvalid", "spec.a.b.c", false),
            ("spec.a[1]: FieldValueDuplicate", "spec.a", true),
            ("spec.a[1]: FieldValueDuplicate", "spec.a[0]", false),
            ("[].spec.a: FieldValueInvalid", "spec.a", true),
            ("metadata: BadRequest", "metadata.labels.team", true),
        ] {
            let outcome = compare_refusals(&[refusal.into()], &[("crd-x", found.into())]);
            assert_eq!(outcome.is_agreement(), agrees, "{refusal}, {found}");
        }
    }

    /// Whether a file with this job agrees with what is recorded of it.
    fn agrees(patch: &'static str, recorded: &serde_json::Value) -> bool {
        let mut case = recorded.clone();
        case["object"] = Example::job(patch).object().expect("a patch");
        case["gates"] = json!({});
        let case: Case = serde_json::from_value(case).expect("a case");
        let question = questions(std::slice::from_ref(&case)).next();
        let outcome = compare(question.expect("a question")).expect("a kind of the release");
        outcome.is_agreement()
    }

    #[test]
    fn an_object_that_is_stored_is_judged_as_stored() {
        let bad = r#"{"apiVersion": "ray.io/v1alpha1", "spec": {"backoffLimit": -1}}"#;
        let refused = json!({"refused": "backoffLimit must be a positive integer"});
        assert!(agrees(
            bad,
            &json!({"kuberay": {"1.6": refused}, "stored": {"1.6": "accepted"}})
        ));
        assert!(!agrees(bad, &json!({"kuberay": {"1.6": refused}})));
    }

    #[test]
    fn an_object_that_is_stored_must_not_be_refused() {
        let bad = r#"{"spec": {"managedBy": "me"}}"#;
        assert!(!agrees(bad, &json!({"kuberay": {"1.6": "accepted"}})));
        let refused = json!({
            "kuberay": {"1.6": "accepted"},
            "apiserver": {"1.6": ["[].spec.managedBy: FieldValueInvalid"]},
        });
        assert!(agrees(bad, &refused));
        assert!(!agrees("{}", &refused));
    }
}
