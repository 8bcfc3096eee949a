//! The controller's checks before a RayJob is Running
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go`).

use super::obstacle::Obstacle;
use super::plan::ClusterSource;
use super::reconcile::Reconcile;
use super::step::ClusterName;
use super::transition::Transition;
use super::world::{RayCluster, Submitter};
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};

/// `initRayJobStatusIfNeed`
pub(super) fn initialise(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let cluster = match reconcile.plan.cluster {
        ClusterSource::MissingKey => return Some(Transition::MissSelectorKey),
        ClusterSource::EmptyName => None,
        ClusterSource::Selected => Some(ClusterName::FIRST),
        ClusterSource::Own => Some(reconcile.world.name()),
    };
    let status = &mut *reconcile.status;
    status.attempts = status.attempts.saturating_add(1);
    status.job_id = match reconcile.plan.job_id.as_str() {
        _ if reconcile.plan.mode(reconcile.release) == Some(SubmissionMode::Interactive) => {
            String::new()
        }
        "" => format!("(generated {})", status.attempts),
        job_id => job_id.to_owned(),
    };
    status.cluster = cluster;
    status.started = reconcile.world.now;
    status.state = JobDeploymentStatus::Initializing;
    Some(Transition::Initialise)
}

/// `getOrCreateRayClusterInstance`
pub(super) fn have_cluster(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let name = reconcile.status.cluster;
    match (reconcile.world.cluster(name), name) {
        (Some(cluster), _) if cluster.ready => None,
        (Some(cluster), _) if cluster.sidecar_has_ended() => Some(Transition::EndBeforeReady),
        (Some(cluster), _) => Some(cluster.obstacle.unwrap_or(Transition::AwaitCluster)),
        (None, Some(name)) if !reconcile.plan.selects_cluster() => {
            let sidecar = reconcile.mode() == Some(SubmissionMode::Sidecar);
            let mut obstacles = reconcile.obstacles.iter();
            let obstacle = obstacles.find(|obstacle| obstacle.keeps_cluster_from_ready());
            reconcile.world.clusters.push(RayCluster {
                name,
                ready: false,
                never_ready: reconcile.plan.never_ready || obstacle.is_some(),
                obstacle: obstacle.and_then(|obstacle| obstacle.met),
                empty: obstacle.is_some_and(Obstacle::keeps_cluster_empty),
                late: sidecar && reconcile.late_workers && reconcile.plan.has_workers,
                without_workers: false,
                sidecar: sidecar.then(|| Submitter::new(&reconcile.status.job_id, false)),
            });
            Some(Transition::MakeCluster)
        }
        (None, _) => Some(Transition::MissCluster),
    }
}

/// `FetchHeadServiceURL`
pub(super) fn find_dashboard(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    reconcile.meet(Transition::MissDashboard)
}

pub(super) fn open_to_user(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    if reconcile.mode() != Some(SubmissionMode::Interactive) {
        return None;
    }
    reconcile.status.state = JobDeploymentStatus::Waiting;
    Some(Transition::OpenToUser)
}

/// `createK8sJobIfNeed`
pub(super) fn run(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    let transition = match reconcile.mode() {
        Some(SubmissionMode::K8sJob) => Transition::MakeSubmitter,
        None => Transition::RunUnsubmitted,
        _ => Transition::Run,
    };
    if reconcile.mode() == Some(SubmissionMode::K8sJob) && reconcile.world.submitter.is_none() {
        if reconcile.plan.submitter_without_container {
            return Some(Transition::Crash);
        }
        if let Some(refused) = reconcile.meet(Transition::RefuseSubmitter) {
            return Some(refused);
        }
        let without_pod = reconcile.meet(Transition::RefuseSubmitterPod).is_some();
        let job_id = &reconcile.status.job_id;
        reconcile.world.make_submitter(job_id, without_pod);
    }
    reconcile.status.state = JobDeploymentStatus::Running;
    Some(transition)
}

pub(super) fn take_job_id(reconcile: &mut Reconcile<'_>) -> Option<Transition> {
    if reconcile.plan.job_id.is_empty() {
        return Some(Transition::AwaitSubmission);
    }
    reconcile.status.job_id.clone_from(&reconcile.plan.job_id);
    reconcile.status.state = JobDeploymentStatus::Running;
    Some(Transition::TakeJobId)
}
