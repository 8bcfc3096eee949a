//! Whether the controller refuses a RayJob.

use serde_json::Value;

use crate::context::{Context, Object};
use crate::json;
use crate::rayjob::RayJob;
use crate::release::{Gates, Release};
use crate::rules;

/// The first rule by which the controller refuses a RayJob in its current state.
pub(super) fn refusal(object: &Value, release: Release, gates: Gates) -> Option<&'static str> {
    let text = object.to_string();
    let job: RayJob<'_> = json::read(text.as_bytes()).ok()?;
    let context = Context::new(Object::RayJob(&job), release, gates);
    let judged = rules::check(&context, &|rule| rule.refuses_job(release));
    judged.findings.first().map(|finding| finding.rule.id)
}
