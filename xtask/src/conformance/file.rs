//! Whether a check of files says what the API server and, of what that stores,
//! KubeRay say.

use anyhow::{Context, Result};
use rayjob_rules::crd::{self, Schema};
use rayjob_rules::subject::Kind;
use serde_json::Value;

use super::answer::Answer;
use super::case::Question;
use super::outcome::Outcome;

/// What the policy says of the object in a file, and whether it agrees.
///
/// # Errors
/// If the release does not serve the object.
pub fn compare(question: Question<'_>) -> Result<(Answer, Outcome)> {
    let object = &question.case.object;
    let findings = crd::check(question.release, object, None);
    let refused: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule.id.starts_with("crd-"))
        .map(|finding| (finding.rule.id, unquoted(&finding.path.to_string())))
        .collect();
    if !question.refused.is_empty() {
        return Ok(compare_refusals(question.refused, &refused));
    }
    let schema = schema(question)?;
    let mut stored = object.clone();
    schema.store(&mut stored);
    let mut answer = Answer::to(&question.to_json_about(&stored)?);
    let mut outcome = Outcome::of(
        &Question {
            kuberay: question.stored,
            ..question
        },
        &answer,
    );
    if let Outcome::Compared { extra, .. } = &mut outcome {
        extra.extend(refused.iter().map(|(id, _)| (*id).into()));
    }
    answer
        .ids
        .extend(refused.into_iter().map(|(id, _)| id.into()));
    Ok((answer, outcome))
}

/// The API server's refusals must each have a finding, there or at the field
/// above. What is wrong in `metadata` the API server says of the whole of it.
fn compare_refusals(refusals: &[String], findings: &[(&'static str, String)]) -> (Answer, Outcome) {
    let (mut agreed, mut missed) = (Vec::new(), Vec::new());
    for refusal in refusals {
        let path = refusal
            .rsplit_once(": ")
            .map_or(&**refusal, |(path, _)| path);
        let path = path.trim_start_matches("[].");
        let is_there = |found: &str| match path {
            "metadata" => found.starts_with(path),
            path => found == path || path.strip_prefix(found).is_some_and(is_one_step),
        };
        match findings.iter().find(|(_, found)| is_there(found)) {
            Some((id, _)) => agreed.push((*id).into()),
            None => missed.push(refusal.clone()),
        }
    }
    let answer = Answer {
        denied: !findings.is_empty(),
        ids: findings.iter().map(|(id, _)| (*id).into()).collect(),
    };
    (
        answer,
        Outcome::Compared {
            agreed,
            missed,
            extra: Vec::new(),
        },
    )
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

fn schema(question: Question<'_>) -> Result<Schema> {
    let text = |field: &str| {
        question
            .case
            .object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text("kind"));
    kind.and_then(|kind| Schema::of(question.release, text("apiVersion"), kind))
        .with_context(|| format!("{} is not served", text("kind")))
}
