//! The job in an object.

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::kuberay::SubmissionMode;
use serde_json::Value;

/// The spec of a RayJob, or of the jobs of a RayCronJob.
pub fn spec(object: &Value) -> Option<&Value> {
    let kind = Kind::named(object.get("kind")?.as_str()?)?;
    object.pointer(&format!("/{}", kind.job_path().replace('.', "/")))
}

/// The `submissionMode`; empty if it is not a string.
pub fn mode(spec: &Value) -> &str {
    match spec.get("submissionMode") {
        None | Some(Value::Null) => SubmissionMode::DEFAULT.as_str(),
        Some(mode) => mode.as_str().unwrap_or_default(),
    }
}
