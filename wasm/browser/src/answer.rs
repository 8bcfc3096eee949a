//! The answer about a text.

use rayjob_manifest::{Document, Options, Problem, Source, check};
use rayjob_rules::admit;
use rayjob_rules::release::Release;
use rayjob_rules::response::AdmissionResponse;
use rayjob_rules::settings::Settings;
use serde::Serialize;
use serde_json::Value;

use crate::job;

/// What is said of a text.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What is wrong with the settings; if anything is, nothing was judged.
    settings: Vec<String>,
    /// The release by the settings, if nothing is wrong with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'static str>,
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
    /// The release that it was judged for.
    release: &'static str,
    object: Value,
    old_object: Option<Value>,
    question: Option<String>,
    /// Who submits.
    mode: String,
    /// An AdmissionResponse.
    response: Value,
}

impl Answer {
    /// The answer where the settings cannot be used.
    pub fn without_settings(errors: Vec<String>) -> Self {
        Self {
            settings: errors,
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
    let given = options.settings.as_ref().map(|settings| settings.release);
    let judged = |mut document: Document| {
        let answer = admit::Answer {
            uid: String::new(),
            verdict: document.verdict.clone(),
        };
        let question = document.question.take();
        let asked = || question.as_deref().and_then(release_of_question);
        Ok(Judged {
            release: given.or_else(asked).unwrap_or(Release::LATEST).as_str(),
            response: serde_json::to_value(AdmissionResponse::of(&answer))?,
            mode: job::spec(&document.object).map_or("", job::mode).to_owned(),
            object: document.object.take(),
            old_object: document.old_object.take(),
            question,
            document,
        })
    };
    let documents = checked.documents.into_iter().map(judged);
    Ok(Answer {
        settings: Vec::new(),
        release: Some(given.unwrap_or(Release::LATEST).as_str()),
        documents: documents.collect::<serde_json::Result<_>>()?,
        problems: checked.problems,
        notes: checked.notes,
    })
}

/// The release by the settings that a question brings along.
fn release_of_question(question: &str) -> Option<Release> {
    let question: Value = serde_json::from_str(question).ok()?;
    let settings = Settings::parse(question.get("settings")?.to_string().as_bytes());
    settings.ok().map(|settings| settings.release)
}
