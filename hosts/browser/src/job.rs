//! The job in an object.

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::SubmissionMode;
use serde_json::Value;

/// Whether an object is of a kind that describes a job.
pub fn has_job(object: &Value) -> bool {
    kind(object).is_some_and(Kind::has_job)
}

/// The spec of a RayJob, or of the jobs of a RayCronJob.
pub fn spec(object: &Value) -> Option<&Value> {
    let kind = kind(object).filter(|kind| kind.has_job())?;
    object.pointer(&format!("/{}", kind.job_path().replace('.', "/")))
}

fn kind(object: &Value) -> Option<Kind> {
    Kind::named(object.get("kind")?.as_str()?)
}

/// The `submissionMode`; empty if it is not a string.
pub fn mode(spec: &Value) -> &str {
    match spec.get("submissionMode") {
        None | Some(Value::Null) => SubmissionMode::DEFAULT.as_str(),
        Some(mode) => mode.as_str().unwrap_or_default(),
    }
}
