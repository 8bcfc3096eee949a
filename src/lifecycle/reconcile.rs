//! The RayJob controller, one reconcile at a time
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile`).

use crate::release::{Gates, Release};

use super::cleanup::{clear, spare_selected};
use super::obstacle::Obstacle;
use super::plan::Plan;
use super::running::{make_service, pass_grace_period, see_application, see_submitter};
use super::setup::{find_dashboard, have_cluster, initialise, open_to_user, run, take_job_id};
use super::step::ClusterName;
use super::transition::Transition;
use super::world::World;
use crate::kuberay::{JobDeploymentStatus, JobStatus, Reason, SubmissionMode};

/// `status` of a RayJob.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RayJobState {
    pub state: JobDeploymentStatus,
    pub job_status: Option<JobStatus>,
    pub reason: Option<Reason>,
    pub job_id: String,
    pub cluster: Option<ClusterName>,
    pub failed: i32,
    /// When the attempt began.
    pub started: u64,
    /// When the RayJob entered its last terminal state.
    pub ended: u64,
    /// When the application ended, according to the controller.
    pub application_ended: Option<u64>,
    /// Whether `metadata.deletionTimestamp` is set.
    pub is_deleting: bool,
    /// The number of attempts started.
    pub attempts: u32,
}

/// The state that the controller reads and changes.
pub(super) struct Reconcile<'l> {
    pub release: Release,
    pub gates: Gates,
    pub plan: &'l Plan,
    pub obstacles: &'l [Obstacle],
    /// Whether workers of SidecarMode become ready only after the application has ended.
    pub late_workers: bool,
    pub status: &'l mut RayJobState,
    pub world: &'l mut World,
}

/// A check of the controller. If it returns a transition, the reconcile ends.
type Stage = fn(&mut Reconcile<'_>) -> Option<Transition>;

/// The controller's checks in each state, in order.
fn stages(state: JobDeploymentStatus) -> &'static [Stage] {
    match state {
        JobDeploymentStatus::New => &[initialise],
        JobDeploymentStatus::Initializing => &[
            suspend,
            pass_active_deadline,
            pass_pre_running_deadline,
            have_cluster,
            find_dashboard,
            open_to_user,
            run,
        ],
        JobDeploymentStatus::Waiting => &[pass_pre_running_deadline, take_job_id],
        JobDeploymentStatus::Running => &[
            suspend,
            pass_active_deadline,
            pass_grace_period,
            have_cluster,
            make_service,
            see_submitter,
            see_application,
        ],
        JobDeploymentStatus::Suspending | JobDeploymentStatus::Retrying => &[release, forget],
        JobDeploymentStatus::Suspended => &[resume],
        JobDeploymentStatus::Complete | JobDeploymentStatus::Failed => &[spare_selected, clear],
        JobDeploymentStatus::ValidationFailed | JobDeploymentStatus::Deleted => &[],
    }
}

impl Reconcile<'_> {
    /// Reconciles the RayJob once, given whether the controller refuses it.
    pub fn run(&mut self, refused: bool) -> Transition {
        if self.plan.managed_elsewhere {
            return Transition::LeaveToOthers;
        }
        if self.status.is_deleting {
            self.status.state = JobDeploymentStatus::Deleted;
            // The garbage collection of Kubernetes deletes what it owns.
            self.world.clusters.clear();
            return Transition::Delete;
        }
        if refused {
            return self.refuse();
        }
        let before = self.status.state;
        let transition = stages(before)
            .iter()
            .find_map(|check| check(self))
            .unwrap_or(Transition::Ignore);
        if self.status.state != before {
            self.close();
        }
        transition
    }

    fn refuse(&mut self) -> Transition {
        if !self.release.records_refusal() {
            return Transition::RefuseAgain;
        }
        self.status.state = JobDeploymentStatus::ValidationFailed;
        self.status.reason = Some(Reason::ValidationFailed);
        Transition::Refuse
    }

    /// Counts a failure and decides whether to retry
    /// (`checkBackoffLimitAndUpdateStatusIfNeeded`, `updateRayJobStatus`).
    fn close(&mut self) {
        let status = &mut *self.status;
        if status.state == JobDeploymentStatus::Failed {
            status.failed = status.failed.wrapping_add(1);
            // Wrapping, as in Go: the largest limit allows no retry at all.
            let allowed = self.plan.backoff_limit.wrapping_add(1);
            if status.failed < allowed && status.reason != Some(Reason::DeadlineExceeded) {
                status.state = JobDeploymentStatus::Retrying;
            }
        }
        if matches!(
            status.state,
            JobDeploymentStatus::Complete | JobDeploymentStatus::Failed
        ) {
            status.ended = self.world.now;
        }
    }

    /// The submission mode; `None` if the release does not know it.
    pub fn mode(&self) -> Option<SubmissionMode> {
        self.plan.mode(self.release)
    }

    /// Meets an obstacle, if the RayJob has it.
    pub fn meet(&self, obstacle: Transition) -> Option<Transition> {
        let met = Some(obstacle);
        self.obstacles
            .iter()
            .any(|obstacle| obstacle.met == met)
            .then_some(obstacle)
    }

    /// Whether this many seconds have passed since `start`.
    pub fn has_passed(&self, start: u64, seconds: i32) -> bool {
        let end = start.saturating_add_signed(seconds.into());
        self.world.now >= end
    }

    /// Ends the attempt.
    pub fn fail(&mut self, reason: Reason, transition: Transition) -> Option<Transition> {
        self.status.state = JobDeploymentStatus::Failed;
        self.status.reason = Some(reason);
        Some(transition)
    }
}

/// `updateStatusToSuspendingIfNeeded`
fn suspend(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    if !reconcile.plan.suspend {
        return None;
    }
    reconcile.status.state = JobDeploymentStatus::Suspending;
    Some(Transition::Suspend)
}

/// `checkActiveDeadlineAndUpdateStatusIfNeeded`
fn pass_active_deadline(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let seconds = reconcile.plan.active_deadline?;
    if !reconcile.has_passed(reconcile.status.started, seconds) {
        return None;
    }
    reconcile.fail(Reason::DeadlineExceeded, Transition::PassActiveDeadline)
}

/// `checkPreRunningDeadlineAndUpdateStatusIfNeeded`
fn pass_pre_running_deadline(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let seconds = reconcile.plan.pre_running_deadline?;
    if !reconcile.release.has_pre_running_deadline()
        || !reconcile.has_passed(reconcile.status.started, seconds)
    {
        return None;
    }
    reconcile.fail(
        Reason::PreRunningDeadlineExceeded,
        Transition::PassPreRunningDeadline,
    )
}

/// `deleteClusterResources`, `deleteSubmitterJob`
fn release(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let selects = reconcile.plan.selects_cluster();
    let spares = selects && reconcile.release.spares_selected_cluster();
    let deleted_cluster = !spares && reconcile.world.delete_cluster(reconcile.status.cluster);
    let keeps_job = matches!(
        reconcile.mode(),
        Some(SubmissionMode::Http | SubmissionMode::Sidecar)
    );
    let deleted_job = !keeps_job && reconcile.world.submitter.take().is_some();
    match (deleted_cluster, deleted_job) {
        (true, _) if selects => Some(Transition::ReleaseUsers),
        (false, false) => None,
        _ => Some(Transition::Release),
    }
}

fn forget(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let status = &mut *reconcile.status;
    status.cluster = None;
    status.job_id.clear();
    status.reason = None;
    status.job_status = None;
    status.application_ended = None;
    let (state, transition) = match status.state {
        JobDeploymentStatus::Suspending => {
            (JobDeploymentStatus::Suspended, Transition::RestSuspended)
        }
        _ => (JobDeploymentStatus::New, Transition::BeginAgain),
    };
    status.state = state;
    Some(transition)
}

fn resume(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    if reconcile.plan.suspend {
        return Some(Transition::StaySuspended);
    }
    reconcile.status.state = JobDeploymentStatus::New;
    Some(Transition::Resume)
}
