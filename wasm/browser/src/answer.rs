//! The answer about a text.

use rayjob_manifest::{Document, Options, Problem, Source, check};
use rayjob_rules::admit;
use rayjob_rules::response::AdmissionResponse;
use serde::Serialize;
use serde_json::Value;

use crate::job;

/// What is said of a text.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What is wrong with the settings; if anything is, nothing was judged.
    settings: Vec<String>,
    documents: Vec<Judged>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

/// A document with the whole of the policy's answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    #[serde(flatten)]
    document: Document,
    object: Value,
    /// Who submits.
    mode: String,
    /// An AdmissionResponse.
    response: Value,
}

impl Answer {
    /// The answer where the settings cannot be used.
    pub fn without_settings(faults: Vec<String>) -> Self {
        Self {
            settings: faults,
            ..Self::default()
        }
    }
}

/// Judges a text.
///
/// # Errors
/// None: an answer can always be written as JSON.
pub fn answer(source: &Source<'_>, options: &Options<'_>) -> serde_json::Result<Answer> {
    let checked = check(source, options);
    let judged = |mut document: Document| {
        let answer = admit::Answer {
            uid: String::new(),
            verdict: document.verdict.clone(),
        };
        Ok(Judged {
            response: serde_json::to_value(AdmissionResponse::of(&answer))?,
            mode: job::spec(&document.object).map_or("", job::mode).to_owned(),
            object: document.object.take(),
            document,
        })
    };
    let documents = checked.documents.into_iter().map(judged);
    Ok(Answer {
        settings: Vec::new(),
        documents: documents.collect::<serde_json::Result<_>>()?,
        problems: checked.problems,
        notes: checked.notes,
    })
}
