//! The controller's checks of a RayJob that is Running
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go`).

use crate::release::Gate;

use super::reconcile::Reconcile;
use super::transition::Transition;
use super::world::{Application, End};
use crate::kuberay::{JobDeploymentStatus, JobStatus, Reason, SubmissionMode};

/// How long a RayJob can stay Running after its application has ended
/// (`utils/constant.go:DEFAULT_RAYJOB_DEPLOYMENT_STATUS_TRANSITION_GRACE_PERIOD_SECONDS`).
const GRACE_PERIOD: u64 = 300;

/// How long an application can run after its submitter has ended
/// (`DefaultSubmitterFinishedTimeout`).
const SUBMITTER_TIMEOUT: u64 = 30;

impl Reconcile<'_> {
    /// Whether KubeRay creates a submitter pod or container.
    fn has_submitter(&self) -> bool {
        matches!(
            self.mode(),
            Some(SubmissionMode::K8sJob | SubmissionMode::Sidecar)
        )
    }

    /// How the submitter of the current mode ended, if it has.
    fn submitter_end(&self) -> Option<End> {
        let submitter = match self.mode() {
            Some(SubmissionMode::K8sJob) => self.world.submitter.as_ref(),
            Some(SubmissionMode::Sidecar) => self
                .world
                .cluster(self.status.cluster)
                .and_then(|cluster| cluster.sidecar.as_ref()),
            _ => None,
        };
        submitter.and_then(|submitter| submitter.end)
    }
}

/// `checkTransitionGracePeriodAndUpdateStatusIfNeeded`
pub(super) fn pass_grace_period(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let ended = reconcile.status.application_ended?;
    let passed = reconcile.world.now >= ended.saturating_add(GRACE_PERIOD);
    if !reconcile.release.limits_running_after_end() || !passed {
        return None;
    }
    reconcile.status.state = match reconcile.status.job_status {
        Some(JobStatus::Failed) => JobDeploymentStatus::Failed,
        _ => JobDeploymentStatus::Complete,
    };
    reconcile.status.reason = Some(Reason::GracePeriodExceeded);
    Some(Transition::PassGracePeriod)
}

/// `reconcileServices`
pub(super) fn make_service(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    reconcile.meet(Transition::RefuseJobService)
}

/// `checkSubmitterAndUpdateStatusIfNeeded`,
/// `checkSubmitterFinishedTimeoutAndUpdateStatusIfNeeded`
pub(super) fn see_submitter(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    if reconcile.mode() == Some(SubmissionMode::K8sJob) && reconcile.world.submitter.is_none() {
        return Some(Transition::MissSubmitter);
    }
    let end = reconcile.submitter_end()?;
    if reconcile.release.limits_running_after_submitter()
        && reconcile.world.now >= end.at.saturating_add(SUBMITTER_TIMEOUT)
    {
        reconcile.status.job_status = Some(JobStatus::Failed);
        return reconcile.fail(
            Reason::GracePeriodExceeded,
            Transition::PassSubmitterTimeout,
        );
    }
    let restarts = reconcile.mode() == Some(SubmissionMode::Sidecar)
        && reconcile.gates.is_on(Gate::SidecarSubmitterRestart);
    if !end.failed || restarts {
        return None;
    }
    match reconcile.status.job_status {
        Some(JobStatus::Failed) => reconcile.fail(Reason::AppFailed, Transition::FailApplication),
        _ => reconcile.fail(Reason::SubmissionFailed, Transition::FailSubmission),
    }
}

pub(super) fn see_application(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let end = reconcile.submitter_end();
    let (cluster, job_id) = (reconcile.status.cluster, reconcile.status.job_id.clone());
    let Some(application) = reconcile.world.application(cluster, &job_id) else {
        if reconcile.mode() == Some(SubmissionMode::Http) {
            reconcile.world.start(cluster, &job_id);
            return Some(Transition::Submit);
        }
        let submitter = reconcile.world.submitter.as_ref();
        if submitter.is_some_and(|submitter| submitter.without_pod) {
            return Some(Transition::RefuseSubmitterPod);
        }
        return Some(Transition::MissApplication);
    };
    application.seen = true;
    let Application { status, ended, .. } = *application;
    let is_news = reconcile.status.job_status.replace(status) != Some(status);
    reconcile.status.application_ended = ended;
    let is_over = status != JobStatus::Running && (end.is_some() || !reconcile.has_submitter());
    match (status, is_news) {
        (JobStatus::Failed, _) if is_over => {
            reconcile.fail(Reason::AppFailed, Transition::FailApplication)
        }
        _ if is_over => {
            reconcile.status.state = JobDeploymentStatus::Complete;
            Some(Transition::Complete)
        }
        (JobStatus::Running, true) => Some(Transition::SeeRunning),
        (JobStatus::Running, false) => Some(Transition::AwaitApplication),
        (_, true) => Some(Transition::SeeEnd),
        (_, false) => Some(Transition::AwaitSubmitter),
    }
}
