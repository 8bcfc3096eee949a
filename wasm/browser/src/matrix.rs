//! Which submission mode goes with which field: found out by judging a job for
//! each pair.

use rayjob_manifest::{Options, Source, check};
use rayjob_rules::example::patched;
use rayjob_rules::kind::Kind;
use rayjob_rules::kuberay::SubmissionMode;
use rayjob_rules::rule::Level;
use rayjob_rules::settings::Settings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::job;

/// A field, where it is in a job, and a job's spec with it.
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

/// Modes by fields.
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
    /// The job that was judged: what it has besides an ordinary one.
    spec: Value,
    /// The worst that was found; `off` is nothing.
    level: &'static str,
    findings: Vec<Found>,
    /// Whether the object that was given has this mode and this field.
    current: bool,
}

#[derive(Serialize)]
struct Found {
    rule: &'static str,
    level: &'static str,
    message: String,
}

/// Judges every pair, and marks those that an object has.
///
/// # Errors
/// None: the patches are JSON.
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
        // The user submits, so there is nothing to enter.
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

/// Whether a job has a field, with a value other than the one that stands for
/// its absence.
fn has(job: &Value, pointer: &str) -> bool {
    match job.pointer(pointer) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    }
}
