//! The job in an object.

use rayjob_rules::subject::Kind;
use serde_json::Value;

/// The spec of a RayJob, or of the jobs of a RayCronJob.
pub fn spec(object: &Value) -> Option<&Value> {
    let kind = object.get("kind").and_then(Value::as_str);
    let kind = Kind::ALL
        .into_iter()
        .find(|known| kind == Some(known.as_str()))?;
    object.pointer(&format!("/{}", kind.job_path().replace('.', "/")))
}

/// Who submits: `submissionMode`, as far as it is a text.
pub fn mode(spec: &Value) -> &str {
    match spec.get("submissionMode") {
        None | Some(Value::Null) => "K8sJobMode",
        Some(mode) => mode.as_str().unwrap_or_default(),
    }
}
