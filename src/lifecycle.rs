//! The lifecycle of a RayJob under KubeRay.
//!
//! [`simulate`] models what the RayJob controller of a release does with a
//! RayJob, one reconcile at a time, given what applications, submitters, users
//! and the clock do, and returns how it ends. The model follows the source of the
//! controller and is compared with recorded lives of the real one (`cargo
//! conformance lives`).
//!
//! ```
//! use rayjob_policy_core::lifecycle::{self, Scenario};
//! use rayjob_policy_core::release::Release;
//!
//! let object = serde_json::json!({"metadata": {"name": "job"}, "spec": {
//!     "submissionMode": "InteractiveMode",
//!     "rayClusterSpec": {"headGroupSpec": {
//!         "template": {"spec": {"containers": [{"name": "head", "image": "ray"}]}}}},
//! }});
//! let trace = lifecycle::simulate(&Scenario::new(object, Release::V1_7)?);
//! let ending = "stays in Waiting until a user submits and sets spec.jobId";
//! assert_eq!(trace.ending.to_string(), ending);
//! # Ok::<(), rayjob_policy_core::json::ReadError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::kuberay::JobDeploymentStatus;

mod cleanup;
mod differences;
mod obstacle;
mod plan;
mod reconcile;
mod running;
mod scenario;
mod setup;
mod simulation;
mod step;
mod transition;
mod upgrade;
mod validation;
mod world;

pub use obstacle::Obstacle;
pub use scenario::{Action, Event, Scenario};
pub use step::{ClusterName, Step};
pub use transition::Transition;
pub use upgrade::upgrade;

/// The lifecycle of a RayJob, until nothing changes any more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Each visible change.
    pub steps: Vec<Step>,
    /// How it ends.
    pub ending: Ending,
    /// The number of RayClusters, including the user's own. This and the other
    /// counts are 0 if the controller crashes.
    pub clusters: u32,
    /// The number of submitter Jobs created.
    pub submitters: usize,
    /// The number of applications that actually started.
    pub started: usize,
    /// Whether a RayCluster is left with nothing running on it, unless it never has a
    /// pod. The RayCluster of a deleted RayJob still counts.
    pub idle: bool,
    /// What KubeRay tries forever and never achieves, as soon as it comes to it. An
    /// obstacle that no step shows has not been met.
    pub obstacles: Vec<Obstacle>,
    /// Whether the controller crashes.
    pub panic: bool,
}

impl Trace {
    /// The steps of each attempt. Steps before the first attempt count as an
    /// attempt too.
    pub fn attempts(&self) -> impl Iterator<Item = &[Step]> {
        let begins = |step: &Step| step.transition == Transition::Initialise;
        self.steps.chunk_by(move |_, next| !begins(next))
    }
}

/// How the lifecycle of a RayJob ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Ending {
    /// KubeRay has finished with the RayJob.
    Ends {
        /// The last state of the RayJob.
        state: JobDeploymentStatus,
    },
    /// Nothing changes without an outside event.
    Idles {
        /// The state in which the RayJob stays.
        state: JobDeploymentStatus,
        /// Until when, or why, it stays there: `until ...` or `because ...`.
        awaits: Cow<'static, str>,
    },
    /// The controller crashes repeatedly.
    Crashes {
        /// The state in which it crashes.
        state: JobDeploymentStatus,
    },
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |state: &JobDeploymentStatus| match state {
            JobDeploymentStatus::New => "New",
            _ => state.as_str(),
        };
        match self {
            Self::Ends { state } => write!(f, "ends in {}", name(state)),
            Self::Idles { state, awaits } => write!(f, "stays in {} {awaits}", name(state)),
            Self::Crashes { state } => write!(f, "crashes the controller in {}", name(state)),
        }
    }
}

/// Simulates the lifecycle of a RayJob. The controller refuses what its own rules
/// in the catalogue refuse, and the API server refuses the children that the other
/// rules deny.
pub fn simulate(scenario: &Scenario) -> Trace {
    simulate_with(scenario, &|object| {
        validation::refused_by(object, scenario.release, scenario.gates)
    })
}

/// Simulates the lifecycle of a RayJob under a controller with another validation, which
/// receives the RayJob in its current state and returns the rule that refuses it, if
/// any. The API server is the same.
pub fn simulate_with(
    scenario: &Scenario,
    validate: &dyn Fn(&Value) -> Option<&'static str>,
) -> Trace {
    simulation::Simulation::new(scenario).run(validate)
}
