//! What an upgrade of the operator changes in a RayJob's life.

use serde_json::Value;

use crate::crd::Schema;
use crate::settings::Settings;

use crate::kuberay::JobStatus;

use super::{Scenario, Trace, simulate};

/// What a RayJob, as it is written in a file, does otherwise in the hands of
/// the operator of `after` than in those of the operator of `before`, as a
/// sentence without a full stop. `None` if it lives alike, or cannot be read.
pub fn upgrade(object: &Value, before: &Settings, after: &Settings) -> Option<String> {
    [
        (JobStatus::Succeeded, "if the application succeeds"),
        (JobStatus::Failed, "if the application fails"),
    ]
    .into_iter()
    .find_map(|(outcome, words)| {
        let old = trace(object, before, outcome)?.upshot();
        let new = trace(object, after, outcome)?.upshot();
        let (from, to) = (before.release, after.release);
        (old != new).then(|| {
            format!("{words}, the RayJob {old} with KubeRay {from}, and {new} with KubeRay {to}")
        })
    })
}

/// The life of an object as it is stored, from the beginning.
fn trace(object: &Value, settings: &Settings, outcome: JobStatus) -> Option<Trace> {
    let mut object = object.clone();
    if let Some(schema) = Schema::of_object(settings.release, &object) {
        schema.store(&mut object);
    }
    object.as_object_mut()?.remove("status");
    let mut scenario = Scenario::new(object, settings.release)
        .ok()?
        .all_end(outcome);
    scenario.gates = settings.gates;
    Some(simulate(&scenario))
}

impl Trace {
    /// What a user sees of it in the end.
    fn upshot(&self) -> String {
        let clusters = match self.clusters {
            1 => "1 RayCluster".into(),
            clusters => format!("{clusters} RayClusters"),
        };
        let idle = if self.idle { ", the last one idle" } else { "" };
        format!("{} after {clusters}{idle}", self.ending)
    }
}
