//! How an upgrade of the operator changes the lifecycle of a RayJob.

use serde_json::Value;

use crate::crd::Schema;
use crate::settings::Settings;

use crate::kuberay::JobStatus;

use super::{Scenario, Trace, simulate};

/// Describes how a RayJob, as written in a file, behaves differently under the
/// operator of `after` than under the operator of `before`, as a sentence without
/// a full stop. `None` if it behaves the same, or cannot be read.
pub fn upgrade(object: &Value, before: &Settings, after: &Settings) -> Option<String> {
    [
        (JobStatus::Succeeded, "if the application succeeds"),
        (JobStatus::Failed, "if the application fails"),
    ]
    .into_iter()
    .find_map(|(outcome, words)| {
        let old = trace(object, before, outcome)?.summary();
        let new = trace(object, after, outcome)?.summary();
        let (from, to) = (before.release, after.release);
        (old != new).then(|| {
            format!("{words}, the RayJob {old} with KubeRay {from} and {new} with KubeRay {to}")
        })
    })
}

/// The lifecycle of an object as stored, from the beginning.
fn trace(object: &Value, settings: &Settings, outcome: JobStatus) -> Option<Trace> {
    let mut object = Schema::stored(settings.release, object);
    object.as_object_mut()?.remove("status");
    let mut scenario = Scenario::new(object, settings.release)
        .ok()?
        .all_end(outcome);
    scenario.gates = settings.gates;
    Some(simulate(&scenario))
}

impl Trace {
    /// What a user sees at the end.
    fn summary(&self) -> String {
        let clusters = match self.clusters {
            1 => "1 RayCluster".into(),
            clusters => format!("{clusters} RayClusters"),
        };
        let idle = match (self.idle, self.clusters) {
            (false, _) => "",
            (true, 1) => ", left idle",
            (true, _) => ", the last one left idle",
        };
        format!("{} ({clusters}{idle})", self.ending)
    }
}
