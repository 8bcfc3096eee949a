//! The input of a rule: an object, the one it replaces, and the operator.

use crate::group::{Group, Workers};
use crate::json::{Path, ReadError};
use crate::kind::Kind;
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::raycluster::RayClusterSpec;
use crate::rayjob::{Metadata, RayCronJob, RayJob, RayJobSpec, RayJobStatus};
use crate::release::{Gate, Gates, Release};

/// The label that names a Kueue queue.
pub const QUEUE: &str = "kueue.x-k8s.io/queue-name";

/// The field manager of `kubectl ray`.
const PLUGIN: &str = "ray-kubectl-plugin";

/// One object as one operator sees it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'s> {
    /// The object.
    pub object: Object<'s>,
    /// The object that an UPDATE replaces; `None` on CREATE.
    pub old: Option<Object<'s>>,
    /// The field manager of the client; empty if not given.
    pub field_manager: &'s str,
    /// The operator's release.
    pub release: Release,
    /// The operator's feature gates.
    pub gates: Gates,
}

/// An object of one of the judged kinds.
#[derive(Clone, Copy, Debug)]
pub enum Object<'s> {
    /// A RayJob.
    RayJob(&'s RayJob<'s>),
    /// A RayCronJob.
    RayCronJob(&'s RayCronJob<'s>),
}

impl<'s> Object<'s> {
    /// The object's kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::RayJob(_) => Kind::RayJob,
            Self::RayCronJob(_) => Kind::RayCronJob,
        }
    }

    /// The object's own metadata; the jobs of a RayCronJob do not inherit it.
    pub fn metadata(self) -> &'s Metadata<'s> {
        match self {
            Self::RayJob(job) => &job.metadata,
            Self::RayCronJob(cron) => &cron.metadata,
        }
    }

    /// The object as a RayCronJob, if it is one.
    pub fn cron(self) -> Option<&'s RayCronJob<'s>> {
        match self {
            Self::RayJob(_) => None,
            Self::RayCronJob(cron) => Some(cron),
        }
    }

    /// `apiVersion` of a RayJob; a RayCronJob has only one.
    pub fn api_version(self) -> &'s str {
        match self {
            Self::RayJob(job) => &job.api_version,
            Self::RayCronJob(_) => "",
        }
    }

    /// The spec of the job: `spec`, or `spec.jobTemplate`.
    pub fn job(self) -> &'s RayJobSpec<'s> {
        match self {
            Self::RayJob(job) => &job.spec,
            Self::RayCronJob(cron) => &cron.spec.job_template,
        }
    }

    /// The status of a RayJob.
    pub fn status(self) -> Option<&'s RayJobStatus<'s>> {
        match self {
            Self::RayJob(job) => Some(&job.status),
            Self::RayCronJob(_) => None,
        }
    }
}

impl<'s> Object<'s> {
    /// The head of the RayCluster that the job describes.
    fn head(self) -> Option<Group<'s>> {
        let cluster = self.job().ray_cluster_spec.as_ref()?;
        Some(Group::head(self.kind(), &cluster.head_group_spec))
    }

    /// The worker groups of that RayCluster.
    fn workers(self) -> Workers<'s> {
        let cluster = self.job().ray_cluster_spec.as_ref();
        let specs = cluster.map_or(&[][..], |cluster| &cluster.worker_group_specs);
        Workers::new(self.kind(), specs)
    }

    /// The error of a field that a rule could not read.
    pub fn read_error(self) -> Option<ReadError> {
        let mut groups = self.head().into_iter().chain(self.workers());
        groups.find_map(|group| {
            let containers = group.spec.template.spec.containers.iter().enumerate();
            containers.into_iter().find_map(|(position, container)| {
                let at = |list| {
                    move || {
                        group
                            .path("template.spec.containers")
                            .index(position)
                            .at(list)
                    }
                };
                let env = container.env.error(at("env"));
                env.or_else(|| container.volume_mounts.error(at("volumeMounts")))
            })
        })
    }
}

impl<'s> Context<'s> {
    /// The spec of the job.
    pub fn job(&self) -> &'s RayJobSpec<'s> {
        self.object.job()
    }

    /// The RayCluster that the job describes, if any.
    pub fn cluster(&self) -> Option<&'s RayClusterSpec<'s>> {
        self.job().ray_cluster_spec.as_deref()
    }

    /// The RayCluster that KubeRay creates for the job; `None` for a job on an
    /// existing RayCluster, even if it describes one.
    pub fn own_cluster(&self) -> Option<&'s RayClusterSpec<'s>> {
        self.cluster().filter(|_| !self.job().selects_cluster())
    }

    /// The head of the RayCluster that the job describes.
    pub fn head(&self) -> Option<Group<'s>> {
        self.object.head()
    }

    /// The worker groups of that RayCluster.
    pub fn workers(&self) -> Workers<'s> {
        self.object.workers()
    }

    /// Whether the autoscaler sets the number of workers.
    pub fn autoscales(&self) -> bool {
        self.cluster()
            .is_some_and(|cluster| cluster.enable_in_tree_autoscaling == Some(true))
    }

    /// Whether KubeRay writes the shell command that submits the job.
    pub fn submits_by_shell(&self) -> bool {
        match self.job().mode() {
            Some(SubmissionMode::K8sJob) => !self.job().has_own_command(),
            Some(SubmissionMode::Sidecar) => self.release >= Release::V1_5,
            _ => false,
        }
    }

    /// Whether KubeRay submits the entrypoint.
    pub fn submits(&self) -> bool {
        self.submits_by_shell() || self.job().has_mode(SubmissionMode::Http)
    }

    /// An annotation of the job, empty if absent; the jobs of a RayCronJob do not
    /// inherit its annotations.
    pub fn annotation(&self, key: &str) -> &'s str {
        match self.object {
            Object::RayJob(job) => job.metadata.annotations.get(key).unwrap_or_default(),
            Object::RayCronJob(_) => "",
        }
    }

    /// The name of the Kueue queue that admits the job, empty if there is none; the
    /// jobs of a RayCronJob do not inherit its labels.
    pub fn queue(&self) -> &'s str {
        match self.object {
            Object::RayJob(job) => job.metadata.labels.get(QUEUE).unwrap_or_default(),
            Object::RayCronJob(_) => "",
        }
    }

    /// Whether `kubectl ray` writes the object.
    pub fn is_from_plugin(&self) -> bool {
        self.field_manager == PLUGIN
    }

    /// The state of the job according to the operator; `New` before it has seen the
    /// job.
    pub fn state(&self) -> Option<JobDeploymentStatus> {
        match self.object.status() {
            Some(status) => status.state(),
            None => Some(JobDeploymentStatus::New),
        }
    }

    /// Whether the object is being created. The audit scanner presents stored
    /// objects as if they were, but those have a state.
    pub fn is_new(&self) -> bool {
        self.old.is_none() && self.state() == Some(JobDeploymentStatus::New)
    }

    /// Whether a feature gate is on.
    pub fn is_on(&self, gate: Gate) -> bool {
        self.gates.is_on(gate)
    }

    /// The path of a field of the job.
    pub fn job_path(&self, field: &'static str) -> Path {
        Path::default().at(self.object.kind().job_path()).at(field)
    }

    /// The path of a field of the RayCluster.
    pub fn cluster_path(&self, field: &'static str) -> Path {
        self.job_path("rayClusterSpec").at(field)
    }
}
