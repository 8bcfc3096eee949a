//! The answer about a text.

use rayjob_policy_core::admit;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::response::AdmissionResponse;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Document, Options, Problem, Source, check};
use serde::Serialize;
use serde_json::Value;

use crate::job;

/// The result of judging a text.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The errors in the settings; if there are any, nothing was judged.
    settings: Vec<String>,
    /// The release from the settings, if they are valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'static str>,
    documents: Vec<Judged>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

/// A document with the policy's complete answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    #[serde(flatten)]
    document: Document,
    /// The release that it was judged for.
    release: &'static str,
    object: Value,
    old_object: Option<Value>,
    envelope: Option<String>,
    /// The submission mode.
    mode: String,
    /// An AdmissionResponse.
    response: Value,
}

impl Answer {
    /// The answer for invalid settings.
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
/// Never: an answer can always be serialized.
pub fn answer(source: &Source<'_>, options: &Options<'_>) -> serde_json::Result<Answer> {
    let checked = check(source, options);
    let given = options.settings.as_ref().map(|settings| settings.release);
    let judged = |mut document: Document| {
        let answer = admit::Response {
            uid: String::new(),
            verdict: document.verdict.clone(),
        };
        let envelope = document.envelope.take();
        let asked = || envelope.as_deref().and_then(release_of_envelope);
        Ok(Judged {
            release: given.or_else(asked).unwrap_or(Release::LATEST).as_str(),
            response: serde_json::to_value(AdmissionResponse::of(&answer))?,
            mode: job::spec(&document.object).map_or("", job::mode).to_owned(),
            object: document.object.take(),
            old_object: document.old_object.take(),
            envelope,
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

/// The release from the settings in a request.
fn release_of_envelope(envelope: &str) -> Option<Release> {
    let envelope: Value = serde_json::from_str(envelope).ok()?;
    let settings = Settings::parse(envelope.get("settings")?.to_string().as_bytes());
    settings.ok().map(|settings| settings.release)
}
