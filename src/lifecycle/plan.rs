//! What a RayJob asks for, as far as its life depends on it.

use serde_json::Value;

use crate::json::{self, Fault, Int, List, Present, StringMap, Text, view};
use crate::release::Release;

use super::state::{JobStatus, State};

// Views of its own: a module that only judges need not read these fields.
view! {
    struct Job<'a> {
        "spec" => spec: Spec<'a>,
    }
}

view! {
    struct Spec<'a> {
        "submissionMode" => submission_mode: Option<Text<'a>>,
        "backoffLimit" => backoff_limit: Option<Int>,
        "jobId" => job_id: Option<Text<'a>>,
        "suspend" => suspend: bool,
        "managedBy" => managed_by: Option<Text<'a>>,
        "activeDeadlineSeconds" => active_deadline: Option<Int>,
        "preRunningDeadlineSeconds" => pre_running_deadline: Option<Int>,
        "shutdownAfterJobFinishes" => shutdown: bool,
        "ttlSecondsAfterFinished" => ttl: Option<Int>,
        "deletionPolicy" => deletion_policy: Option<Text<'a>>,
        "deletionStrategy" => deletion_strategy: Option<Strategy<'a>>,
        "clusterSelector" => cluster_selector: StringMap<'a>,
        "rayClusterSpec" => cluster: Cluster<'a>,
        "submitterPodTemplate" => submitter: Option<PodTemplate>,
    }
}

view! {
    struct Cluster<'a> {
        "suspend" => suspend: bool,
        "managedBy" => managed_by: Option<Text<'a>>,
        "headGroupSpec" => head: HeadGroup,
    }
}

view! {
    struct HeadGroup {
        "template" => template: PodTemplate,
    }
}

view! {
    struct PodTemplate {
        "spec" => spec: PodSpec,
    }
}

view! {
    struct PodSpec {
        "containers" => containers: List<Present>,
    }
}

view! {
    struct Strategy<'a> {
        "onSuccess" => on_success: Deletion<'a>,
        "onFailure" => on_failure: Deletion<'a>,
        "deletionRules" => rules: List<Rule<'a>>,
    }
}

view! {
    struct Deletion<'a> {
        "policy" => policy: Option<Text<'a>>,
    }
}

view! {
    struct Rule<'a> {
        "policy" => policy: Option<Text<'a>>,
        "condition" => condition: RuleCondition<'a>,
    }
}

view! {
    struct RuleCondition<'a> {
        "jobStatus" => job_status: Option<Text<'a>>,
        "jobDeploymentStatus" => state: Option<Text<'a>>,
        "ttlSeconds" => ttl: Option<Int>,
    }
}

/// What a RayJob asks for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    mode: String,
    pub backoff_limit: i32,
    /// Empty if there is none.
    pub job_id: String,
    pub suspend: bool,
    /// Whether another operator is to care for the RayJob.
    pub managed_elsewhere: bool,
    pub active_deadline: Option<i32>,
    pub pre_running_deadline: Option<i32>,
    pub shutdown: bool,
    pub ttl: i32,
    /// Up to 1.4.
    pub deletion_policy: Option<Clearing>,
    /// From 1.5 on.
    pub deletion_strategy: Option<DeletionStrategy>,
    pub cluster: ClusterSource,
    /// Whether a RayCluster made for the RayJob never gets ready.
    pub never_ready: bool,
    /// Whether there is a template for the submitter, and no container in it.
    pub submitter_without_container: bool,
}

/// Where the RayCluster comes from.
#[derive(Clone, Debug)]
pub(super) enum ClusterSource {
    /// KubeRay makes one for each attempt.
    Own,
    /// `clusterSelector` names one.
    Selected,
    /// `clusterSelector` names one with no name.
    Nameless,
    /// `clusterSelector` has other keys only.
    Unnamed,
}

/// Who submits: `spec.submissionMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    K8sJob,
    Http,
    Interactive,
    Sidecar,
    Unknown,
}

/// What is deleted after the end, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clearing {
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
        on_success: Clearing,
        on_failure: Clearing,
    },
}

/// One of `deletionRules`.
#[derive(Clone, Debug)]
pub(super) struct DeletionRule {
    pub clearing: Clearing,
    pub ttl: i32,
    job_status: Option<String>,
    state: Option<String>,
}

impl Plan {
    /// Reads a RayJob.
    ///
    /// # Errors
    /// The first field that could not be read.
    pub fn read(object: &Value) -> Result<Self, Fault> {
        let text = object.to_string();
        let job: Job<'_> = json::read(text.as_bytes())?;
        Ok(Self::of(&job.spec))
    }

    fn of(spec: &Spec<'_>) -> Self {
        let selector = &spec.cluster_selector;
        let cluster = match selector.get("ray.io/cluster") {
            _ if selector.is_empty() => ClusterSource::Own,
            None => ClusterSource::Unnamed,
            Some("") => ClusterSource::Nameless,
            Some(_) => ClusterSource::Selected,
        };
        let owned = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
        Self {
            mode: spec
                .submission_mode
                .as_deref()
                .unwrap_or("K8sJobMode")
                .to_owned(),
            backoff_limit: number(spec.backoff_limit),
            job_id: owned(&spec.job_id),
            suspend: spec.suspend,
            managed_elsewhere: is_elsewhere(&spec.managed_by),
            active_deadline: spec.active_deadline.map(|seconds| seconds.0),
            pre_running_deadline: spec.pre_running_deadline.map(|seconds| seconds.0),
            shutdown: spec.shutdown,
            ttl: number(spec.ttl),
            deletion_policy: spec
                .deletion_policy
                .as_deref()
                .map(|policy| clearing(Some(policy))),
            deletion_strategy: spec.deletion_strategy.as_ref().map(strategy),
            cluster,
            never_ready: spec.cluster.suspend
                || is_elsewhere(&spec.cluster.managed_by)
                || spec.cluster.head.template.spec.containers.is_empty(),
            submitter_without_container: spec
                .submitter
                .as_ref()
                .is_some_and(|template| template.spec.containers.is_empty()),
        }
    }

    /// Who submits, as this release understands it.
    pub fn mode(&self, release: Release) -> Mode {
        match self.mode.as_str() {
            mode if !release.submission_modes().contains(&mode) => Mode::Unknown,
            "K8sJobMode" => Mode::K8sJob,
            "HTTPMode" => Mode::Http,
            "InteractiveMode" => Mode::Interactive,
            "SidecarMode" => Mode::Sidecar,
            _ => Mode::Unknown,
        }
    }

    /// Whether the job runs on an existing RayCluster.
    pub fn selects_cluster(&self) -> bool {
        !matches!(self.cluster, ClusterSource::Own)
    }
}

impl Mode {
    /// Whether KubeRay makes a pod or container that submits.
    pub fn has_submitter(self) -> bool {
        matches!(self, Self::K8sJob | Self::Sidecar)
    }
}

impl DeletionRule {
    /// Whether the rule is about a RayJob that ended like this.
    pub fn fits(&self, state: State, job_status: Option<JobStatus>, by_state: bool) -> bool {
        let known = job_status.map_or("", JobStatus::as_str);
        match (&self.job_status, &self.state) {
            (Some(wanted), _) => wanted == known,
            (None, Some(wanted)) if by_state => wanted == state.as_str(),
            // Where the release has no other condition the absent one is "".
            (None, _) => known.is_empty(),
        }
    }
}

fn strategy(strategy: &Strategy<'_>) -> DeletionStrategy {
    if strategy.rules.is_empty() {
        return DeletionStrategy::Legacy {
            on_success: clearing(strategy.on_success.policy.as_deref()),
            on_failure: clearing(strategy.on_failure.policy.as_deref()),
        };
    }
    let rule = |rule: &Rule<'_>| DeletionRule {
        clearing: clearing(rule.policy.as_deref()),
        ttl: number(rule.condition.ttl),
        job_status: rule.condition.job_status.as_deref().map(str::to_owned),
        state: rule.condition.state.as_deref().map(str::to_owned),
    };
    DeletionStrategy::Rules(strategy.rules.iter().map(rule).collect())
}

/// `ManagedByExternalController`
fn is_elsewhere(manager: &Option<Text<'_>>) -> bool {
    let manager = manager.as_deref();
    manager.is_some_and(|manager| manager != "ray.io/kuberay-operator")
}

fn clearing(policy: Option<&str>) -> Clearing {
    match policy {
        Some("DeleteWorkers") => Clearing::Workers,
        Some("DeleteCluster") => Clearing::Cluster,
        Some("DeleteSelf") => Clearing::RayJob,
        _ => Clearing::Nothing,
    }
}

fn number(field: Option<Int>) -> i32 {
    field.map_or(0, |number| number.0)
}
