//! The controller's checks of a RayJob that is Running
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go`).

use crate::release::Gate;

use super::controller::Look;
use super::plan::Mode;
use super::state::{JobStatus, Reason, State};
use super::transition::Transition;
use super::world::{Application, End};

/// How long a RayJob may stay Running after its application has ended
/// (`utils/constant.go:DEFAULT_RAYJOB_DEPLOYMENT_STATUS_TRANSITION_GRACE_PERIOD_SECONDS`).
const GRACE_PERIOD: u64 = 300;

/// How long an application may run after its submitter has ended
/// (`DefaultSubmitterFinishedTimeout`).
const SUBMITTER_TIMEOUT: u64 = 30;

impl Look<'_> {
    /// How the submitter of the present mode ended, if it has.
    fn submitter_end(&self) -> Option<End> {
        let submitter = match self.mode() {
            Mode::K8sJob => self.world.submitter.as_ref(),
            Mode::Sidecar => self
                .world
                .cluster(self.status.cluster)
                .and_then(|cluster| cluster.sidecar.as_ref()),
            _ => None,
        };
        submitter.and_then(|submitter| submitter.end)
    }
}

/// `checkTransitionGracePeriodAndUpdateStatusIfNeeded`
pub(super) fn pass_grace_period(look: &mut Look<'_>) -> Option<Transition> {
    let ended = look.status.application_ended?;
    let passed = look.world.now >= ended.saturating_add(GRACE_PERIOD);
    if !look.release.limits_running_after_end() || !passed {
        return None;
    }
    look.status.state = match look.status.job_status {
        Some(JobStatus::Failed) => State::Failed,
        _ => State::Complete,
    };
    look.status.reason = Some(Reason::GracePeriodExceeded);
    Some(Transition::PassGracePeriod)
}

/// `checkSubmitterAndUpdateStatusIfNeeded`,
/// `checkSubmitterFinishedTimeoutAndUpdateStatusIfNeeded`
pub(super) fn see_submitter(look: &mut Look<'_>) -> Option<Transition> {
    if look.mode() == Mode::K8sJob && look.world.submitter.is_none() {
        return Some(Transition::MissSubmitter);
    }
    let end = look.submitter_end()?;
    if look.release.limits_running_after_submitter()
        && look.world.now >= end.at.saturating_add(SUBMITTER_TIMEOUT)
    {
        look.status.job_status = Some(JobStatus::Failed);
        return look.fail(
            Reason::GracePeriodExceeded,
            Transition::PassSubmitterTimeout,
        );
    }
    let restarts = look.mode() == Mode::Sidecar && look.gates.is_on(Gate::SidecarSubmitterRestart);
    if !end.failed || restarts {
        return None;
    }
    match look.status.job_status {
        Some(JobStatus::Failed) => look.fail(Reason::AppFailed, Transition::FailApplication),
        _ => look.fail(Reason::SubmissionFailed, Transition::FailSubmission),
    }
}

pub(super) fn see_application(look: &mut Look<'_>) -> Option<Transition> {
    let end = look.submitter_end();
    let (cluster, job_id) = (look.status.cluster, look.status.job_id.clone());
    let Some(application) = look.world.application(cluster, &job_id) else {
        if look.mode() == Mode::Http {
            look.world.start(cluster, &job_id);
            return Some(Transition::Submit);
        }
        if end.is_some() && look.release.notices_lost_application() {
            return look.fail(Reason::AppFailed, Transition::LoseApplication);
        }
        return Some(Transition::MissApplication);
    };
    application.seen = true;
    let Application { status, ended, .. } = *application;
    let is_news = look.status.job_status.replace(status) != Some(status);
    look.status.application_ended = ended;
    let is_over = status != JobStatus::Running && (end.is_some() || !look.mode().has_submitter());
    match (status, is_news) {
        (JobStatus::Failed, _) if is_over => {
            look.fail(Reason::AppFailed, Transition::FailApplication)
        }
        _ if is_over => {
            look.status.state = State::Complete;
            Some(Transition::Complete)
        }
        (JobStatus::Running, true) => Some(Transition::SeeRunning),
        (JobStatus::Running, false) => Some(Transition::AwaitApplication),
        (_, true) => Some(Transition::SeeEnd),
        (_, false) => Some(Transition::AwaitSubmitter),
    }
}
