//! The RayJob controller, one look at a time
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile`).

use crate::release::{Gate, Gates, Release};

use super::cleanup::{clear, spare_selected};
use super::plan::{ClusterSource, Mode, Plan};
use super::state::{JobStatus, Reason, State};
use super::step::ClusterName;
use super::transition::Transition;
use super::world::{Application, Cluster, End, Submitter, World};

/// How long a RayJob may stay Running after its application has ended
/// (`utils/constant.go:DEFAULT_RAYJOB_DEPLOYMENT_STATUS_TRANSITION_GRACE_PERIOD_SECONDS`).
const GRACE_PERIOD: u64 = 300;

/// How long an application may run after its submitter has ended
/// (`DefaultSubmitterFinishedTimeout`).
const SUBMITTER_TIMEOUT: u64 = 30;

/// `status` of a RayJob.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Status {
    pub state: State,
    pub job_status: Option<JobStatus>,
    pub reason: Option<Reason>,
    pub job_id: String,
    pub cluster: Option<ClusterName>,
    pub failed: i32,
    /// When the attempt began.
    pub started: u64,
    /// When the RayJob got into its last terminal state.
    pub ended: u64,
    /// When the application ended, as far as the controller knows.
    pub application_ended: Option<u64>,
    /// `metadata.deletionTimestamp` is set.
    pub is_deleting: bool,
    /// How many attempts were begun.
    pub attempts: u32,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            state: State::New,
            job_status: None,
            reason: None,
            job_id: String::new(),
            cluster: None,
            failed: 0,
            started: 0,
            ended: 0,
            application_ended: None,
            is_deleting: false,
            attempts: 0,
        }
    }
}

/// What the controller looks at, and may change.
pub(super) struct Look<'l> {
    pub release: Release,
    pub gates: Gates,
    pub plan: &'l Plan,
    pub status: &'l mut Status,
    pub world: &'l mut World,
}

/// Something that the controller checks. If it has a result, the look is over.
type Check = fn(&mut Look<'_>) -> Option<Transition>;

/// What the controller checks in each state, in this order.
fn checks(state: State) -> &'static [Check] {
    match state {
        State::New => &[initialise],
        State::Initializing => &[
            suspend,
            pass_active_deadline,
            pass_pre_running_deadline,
            have_cluster,
            open_to_user,
            run,
        ],
        State::Waiting => &[pass_pre_running_deadline, take_job_id],
        State::Running => &[
            suspend,
            pass_active_deadline,
            pass_grace_period,
            have_cluster,
            see_submitter,
            see_application,
        ],
        State::Suspending | State::Retrying => &[release, forget],
        State::Suspended => &[resume],
        State::Complete | State::Failed => &[spare_selected, clear],
        State::ValidationFailed | State::Deleted => &[],
    }
}

impl Look<'_> {
    /// Lets the controller look once at a RayJob that it refuses or not.
    pub fn take(&mut self, refused: bool) -> Transition {
        if self.plan.managed_elsewhere {
            return Transition::LeaveToOthers;
        }
        if self.status.is_deleting {
            self.status.state = State::Deleted;
            return Transition::Delete;
        }
        if refused {
            return self.refuse();
        }
        let before = self.status.state;
        let transition = checks(before)
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
        self.status.state = State::ValidationFailed;
        self.status.reason = Some(Reason::ValidationFailed);
        Transition::Refuse
    }

    /// Counts a failure and decides whether to try again
    /// (`checkBackoffLimitAndUpdateStatusIfNeeded`, `updateRayJobStatus`).
    fn close(&mut self) {
        let status = &mut *self.status;
        if status.state == State::Failed {
            status.failed = status.failed.wrapping_add(1);
            // Wrapping, as in Go: the greatest limit allows no retry at all.
            let allowed = self.plan.backoff_limit.wrapping_add(1);
            if status.failed < allowed && status.reason != Some(Reason::DeadlineExceeded) {
                status.state = State::Retrying;
            }
        }
        if matches!(status.state, State::Complete | State::Failed) {
            status.ended = self.world.now;
        }
    }

    pub fn mode(&self) -> Mode {
        self.plan.mode(self.release)
    }

    pub fn has_passed(&self, start: u64, seconds: i32) -> bool {
        let end = start.saturating_add_signed(seconds.into());
        self.world.now >= end
    }

    fn fail(&mut self, reason: Reason, transition: Transition) -> Option<Transition> {
        self.status.state = State::Failed;
        self.status.reason = Some(reason);
        Some(transition)
    }

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

/// `initRayJobStatusIfNeed`
fn initialise(look: &mut Look<'_>) -> Option<Transition> {
    let cluster = match look.plan.cluster {
        ClusterSource::Unnamed => return Some(Transition::MissSelectorKey),
        ClusterSource::Nameless => None,
        ClusterSource::Selected => Some(ClusterName::FIRST),
        ClusterSource::Own => Some(look.world.name()),
    };
    let status = &mut *look.status;
    status.attempts = status.attempts.saturating_add(1);
    status.job_id = match look.plan.job_id.as_str() {
        _ if look.plan.mode(look.release) == Mode::Interactive => String::new(),
        "" => format!("(generated {})", status.attempts),
        job_id => job_id.to_owned(),
    };
    status.cluster = cluster;
    status.started = look.world.now;
    status.state = State::Initializing;
    Some(Transition::Initialise)
}

/// `updateStatusToSuspendingIfNeeded`
fn suspend(look: &mut Look<'_>) -> Option<Transition> {
    if !look.plan.suspend {
        return None;
    }
    look.status.state = State::Suspending;
    Some(Transition::Suspend)
}

/// `checkActiveDeadlineAndUpdateStatusIfNeeded`
fn pass_active_deadline(look: &mut Look<'_>) -> Option<Transition> {
    let seconds = look.plan.active_deadline?;
    if !look.has_passed(look.status.started, seconds) {
        return None;
    }
    look.fail(Reason::DeadlineExceeded, Transition::PassActiveDeadline)
}

/// `checkPreRunningDeadlineAndUpdateStatusIfNeeded`
fn pass_pre_running_deadline(look: &mut Look<'_>) -> Option<Transition> {
    let seconds = look.plan.pre_running_deadline?;
    if !look.release.has_pre_running_deadline() || !look.has_passed(look.status.started, seconds) {
        return None;
    }
    look.fail(
        Reason::PreRunningDeadlineExceeded,
        Transition::PassPreRunningDeadline,
    )
}

/// `getOrCreateRayClusterInstance`
fn have_cluster(look: &mut Look<'_>) -> Option<Transition> {
    let name = look.status.cluster;
    match (look.world.cluster(name), name) {
        (Some(cluster), _) if cluster.ready => None,
        (Some(_), _) => Some(Transition::AwaitCluster),
        (None, Some(name)) if !look.plan.selects_cluster() => {
            let sidecar = look.mode() == Mode::Sidecar;
            look.world.clusters.push(Cluster {
                name,
                ready: false,
                never_ready: look.plan.never_ready,
                without_workers: false,
                sidecar: sidecar.then(|| Submitter::new(&look.status.job_id)),
            });
            Some(Transition::MakeCluster)
        }
        (None, _) => Some(Transition::MissCluster),
    }
}

fn open_to_user(look: &mut Look<'_>) -> Option<Transition> {
    if look.mode() != Mode::Interactive {
        return None;
    }
    look.status.state = State::Waiting;
    Some(Transition::OpenToUser)
}

/// `createK8sJobIfNeed`
fn run(look: &mut Look<'_>) -> Option<Transition> {
    let transition = match look.mode() {
        Mode::K8sJob => Transition::MakeSubmitter,
        Mode::Unknown => Transition::RunUnsubmitted,
        _ => Transition::Run,
    };
    if look.mode() == Mode::K8sJob && look.world.submitter.is_none() {
        if look.plan.submitter_without_container {
            return Some(Transition::Crash);
        }
        look.world.make_submitter(&look.status.job_id);
    }
    look.status.state = State::Running;
    Some(transition)
}

fn take_job_id(look: &mut Look<'_>) -> Option<Transition> {
    if look.plan.job_id.is_empty() {
        return Some(Transition::AwaitSubmission);
    }
    look.status.job_id.clone_from(&look.plan.job_id);
    look.status.state = State::Running;
    Some(Transition::TakeJobId)
}

/// `checkTransitionGracePeriodAndUpdateStatusIfNeeded`
fn pass_grace_period(look: &mut Look<'_>) -> Option<Transition> {
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
fn see_submitter(look: &mut Look<'_>) -> Option<Transition> {
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

fn see_application(look: &mut Look<'_>) -> Option<Transition> {
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

/// `deleteClusterResources`, `deleteSubmitterJob`
fn release(look: &mut Look<'_>) -> Option<Transition> {
    let selects = look.plan.selects_cluster();
    let spares = selects && look.release.spares_selected_cluster();
    let deleted_cluster = !spares && look.world.delete_cluster(look.status.cluster);
    let keeps_job = matches!(look.mode(), Mode::Http | Mode::Sidecar);
    let deleted_job = !keeps_job && look.world.submitter.take().is_some();
    match (deleted_cluster, deleted_job) {
        (true, _) if selects => Some(Transition::ReleaseUsers),
        (false, false) => None,
        _ => Some(Transition::Release),
    }
}

fn forget(look: &mut Look<'_>) -> Option<Transition> {
    let status = &mut *look.status;
    status.cluster = None;
    status.job_id.clear();
    status.reason = None;
    status.job_status = None;
    status.application_ended = None;
    let (state, transition) = match status.state {
        State::Suspending => (State::Suspended, Transition::RestSuspended),
        _ => (State::New, Transition::BeginAgain),
    };
    status.state = state;
    Some(transition)
}

fn resume(look: &mut Look<'_>) -> Option<Transition> {
    if look.plan.suspend {
        return Some(Transition::StaySuspended);
    }
    look.status.state = State::New;
    Some(Transition::Resume)
}
