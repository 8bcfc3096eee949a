//! The life of a RayJob in KubeRay's hands.
//!
//! [`simulate`] plays what the RayJob controller of a release does with a RayJob,
//! look by look, given what applications, submitters, users and the clock do,
//! and tells how it ends. The controller is modelled on its source and compared
//! with lives that the real one has played (`cargo xtask walks`).
//!
//! ```
//! use rayjob_rules::lifecycle::{self, Scenario};
//! use rayjob_rules::release::Release;
//!
//! let object = serde_json::json!({"metadata": {"name": "job"}, "spec": {
//!     "submissionMode": "InteractiveMode",
//!     "rayClusterSpec": {"headGroupSpec": {"template": {"spec": {"containers": [{"name": "head"}]}}}},
//! }});
//! let trace = lifecycle::simulate(&Scenario::new(object, Release::V1_7)?);
//! assert_eq!(trace.ending.to_string(), "idles in Waiting, waiting for a user to submit and write spec.jobId");
//! # Ok::<(), rayjob_rules::json::ReadError>(())
//! ```

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::kuberay::JobDeploymentStatus;

mod cleanup;
mod differences;
mod judge;
mod plan;
mod reconcile;
mod running;
mod scenario;
mod setup;
mod simulation;
mod step;
mod transition;
mod upgrade;
mod world;

pub use scenario::{Action, Event, Scenario};
pub use step::{ClusterName, Step};
pub use transition::Transition;
pub use upgrade::upgrade;

/// The life of a RayJob, until nothing changes any more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Each change that is seen.
    pub steps: Vec<Step>,
    /// How it ends.
    pub ending: Ending,
    /// How many RayClusters there were, the user's own included. This and the
    /// other counts are 0 if the controller crashes.
    pub clusters: u32,
    /// How many batch Jobs were made to submit.
    pub submitters: usize,
    /// How many applications really started.
    pub started: usize,
    /// Whether at the end a RayCluster stands with nothing running on it. That
    /// of a RayJob that was deleted still counts.
    pub idle: bool,
    /// Whether the controller crashes.
    pub panic: bool,
}

impl Trace {
    /// The steps of each attempt. What the controller does without beginning
    /// one counts as an attempt too.
    pub fn attempts(&self) -> impl Iterator<Item = &[Step]> {
        let begins = |step: &Step| step.transition == Transition::Initialise;
        self.steps.chunk_by(move |_, next| !begins(next))
    }
}

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Ending {
    /// KubeRay is done with the RayJob.
    Ends {
        /// The RayJob's last state.
        state: JobDeploymentStatus,
    },
    /// Nothing changes until something else does.
    Idles {
        /// The state in which the RayJob stays.
        state: JobDeploymentStatus,
        /// What would have to come.
        awaits: &'static str,
    },
    /// The controller crashes, again and again.
    Crashes {
        /// The state in which it does.
        state: JobDeploymentStatus,
    },
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |state: JobDeploymentStatus| match state {
            JobDeploymentStatus::New => "New",
            _ => state.as_str(),
        };
        match *self {
            Self::Ends { state } => write!(f, "ends in {}", name(state)),
            Self::Idles { state, awaits } => {
                write!(f, "idles in {}, waiting for {awaits}", name(state))
            }
            Self::Crashes { state } => write!(f, "crashes the controller in {}", name(state)),
        }
    }
}

/// Walks through a RayJob's life. The controller refuses what the rules of the
/// catalogue that are its own refuse.
pub fn simulate(scenario: &Scenario) -> Trace {
    simulate_with(scenario, &|object| {
        judge::refusal(object, scenario.release, scenario.gates)
    })
}

/// Walks through a RayJob's life with another judge, which is given the RayJob
/// as it is at the time and names the rule by which it is refused, if it is.
pub fn simulate_with(scenario: &Scenario, judge: &dyn Fn(&Value) -> Option<&'static str>) -> Trace {
    simulation::Simulation::new(scenario).run(judge)
}
