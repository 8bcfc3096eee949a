//! A job, as rules see it: the spec of a RayJob, or the template of a RayCronJob.

use std::ops::Deref;

use crate::cluster::Cluster;
use crate::context::Object;
use crate::json::Path;
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::rayjob::{RayJobSpec, RayJobStatus};
use crate::release::Release;

/// The label that names a Kueue queue.
pub const QUEUE: &str = "kueue.x-k8s.io/queue-name";

/// A job, with what its object says about it. It derefs to the spec.
#[derive(Clone, Copy, Debug)]
pub struct Job<'s> {
    /// The spec: `spec` of a RayJob, or `spec.jobTemplate` of a RayCronJob.
    pub spec: &'s RayJobSpec<'s>,
    object: Object<'s>,
}

impl<'s> Deref for Job<'s> {
    type Target = RayJobSpec<'s>;

    fn deref(&self) -> &Self::Target {
        self.spec
    }
}

impl<'s> Job<'s> {
    /// The job with this spec in an object.
    pub(crate) fn new(spec: &'s RayJobSpec<'s>, object: Object<'s>) -> Self {
        Self { spec, object }
    }

    /// The object that describes the job.
    pub fn object(self) -> Object<'s> {
        self.object
    }

    /// The path of a field of the spec.
    pub fn path(self, field: &'static str) -> Path {
        Path::default().at(self.object.kind().job_path()).at(field)
    }

    /// The RayCluster that the job describes, which KubeRay validates even if the job
    /// runs on an existing one.
    pub fn cluster(self) -> Option<Cluster<'s>> {
        self.object.cluster()
    }

    /// The RayCluster that KubeRay creates for the job; `None` for a job on an
    /// existing RayCluster, even if it describes one.
    pub fn created_cluster(self) -> Option<Cluster<'s>> {
        self.object.created_cluster()
    }

    /// Whether the autoscaler sets the number of workers.
    pub fn autoscales(self) -> bool {
        self.cluster().is_some_and(Cluster::autoscales)
    }

    /// The name of the Kueue queue that admits the job, empty if there is none; the
    /// jobs of a RayCronJob do not inherit its labels.
    pub fn queue(self) -> &'s str {
        match self.object {
            Object::RayJob(job) => job.metadata.labels.get(QUEUE).unwrap_or_default(),
            _ => "",
        }
    }

    /// The status of a RayJob; `None` for the template of a RayCronJob.
    pub fn status(self) -> Option<&'s RayJobStatus<'s>> {
        match self.object {
            Object::RayJob(job) => Some(&job.status),
            _ => None,
        }
    }

    /// The state of the job according to the operator; `New` before it has seen the
    /// job, `None` for a value that no release knows.
    pub fn state(self) -> Option<JobDeploymentStatus> {
        match self.status() {
            Some(status) => status.state(),
            None => Some(JobDeploymentStatus::New),
        }
    }

    /// Whether KubeRay writes the shell command that submits the job.
    pub fn submits_by_shell(self, release: Release) -> bool {
        match self.mode() {
            Some(SubmissionMode::K8sJob) => !self.has_own_command(),
            Some(SubmissionMode::Sidecar) => release >= Release::V1_5,
            _ => false,
        }
    }

    /// Whether KubeRay submits the entrypoint.
    pub fn submits(self, release: Release) -> bool {
        self.submits_by_shell(release) || self.has_mode(SubmissionMode::Http)
    }
}
