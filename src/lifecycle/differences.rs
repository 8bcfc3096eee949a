//! Differences between the lifecycles in KubeRay releases. Source:
//! `kuberay ray-operator/controllers/ray/rayjob_controller.go` of the releases.

use crate::release::Release::{self, V1_4, V1_5, V1_6};

impl Release {
    /// Whether a refused RayJob gets the state `ValidationFailed`, not only an
    /// event (`Reconcile`).
    pub(super) fn records_refusal(self) -> bool {
        self >= V1_5
    }

    /// Whether `preRunningDeadlineSeconds` is checked
    /// (`checkPreRunningDeadlineAndUpdateStatusIfNeeded`).
    pub(super) fn has_pre_running_deadline(self) -> bool {
        self >= V1_6
    }

    /// Whether a RayJob can stay `Running` only for a limited time after its
    /// application has ended (`checkTransitionGracePeriodAndUpdateStatusIfNeeded`).
    pub(super) fn limits_running_after_end(self) -> bool {
        self >= V1_4
    }

    /// Whether an application can run only for a limited time after its submitter
    /// has ended (`checkSubmitterFinishedTimeoutAndUpdateStatusIfNeeded`).
    pub(super) fn limits_running_after_submitter(self) -> bool {
        self >= V1_5
    }

    /// Whether a RayCluster that `clusterSelector` names survives a retry
    /// (`deleteClusterResources`).
    pub(super) fn spares_selected_cluster(self) -> bool {
        self >= V1_6
    }

    /// Whether `deletionStrategy` replaces `deletionPolicy`
    /// (`Reconcile`, cases Complete and Failed).
    pub(super) fn has_deletion_strategy(self) -> bool {
        self >= V1_5
    }

    /// Whether the condition of a deletion rule can be a `jobDeploymentStatus`
    /// (`isDeletionRuleMatched`).
    pub(super) fn has_rules_by_state(self) -> bool {
        self >= V1_6
    }
}
