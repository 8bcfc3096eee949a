//! What the two limits of retries allow.

use crate::json::Int;
use crate::kuberay::SubmissionMode;
use crate::rayjob::RayJobSpec;

/// How often a RayJob is tried at most.
///
/// `backoffLimit` counts attempts: each on a RayCluster of its own, or all on
/// the one that `clusterSelector` names. `submitterConfig.backoffLimit`, 2 by
/// default, counts the pods of the batch Job that submits in each of them. Source:
/// `kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:createNewK8sJob`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryLimits {
    /// `backoffLimit`, 0 if absent or negative.
    pub retries: i32,
    /// How often a submitter pod is replaced in each attempt; `None` if no batch
    /// Job submits.
    pub repeats: Option<i32>,
}

impl RetryLimits {
    /// Those of a job.
    pub fn of(job: &RayJobSpec<'_>) -> Self {
        let submitter = job.submitter_config.as_ref();
        let limit = submitter.and_then(|config| config.backoff_limit);
        Self {
            retries: job.retries().max(0),
            repeats: (job.has_mode(SubmissionMode::K8sJob))
                .then(|| limit.map_or(2, |limit: Int| limit.0.max(0))),
        }
    }

    /// How many attempts there are at most.
    pub fn attempts(self) -> i64 {
        i64::from(self.retries).saturating_add(1)
    }

    /// How many submitter pods there are at most in all attempts.
    pub fn pods(self) -> i64 {
        let each = self
            .repeats
            .map_or(0, |repeats| i64::from(repeats).saturating_add(1));
        each.saturating_mul(self.attempts())
    }
}
