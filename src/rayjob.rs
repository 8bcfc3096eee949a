//! Views of a RayJob and a RayCronJob: the fields that rules read, with the names of
//! KubeRay's API (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go`,
//! `raycronjob_types.go`).

use std::ops::Deref;

use crate::equality::is_zero;
use crate::json::{Int, Json, Lazy, List, Place, Present, Slot, StringMap, Text, WithSource, view};
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::raycluster::{Container, PodTemplate, RayClusterSpec};
use crate::release::Release;

view! {
    /// A RayJob.
    pub struct RayJob<'a> {
        "apiVersion" => api_version: Text<'a>,
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: RayJobSpec<'a>,
        "status" => status: RayJobStatus<'a>,
    }
}

view! {
    /// A RayCronJob.
    pub struct RayCronJob<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: RayCronJobSpec<'a>,
        "status" => status: RayCronJobStatus<'a>,
    }
}

view! {
    /// The metadata of an object.
    pub struct Metadata<'a> {
        "name" => name: Option<Text<'a>>,
        "generateName" => generate_name: Option<Text<'a>>,
        "namespace" => namespace: Text<'a>,
        "deletionTimestamp" => deletion_timestamp: Present,
        "labels" => labels: KnownLabels<'a>,
        "annotations" => annotations: KnownLabels<'a>,
        "finalizers" => finalizers: List<Text<'a>>,
        "ownerReferences" => owner_references: Lazy<'a, List<OwnerReference<'a>>>,
    }
}

view! {
    /// An object that this one goes away with.
    pub struct OwnerReference<'a> {
        "apiVersion" => api_version: Text<'a>,
        "kind" => kind: Text<'a>,
        "controller" => controller: bool,
    }
}

/// Labels or annotations that mean something to KubeRay, a queue or a scheduler.
/// Others, which may be long, are skipped.
#[derive(Debug, Default)]
pub struct KnownLabels<'a>(StringMap<'a>);

/// The prefixes of the keys of those labels and annotations.
const DOMAINS: [&str; 5] = [
    "ray.io/",
    "kueue.x-k8s.io/",
    "volcano.sh/",
    "yunikorn.apache.org/",
    "kai.scheduler/",
];

impl<'a> Deref for KnownLabels<'a> {
    type Target = StringMap<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Slot<'a> for KnownLabels<'a> {
    fn place(&mut self) -> Place<'_, 'a> {
        self.0
            .place_for(|key| DOMAINS.iter().any(|domain| key.starts_with(domain)))
    }
}

view! {
    /// `spec` of a RayJob, or `spec.jobTemplate` of a RayCronJob.
    pub struct RayJobSpec<'a> {
        "submissionMode" => submission_mode: Text<'a>,
        "backoffLimit" => backoff_limit: Option<Int>,
        "jobId" => job_id: Option<Text<'a>>,
        "suspend" => suspend: bool,
        "shutdownAfterJobFinishes" => shutdown_after_job_finishes: Option<bool>,
        "ttlSecondsAfterFinished" => ttl_seconds_after_finished: Option<Int>,
        "activeDeadlineSeconds" => active_deadline_seconds: Option<Int>,
        "preRunningDeadlineSeconds" => pre_running_deadline_seconds: Option<Int>,
        "clusterSelector" => cluster_selector: StringMap<'a>,
        "rayClusterSpec" => ray_cluster_spec: Option<WithSource<'a, RayClusterSpec<'a>>>,
        "entrypoint" => entrypoint: Text<'a>,
        "entrypointNumCpus" => entrypoint_num_cpus: Json<'a>,
        "entrypointNumGpus" => entrypoint_num_gpus: Json<'a>,
        "entrypointResources" => entrypoint_resources: Text<'a>,
        "runtimeEnvYAML" => runtime_env_yaml: Text<'a>,
        "metadata" => metadata: StringMap<'a>,
        "submitterPodTemplate" => submitter_pod_template: Option<WithSource<'a, PodTemplate<'a>>>,
        "submitterConfig" => submitter_config: Option<SubmitterConfig>,
        "deletionStrategy" => deletion_strategy: Option<DeletionStrategy<'a>>,
        "deletionPolicy" => deletion_policy: Option<Text<'a>>,
        "managedBy" => managed_by: Option<Text<'a>>,
    }
}

view! {
    /// What is deleted after the job has ended, from 1.5 on.
    pub struct DeletionStrategy<'a> {
        "onSuccess" => on_success: Option<DeletionPolicy<'a>>,
        "onFailure" => on_failure: Option<DeletionPolicy<'a>>,
        "deletionRules" => deletion_rules: List<DeletionRule<'a>>,
    }
}

view! {
    /// What is deleted after one of the two outcomes.
    pub struct DeletionPolicy<'a> {
        "policy" => policy: Option<Text<'a>>,
    }
}

view! {
    /// What is deleted under a condition.
    pub struct DeletionRule<'a> {
        "policy" => policy: Text<'a>,
        "condition" => condition: DeletionCondition<'a>,
    }
}

view! {
    /// When a deletion rule applies.
    pub struct DeletionCondition<'a> {
        "jobStatus" => job_status: Option<Text<'a>>,
        "jobDeploymentStatus" => job_deployment_status: Option<Text<'a>>,
        "ttlSeconds" => ttl_seconds: Int,
    }
}

view! {
    /// The configuration of the submitter Job.
    pub struct SubmitterConfig {
        "backoffLimit" => backoff_limit: Option<Int>,
    }
}

view! {
    /// `status` of a RayJob, written by the operator.
    pub struct RayJobStatus<'a> {
        "jobDeploymentStatus" => job_deployment_status: Option<Text<'a>>,
        "rayClusterName" => ray_cluster_name: Text<'a>,
    }
}

view! {
    /// `spec` of a RayCronJob.
    pub struct RayCronJobSpec<'a> {
        "schedule" => schedule: Text<'a>,
        "timeZone" => time_zone: Option<Text<'a>>,
        "suspend" => suspend: bool,
        "jobTemplate" => job_template: RayJobSpec<'a>,
    }
}

view! {
    /// `status` of a RayCronJob, written by the operator.
    pub struct RayCronJobStatus<'a> {
        "lastScheduleTime" => last_schedule_time: Text<'a>,
    }
}

/// The label that says for which kind of object KubeRay has made a RayCluster.
pub const ORIGIN: &str = "ray.io/originated-from-crd";

/// Whether KubeRay makes RayClusters for objects of this kind.
pub fn is_owner(kind: &str) -> bool {
    ["RayJob", "RayService"].contains(&kind)
}

impl Metadata<'_> {
    /// Whether KubeRay has made the object for another one, which its label and its controller
    /// say
    /// (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:\
    /// constructRayClusterForRayJob`).
    pub fn is_made_by_kuberay(&self) -> bool {
        let origin = self.labels.get(ORIGIN).filter(|kind| is_owner(kind));
        let mut owners = self.owner_references.iter();
        origin.is_some_and(|kind| {
            owners.any(|owner| {
                owner.controller && &*owner.kind == kind && owner.api_version.starts_with("ray.io/")
            })
        })
    }
}

/// The value of `managedBy` with which the operator leaves an object to
/// MultiKueue.
pub const MULTIKUEUE: &str = "kueue.x-k8s.io/multikueue";

impl<'a> RayJobSpec<'a> {
    /// The submission mode; `None` for a value that no release knows.
    pub fn mode(&self) -> Option<SubmissionMode> {
        SubmissionMode::parse(self.mode_name())
    }

    /// The submission mode, if this release knows it.
    pub fn mode_in(&self, release: Release) -> Option<SubmissionMode> {
        self.mode().filter(|&mode| release.knows(mode))
    }

    /// Whether this is the submission mode.
    pub fn has_mode(&self, mode: SubmissionMode) -> bool {
        self.mode() == Some(mode)
    }

    /// The value of `submissionMode`, or the default if it is absent or empty: the operator
    /// leaves out an empty one when it adds its finalizer, and the API server fills in the
    /// default (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go:RayJobSpec`).
    pub fn mode_name(&self) -> &str {
        match &*self.submission_mode {
            "" => SubmissionMode::DEFAULT.as_str(),
            mode => mode,
        }
    }

    /// `backoffLimit`, 0 if absent.
    pub fn retries(&self) -> i32 {
        self.backoff_limit.map_or(0, |limit| limit.0)
    }

    /// Whether `shutdownAfterJobFinishes` is true.
    pub fn shuts_down(&self) -> bool {
        self.shutdown_after_job_finishes.unwrap_or_default()
    }

    /// Whether `jobId` is set.
    pub fn has_job_id(&self) -> bool {
        self.job_id.as_deref().is_some_and(|id| !id.is_empty())
    }

    /// The fields describing the submission that are set.
    pub fn submission_fields(&self) -> impl Iterator<Item = &'static str> {
        let is_set = |number: &Json<'_>| matches!(number, Json::Number(_)) && !is_zero(number);
        let fields = [
            ("entrypoint", !self.entrypoint.is_empty()),
            ("entrypointNumCpus", is_set(&self.entrypoint_num_cpus)),
            ("entrypointNumGpus", is_set(&self.entrypoint_num_gpus)),
            ("entrypointResources", !self.entrypoint_resources.is_empty()),
            ("runtimeEnvYAML", !self.runtime_env_yaml.is_empty()),
            ("metadata", !self.metadata.is_empty()),
        ];
        let set = fields.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(field, _)| field)
    }

    /// The first container of `submitterPodTemplate`, which is the submitter in
    /// K8sJobMode.
    pub fn submitter(&self) -> Option<&Container<'a>> {
        let template = self.submitter_pod_template.as_ref()?;
        template.spec.containers.first()
    }

    /// Whether that container has a command, which KubeRay then does not replace.
    pub fn has_own_command(&self) -> bool {
        self.submitter()
            .is_some_and(|container| !container.command.is_empty())
    }

    /// Whether the job runs on an existing RayCluster.
    pub fn selects_cluster(&self) -> bool {
        !self.cluster_selector.is_empty()
    }
}

impl RayJobStatus<'_> {
    /// The state of the job; [`New`](JobDeploymentStatus::New) before the operator
    /// has seen it, `None` for a value that no release knows.
    pub fn state(&self) -> Option<JobDeploymentStatus> {
        let state = self.job_deployment_status.as_deref();
        JobDeploymentStatus::parse(state.unwrap_or_default())
    }
}
