//! The controller's own validation of a RayJob.

use serde_json::Value;

use crate::context::{Context, Object};
use crate::json;
use crate::rayjob::RayJob;
use crate::release::{Gates, Release};
use crate::rules;

/// The first rule by which the controller refuses a RayJob in its current state, if any.
pub(super) fn refused_by(object: &Value, release: Release, gates: Gates) -> Option<&'static str> {
    let text = object.to_string();
    let job: RayJob<'_> = json::read(text.as_bytes()).ok()?;
    let context = Context::new(Object::RayJob(&job), release, gates);
    let checked = rules::check(&context, &|rule| rule.refuses_job(release));
    checked.findings.first().map(|finding| finding.rule.id)
}
