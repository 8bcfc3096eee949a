//! The fields of a RayJob on which its lifecycle depends.

use serde_json::Value;

use crate::context::Object;
use crate::job::Job;
use crate::json::{self, Int, ReadError, Text};
use crate::kuberay::{JobDeploymentStatus, JobStatus, SubmissionMode};
use crate::rayjob::{self, RayJob};
use crate::release::Release;

/// The fields of a RayJob on which its lifecycle depends.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    mode: Option<SubmissionMode>,
    pub backoff_limit: i32,
    /// Empty if not set.
    pub job_id: String,
    pub suspend: bool,
    /// Whether another operator manages the RayJob.
    pub managed_elsewhere: bool,
    pub active_deadline: Option<i32>,
    pub pre_running_deadline: Option<i32>,
    pub shutdown: bool,
    pub ttl: i32,
    /// Up to 1.4.
    pub deletion_policy: Option<DeletionPolicy>,
    /// From 1.5 on.
    pub deletion_strategy: Option<DeletionStrategy>,
    pub cluster: ClusterSource,
    /// Whether a RayCluster created for the RayJob never becomes ready.
    pub never_ready: bool,
    /// Whether that RayCluster has workers from the beginning.
    pub has_workers: bool,
    /// Whether the submitter template has no containers.
    pub submitter_without_container: bool,
}

/// Where the RayCluster comes from.
#[derive(Clone, Debug)]
pub(super) enum ClusterSource {
    /// KubeRay creates one for each attempt.
    Own,
    /// `clusterSelector` names one.
    Selected,
    /// `clusterSelector` gives an empty name.
    EmptyName,
    /// `clusterSelector` has only other keys.
    MissingKey,
}

/// What is deleted after the end, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DeletionPolicy {
    Nothing,
    Workers,
    Cluster,
    RayJob,
}

/// `spec.deletionStrategy`.
#[derive(Clone, Debug)]
pub(super) enum DeletionStrategy {
    Rules(Vec<DeletionRule>),
    Legacy {
        on_success: DeletionPolicy,
        on_failure: DeletionPolicy,
    },
}

/// One of `deletionRules`.
#[derive(Clone, Debug)]
pub(super) struct DeletionRule {
    pub policy: DeletionPolicy,
    pub ttl: i32,
    job_status: Option<String>,
    state: Option<String>,
}

impl Plan {
    /// Reads a RayJob.
    ///
    /// # Errors
    /// The first field that could not be read.
    pub fn read(object: &Value) -> Result<Self, ReadError> {
        let text = object.to_string();
        let job: RayJob<'_> = json::read(text.as_bytes())?;
        Ok(Self::of(Job::new(&job.spec, Object::RayJob(&job))))
    }

    fn of(job: Job<'_>) -> Self {
        let spec = job.spec;
        let selector = &spec.cluster_selector;
        let cluster = match selector.get("ray.io/cluster") {
            _ if selector.is_empty() => ClusterSource::Own,
            None => ClusterSource::MissingKey,
            Some("") => ClusterSource::EmptyName,
            Some(_) => ClusterSource::Selected,
        };
        let seconds = |field: Option<Int>| field.map(|seconds| seconds.0);
        Self {
            mode: spec.mode(),
            backoff_limit: spec.retries(),
            job_id: spec.job_id.as_deref().unwrap_or_default().to_owned(),
            suspend: spec.suspend,
            managed_elsewhere: is_elsewhere(&spec.managed_by),
            active_deadline: seconds(spec.active_deadline_seconds),
            pre_running_deadline: seconds(spec.pre_running_deadline_seconds),
            shutdown: spec.shuts_down(),
            ttl: seconds(spec.ttl_seconds_after_finished).unwrap_or(0),
            deletion_policy: spec.deletion_policy.as_deref().map(policy),
            deletion_strategy: spec.deletion_strategy.as_ref().map(strategy),
            cluster,
            never_ready: spec.ray_cluster_spec.as_deref().is_none_or(|cluster| {
                cluster.suspend
                    || is_elsewhere(&cluster.managed_by)
                    || cluster.head_group_spec.template.spec.containers.is_empty()
            }),
            has_workers: job
                .created_cluster()
                .is_some_and(|cluster| cluster.workers().any(|group| group.first_pods() > 0)),
            submitter_without_container: spec
                .submitter_pod_template
                .as_ref()
                .is_some_and(|template| template.spec.containers.is_empty()),
        }
    }

    /// The submission mode; `None` if this release does not know it.
    pub fn mode(&self, release: Release) -> Option<SubmissionMode> {
        self.mode.filter(|&mode| release.knows(mode))
    }

    /// Whether the job runs on an existing RayCluster.
    pub fn selects_cluster(&self) -> bool {
        !matches!(self.cluster, ClusterSource::Own)
    }
}

impl DeletionRule {
    /// Whether the rule matches a RayJob that ended like this.
    pub fn fits(
        &self,
        state: JobDeploymentStatus,
        job_status: Option<JobStatus>,
        by_state: bool,
    ) -> bool {
        let known = job_status.map_or("", JobStatus::as_str);
        match (&self.job_status, &self.state) {
            (Some(wanted), _) => wanted == known,
            (None, Some(wanted)) if by_state => wanted == state.as_str(),
            // Without the other condition in the release, the absent one is "".
            (None, _) => known.is_empty(),
        }
    }
}

fn strategy(strategy: &rayjob::DeletionStrategy<'_>) -> DeletionStrategy {
    if strategy.deletion_rules.is_empty() {
        let outcome = |outcome: &Option<rayjob::DeletionPolicy<'_>>| {
            let name = outcome.as_ref().and_then(|outcome| outcome.policy.as_ref());
            name.map_or(DeletionPolicy::Nothing, |name| policy(name))
        };
        return DeletionStrategy::Legacy {
            on_success: outcome(&strategy.on_success),
            on_failure: outcome(&strategy.on_failure),
        };
    }
    let rule = |rule: &rayjob::DeletionRule<'_>| {
        let condition = &rule.condition;
        DeletionRule {
            policy: policy(&rule.policy),
            ttl: condition.ttl_seconds.0,
            job_status: condition.job_status.as_deref().map(str::to_owned),
            state: condition
                .job_deployment_status
                .as_deref()
                .map(str::to_owned),
        }
    };
    DeletionStrategy::Rules(strategy.deletion_rules.iter().map(rule).collect())
}

/// `ManagedByExternalController`
fn is_elsewhere(manager: &Option<Text<'_>>) -> bool {
    let manager = manager.as_deref();
    manager.is_some_and(|manager| manager != "ray.io/kuberay-operator")
}

fn policy(name: &str) -> DeletionPolicy {
    match name {
        "DeleteWorkers" => DeletionPolicy::Workers,
        "DeleteCluster" => DeletionPolicy::Cluster,
        "DeleteSelf" => DeletionPolicy::RayJob,
        _ => DeletionPolicy::Nothing,
    }
}
