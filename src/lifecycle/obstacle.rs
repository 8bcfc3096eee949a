//! What KubeRay tries forever and never achieves for a RayJob, as the rules find it.

use serde::Serialize;
use serde_json::Value;

use super::transition::Transition;
use crate::context::{Context, Object};
use crate::finding::Finding;
use crate::job::Job;
use crate::json;
use crate::rayjob::RayJob;
use crate::release::{Gates, Release};
use crate::rule::{Level, Stop};
use crate::rules;

/// Something that KubeRay tries forever and never achieves for a RayJob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// What happens instead, as a clause: `the API server refuses the head pod`.
    pub what: String,
    /// The rule that finds it.
    pub rule: &'static str,
    /// What the controller does whenever it meets the obstacle; `None` if it meets it
    /// only when a worker group grows.
    #[serde(skip)]
    pub(super) met: Option<Transition>,
}

impl Obstacle {
    /// An application that ends too early, in SidecarMode.
    pub(super) fn early_end() -> Self {
        Self {
            what: "the application ended before all workers were ready".to_owned(),
            rule: "trap-sidecar-ends-before-ready",
            met: Some(Transition::EndBeforeReady),
        }
    }

    /// Whether the RayCluster never becomes ready.
    pub(super) fn keeps_cluster_from_ready(&self) -> bool {
        matches!(
            self.met,
            Some(
                Transition::RefuseService
                    | Transition::RefuseHead
                    | Transition::RefuseWorkers
                    | Transition::AwaitCluster
            )
        )
    }

    /// Whether the RayCluster never has a pod.
    pub(super) fn keeps_cluster_empty(&self) -> bool {
        matches!(
            self.met,
            Some(Transition::RefuseService | Transition::RefuseHead)
        )
    }
}

/// The obstacles of a RayJob, in the order in which KubeRay meets them, each once: those
/// that rules find for certain, which deny in files.
pub(super) fn obstacles(object: &Value, release: Release, gates: Gates) -> Vec<Obstacle> {
    let text = object.to_string();
    let Ok(job) = json::read::<RayJob<'_>>(text.as_bytes()) else {
        return Vec::new();
    };
    let context = Context::new(Object::RayJob(&job), release, gates);
    let checked = rules::check(&context, &|rule| {
        rule.stop.is_some() && rule.level(true) == Level::Deny
    });
    let job = Job::new(&job.spec, context.object);
    let mut found: Vec<_> = checked
        .findings
        .iter()
        .filter_map(|finding| Some((finding, finding.rule.stop?)))
        .map(|(finding, stop)| obstacle(finding, stop, job))
        .collect();
    found.sort_by_key(|(turn, _)| *turn);
    found.dedup_by(|(_, next), (_, last)| next.what == last.what);
    found.into_iter().map(|(_, obstacle)| obstacle).collect()
}

/// What a finding is an obstacle to, and its turn
/// (`kuberay v1.7.0 ray-operator/controllers/ray/raycluster_controller.go:reconcileHeadService`
/// to `reconcilePods`, then the checks of the RayJob).
fn obstacle(finding: &Finding, stop: Stop, job: Job<'_>) -> ((usize, usize), Obstacle) {
    let refused = |child: &str| format!("the API server refuses {child}");
    let cluster = job.created_cluster();
    let is_in = |field| finding.path.is_below(&job.path(field));
    let (turn, what, met) = match stop {
        Stop::HeadService => (
            (0, 0),
            refused("the Service of the head"),
            Some(Transition::RefuseService),
        ),
        Stop::ServeService => (
            (0, 1),
            "KubeRay cannot create the Service of Ray Serve".to_owned(),
            Some(Transition::RefuseService),
        ),
        Stop::Pods if is_in("submitterPodTemplate") || is_in("submitterConfig") => (
            (5, 0),
            refused("the submitter Job"),
            Some(Transition::RefuseSubmitter),
        ),
        Stop::PodsNotJob if is_in("submitterPodTemplate") => (
            (6, 0),
            refused("the pod of the submitter Job"),
            Some(Transition::RefuseSubmitterPod),
        ),
        Stop::Pods | Stop::PodsNotJob => {
            let mut workers = cluster.into_iter().flat_map(|cluster| cluster.workers());
            let group = workers.find(|group| finding.path.is_below(&group.whole_path()));
            match group {
                None => (
                    (1, 0),
                    refused("the head pod"),
                    Some(Transition::RefuseHead),
                ),
                Some(group) if group.first_pods() > 0 => (
                    (2, group.item()),
                    refused(&format!("the pods of {group}")),
                    Some(Transition::RefuseWorkers),
                ),
                Some(group) => (
                    (7, group.item()),
                    refused(&format!("the pods of {group}, so it never grows")),
                    None,
                ),
            }
        }
        Stop::ReadyCluster => (
            (3, 0),
            "no number of pods is the one that KubeRay waits for".to_owned(),
            Some(Transition::AwaitCluster),
        ),
        Stop::Dashboard => (
            (4, 0),
            "the Service of the head has no port named dashboard".to_owned(),
            Some(Transition::MissDashboard),
        ),
        Stop::JobService => (
            (6, 1),
            refused("the Service of the RayJob"),
            Some(Transition::RefuseJobService),
        ),
    };
    let rule = finding.rule.id;
    (turn, Obstacle { what, rule, met })
}
