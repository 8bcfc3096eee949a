//! The answer about a text.

use rayjob_policy_core::admit;
use rayjob_policy_core::entrypoint::EntrypointTrace;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::response::AdmissionResponse;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::shell::steps::Step;
use rayjob_policy_manifest::{Document, Options, Problem, Source, check};
use serde::Serialize;
use serde_json::Value;

use crate::{cluster, job};

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
    /// What the cluster does not tell.
    pub cluster: Vec<String>,
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
    /// What each reader makes of the entrypoint; empty if it arrives as it is written.
    readings: Vec<Reading>,
}

/// What one reader makes of an entrypoint.
#[derive(Serialize)]
struct Reading {
    title: String,
    text: Option<String>,
    words: Vec<(String, Option<&'static str>)>,
    rest: Option<String>,
    error: Option<String>,
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
    let cluster = options.cluster;
    let by_default = cluster.map_or(Release::LATEST, |it| it.settings().release);
    let unknown = cluster.and_then(|it| cluster::note(it, &checked.documents));
    let judged = |mut document: Document| {
        let answer = admit::Response {
            uid: String::new(),
            verdict: document.verdict.clone(),
        };
        let envelope = document.envelope.take();
        let asked = || envelope.as_deref().and_then(release_of_envelope);
        let release = given.or_else(asked).unwrap_or(by_default);
        Ok(Judged {
            release: release.as_str(),
            response: serde_json::to_value(AdmissionResponse::of(&answer))?,
            readings: readings(&document, release),
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
        release: Some(given.unwrap_or(by_default).as_str()),
        documents: documents.collect::<serde_json::Result<_>>()?,
        problems: checked.problems,
        notes: checked.notes,
        cluster: unknown.into_iter().collect(),
    })
}

/// What each reader makes of the entrypoint of a job, if a shell changes it or the policy says
/// that one does.
fn readings(document: &Document, release: Release) -> Vec<Reading> {
    let object = document.object.to_string();
    let trace = Kind::named(document.kind).and_then(|kind| {
        EntrypointTrace::of(kind, object.as_bytes(), release)
            .ok()
            .flatten()
    });
    let Some(trace) = trace else {
        return Vec::new();
    };
    let spec = job::spec(&document.object);
    let entrypoint = spec.and_then(|spec| spec.get("entrypoint")?.as_str());
    let entrypoint = entrypoint.unwrap_or_default().trim();
    let mut texts = trace.steps.iter().filter_map(|step| step.text.as_deref());
    let mut found = document.findings.iter();
    let is_changed = texts.any(|text| text != entrypoint)
        || found.any(|finding| finding.rule.starts_with("trap-entrypoint-"));
    let steps = trace.steps.into_iter().filter(|_| is_changed);
    let reading = |step: Step| Reading {
        title: step.reader.title(trace.ray),
        text: step.text,
        words: step.words,
        rest: step.rest,
        error: step.error,
    };
    steps.map(reading).collect()
}

/// The release from the settings in a request.
fn release_of_envelope(envelope: &str) -> Option<Release> {
    let envelope: Value = serde_json::from_str(envelope).ok()?;
    let settings = Settings::parse(envelope.get("settings")?.to_string().as_bytes());
    settings.ok().map(|settings| settings.release)
}
