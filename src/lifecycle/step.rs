//! The visible state of a RayJob.

use std::fmt;

use serde::{Serialize, Serializer};

use super::obstacle::Obstacle;
use super::scenario::Action;
use super::transition::Transition;
use crate::kuberay::{JobDeploymentStatus, JobStatus, Reason};

/// A change: the visible state of the RayJob after a reconcile, and its reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// `status.jobDeploymentStatus`
    pub state: JobDeploymentStatus,
    /// `status.jobStatus`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_status: Option<JobStatus>,
    /// `status.reason`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// `spec.jobId`, empty if not set.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub spec_job_id: String,
    /// `status.jobId`, `(generated)` if it differs from the one in the spec.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub job_id: String,
    /// `status.rayClusterName`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// The RayClusters that exist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alive: Vec<ClusterName>,
    /// `status.failed`: the number of failed attempts.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: i32,
    /// `spec.suspend`
    #[serde(skip_serializing_if = "is_false")]
    pub suspend: bool,
    /// What the controller did.
    pub transition: Transition,
    /// What happened right before the reconcile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Action>,
    /// The rule by which the controller refuses the RayJob.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<&'static str>,
    /// What the controller cannot achieve, no matter how often it tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
}

impl Step {
    /// A step that shows only the state.
    pub(super) fn of(state: JobDeploymentStatus, transition: Transition) -> Self {
        Self {
            state,
            job_status: None,
            reason: None,
            spec_job_id: String::new(),
            job_id: String::new(),
            cluster: None,
            alive: Vec::new(),
            failed: 0,
            suspend: false,
            transition,
            after: None,
            refused_by: None,
            obstacle: None,
        }
    }

    /// Whether the attempt ends here and `spec.jobId` stays, so that the next one
    /// starts with the ID of an application of this one.
    pub fn keeps_job_id(&self) -> bool {
        let ends = matches!(
            self.transition,
            Transition::BeginAgain | Transition::RestSuspended
        );
        ends && !self.spec_job_id.is_empty()
    }

    /// Whether both steps show the same state, regardless of what led there.
    pub fn looks_like(&self, other: &Self) -> bool {
        let as_other = Self {
            transition: other.transition,
            after: other.after.clone(),
            refused_by: other.refused_by,
            ..self.clone()
        };
        as_other == *other
    }
}

/// A RayCluster, numbered in order of appearance: `c1` is the first one and, in
/// selector mode, the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterName(pub u32);

impl ClusterName {
    /// The first RayCluster; in selector mode, the user's own.
    pub(super) const FIRST: Self = Self(1);
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl Serialize for ClusterName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}
