//! Which submission modes support which fields, found by judging a job for each
//! pair.

use rayjob_policy_core::example::patched;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Options, Source, check};
use serde::Serialize;
use serde_json::{Value, json};

use crate::job;

/// A field, its place in a job's spec, and a spec that sets it.
const FIELDS: [(&str, &str, &str); 5] = [
    ("backoffLimit", "/backoffLimit", r#"{"backoffLimit": 1}"#),
    (
        "clusterSelector",
        "/clusterSelector",
        r#"{"clusterSelector": {"ray.io/cluster": "shared"}, "rayClusterSpec": null}"#,
    ),
    (
        "submitterConfig",
        "/submitterConfig",
        r#"{"submitterConfig": {"backoffLimit": 1}}"#,
    ),
    (
        "suspend",
        "/suspend",
        r#"{"suspend": true, "shutdownAfterJobFinishes": true}"#,
    ),
    ("jobId", "/jobId", r#"{"jobId": "train-1"}"#),
];

/// Submission modes by fields.
#[derive(Serialize)]
pub struct Matrix {
    release: &'static str,
    fields: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    mode: &'static str,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    /// What the judged job adds to the base job.
    spec: Value,
    /// The highest level of its findings; `off` if there are none.
    level: &'static str,
    findings: Vec<Found>,
    /// Whether the given object has this mode and this field.
    current: bool,
}

#[derive(Serialize)]
struct Found {
    rule: &'static str,
    level: &'static str,
    message: String,
}

/// Judges every pair, and marks those that the object has.
///
/// # Errors
/// Never: the patches are JSON.
pub fn matrix(settings: &Settings, object: &Value) -> serde_json::Result<Matrix> {
    let job = job::spec(object);
    let rows = settings.release.submission_modes().iter().map(|&mode| {
        let cells = FIELDS.iter().map(|&(_, pointer, patch)| {
            let current =
                job.is_some_and(|job| job::mode(job) == mode.as_str() && has(job, pointer));
            cell(settings, mode, patch, current)
        });
        Ok(Row {
            mode: mode.as_str(),
            cells: cells.collect::<serde_json::Result<_>>()?,
        })
    });
    Ok(Matrix {
        release: settings.release.as_str(),
        fields: FIELDS.iter().map(|&(name, ..)| name).collect(),
        rows: rows.collect::<serde_json::Result<_>>()?,
    })
}

fn cell(
    settings: &Settings,
    mode: SubmissionMode,
    patch: &str,
    current: bool,
) -> serde_json::Result<Cell> {
    let mut spec: Value = serde_json::from_str(patch)?;
    spec["submissionMode"] = mode.as_str().into();
    if mode == SubmissionMode::Interactive {
        // The user submits, so there is no entrypoint.
        spec["entrypoint"] = Value::Null;
    }
    let object = patched(Kind::RayJob, &json!({"spec": spec}).to_string())?.to_string();
    let options = Options {
        settings: Some(settings.clone()),
        ..Options::default()
    };
    let documents = check(&Source::new(&object), &options).documents;
    let findings = documents.into_iter().flat_map(|document| document.findings);
    let findings: Vec<_> = findings.collect();
    let worst = findings.iter().map(|finding| finding.level).max();
    let found = findings.into_iter().map(|finding| Found {
        rule: finding.rule,
        level: finding.level.as_str(),
        message: finding.message,
    });
    Ok(Cell {
        spec,
        level: worst.unwrap_or(Level::Off).as_str(),
        findings: found.collect(),
        current,
    })
}

/// Whether a job sets a field to a value that differs from leaving it out.
fn has(job: &Value, pointer: &str) -> bool {
    match job.pointer(pointer) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    }
}
