//! The controller's checks until a RayJob is Running
//! (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go`).

use super::controller::Look;
use super::plan::{ClusterSource, Mode};
use super::state::State;
use super::step::ClusterName;
use super::transition::Transition;
use super::world::{Cluster, Submitter};

/// `initRayJobStatusIfNeed`
pub(super) fn initialise(look: &mut Look<'_>) -> Option<Transition> {
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

/// `getOrCreateRayClusterInstance`
pub(super) fn have_cluster(look: &mut Look<'_>) -> Option<Transition> {
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

pub(super) fn open_to_user(look: &mut Look<'_>) -> Option<Transition> {
    if look.mode() != Mode::Interactive {
        return None;
    }
    look.status.state = State::Waiting;
    Some(Transition::OpenToUser)
}

/// `createK8sJobIfNeed`
pub(super) fn run(look: &mut Look<'_>) -> Option<Transition> {
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

pub(super) fn take_job_id(look: &mut Look<'_>) -> Option<Transition> {
    if look.plan.job_id.is_empty() {
        return Some(Transition::AwaitSubmission);
    }
    look.status.job_id.clone_from(&look.plan.job_id);
    look.status.state = State::Running;
    Some(Transition::TakeJobId)
}
