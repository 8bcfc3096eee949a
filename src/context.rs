//! The input of a rule: an object, the one it replaces, and the operator.

use std::cell::OnceCell;

use crate::cluster::Cluster;
use crate::job::Job;
use crate::json::ReadError;
use crate::kind::Kind;
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::live::{Live, Topic};
use crate::neighbours::Neighbours;
use crate::raycluster::RayCluster;
use crate::rayjob::{MULTIKUEUE, Metadata, RayCronJob, RayJob};
use crate::rayservice::RayService;
use crate::release::{Gate, Gates, Release};
use crate::syntax::runtime_env::{RuntimeEnv, SyntaxError};
use crate::syntax::shell::entrypoint::{Damage, Delivery};

/// The field manager of `kubectl ray`.
const PLUGIN: &str = "ray-kubectl-plugin";

/// One object as one operator sees it.
#[derive(Debug)]
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
    /// What is in the cluster, if the policy may ask.
    pub live: Option<Live>,
    /// What else acts on the object.
    pub neighbours: Neighbours,
    /// The delivery of `entrypoint` and its damages, which many rules are about; `None` if no
    /// shell can change it.
    pub(crate) delivery: OnceCell<Option<(Delivery, Vec<Damage>)>>,
    /// See [`yaml`](Self::yaml): many rules are about it.
    pub(crate) yaml: OnceCell<Result<Option<RuntimeEnv<'s>>, SyntaxError>>,
}

/// An object of one of the judged kinds.
#[derive(Clone, Copy, Debug)]
pub enum Object<'s> {
    /// A RayJob.
    RayJob(&'s RayJob<'s>),
    /// A RayCronJob.
    RayCronJob(&'s RayCronJob<'s>),
    /// A RayCluster.
    RayCluster(&'s RayCluster<'s>),
    /// A RayService.
    RayService(&'s RayService<'s>),
}

impl<'s> Object<'s> {
    /// The object's kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::RayJob(_) => Kind::RayJob,
            Self::RayCronJob(_) => Kind::RayCronJob,
            Self::RayCluster(_) => Kind::RayCluster,
            Self::RayService(_) => Kind::RayService,
        }
    }

    /// The object's own metadata; the jobs of a RayCronJob do not inherit it.
    pub fn metadata(self) -> &'s Metadata<'s> {
        match self {
            Self::RayJob(job) => &job.metadata,
            Self::RayCronJob(cron) => &cron.metadata,
            Self::RayCluster(cluster) => &cluster.metadata,
            Self::RayService(service) => &service.metadata,
        }
    }

    /// An annotation of the RayCluster, empty if absent: that of the object, unless it is a
    /// RayCronJob, whose jobs do not inherit its annotations.
    pub fn annotation(self, key: &str) -> &'s str {
        match self {
            Self::RayCronJob(_) => "",
            _ => self.metadata().annotations.get(key).unwrap_or_default(),
        }
    }

    /// A label of the RayCluster: that of the object, unless it is a RayCronJob, whose jobs do
    /// not inherit its labels.
    pub fn label(self, key: &str) -> Option<&'s str> {
        match self {
            Self::RayCronJob(_) => None,
            _ => self.metadata().labels.get(key),
        }
    }

    /// The RayJob, or the job that a RayCronJob creates; `None` for other kinds.
    pub fn job(self) -> Option<Job<'s>> {
        match self {
            Self::RayJob(job) => Some(Job::new(&job.spec, self)),
            Self::RayCronJob(cron) => Some(Job::new(&cron.spec.job_template, self)),
            Self::RayCluster(_) | Self::RayService(_) => None,
        }
    }

    /// The RayService; `None` for other kinds.
    pub fn service(self) -> Option<&'s RayService<'s>> {
        match self {
            Self::RayService(service) => Some(service),
            _ => None,
        }
    }

    /// Whether its job runs on an existing RayCluster.
    pub fn selects_cluster(self) -> bool {
        self.job().is_some_and(|job| job.selects_cluster())
    }

    /// Whether another controller runs the object: MultiKueue, in another cluster.
    pub fn is_run_elsewhere(self) -> bool {
        let managed_by = match self {
            Self::RayJob(_) | Self::RayCronJob(_) => {
                self.job().and_then(|job| job.spec.managed_by.as_deref())
            }
            Self::RayCluster(cluster) => cluster.spec.managed_by.as_deref(),
            Self::RayService(service) => service.spec.managed_by.as_deref(),
        };
        managed_by == Some(MULTIKUEUE)
    }

    /// The RayCluster that the object is or describes, if any.
    pub fn cluster(self) -> Option<Cluster<'s>> {
        let spec = match self {
            Self::RayJob(_) | Self::RayCronJob(_) => {
                self.job()?.spec.ray_cluster_spec.as_deref()?
            }
            Self::RayCluster(cluster) => &cluster.spec,
            Self::RayService(service) => &*service.spec.ray_cluster_config,
        };
        Some(Cluster::new(spec, self))
    }

    /// The RayCluster that KubeRay creates: none for a job on an existing RayCluster,
    /// even if it describes one.
    pub fn created_cluster(self) -> Option<Cluster<'s>> {
        self.cluster().filter(|_| !self.selects_cluster())
    }

    /// The error of a field that a rule could not read.
    pub fn read_error(self) -> Option<ReadError> {
        self.cluster().and_then(Cluster::read_error)
    }
}

impl<'s> Context<'s> {
    /// An object that is created, for an operator of a release with these gates whose
    /// neighbours are not known.
    pub fn new(object: Object<'s>, release: Release, gates: Gates) -> Self {
        Self {
            object,
            old: None,
            field_manager: "",
            release,
            gates,
            live: None,
            neighbours: Neighbours::default(),
            delivery: OnceCell::new(),
            yaml: OnceCell::new(),
        }
    }

    /// The YAML that the object has as text: `runtimeEnvYAML` of a job, or `serveConfigV2` of
    /// a RayService; `None` if it is empty.
    ///
    /// # Errors
    /// Why KubeRay cannot read it.
    pub fn yaml(&self) -> Result<Option<&RuntimeEnv<'s>>, SyntaxError> {
        let read = self.yaml.get_or_init(|| {
            let of_job = self.object.job().map(|job| &*job.spec.runtime_env_yaml);
            let of_service = || Some(&*self.object.service()?.spec.serve_config_v2);
            RuntimeEnv::read(of_job.or_else(of_service).unwrap_or_default())
        });
        read.as_ref().map(Option::as_ref).map_err(|error| *error)
    }

    /// Whether `kubectl ray` writes the object.
    pub fn is_from_plugin(&self) -> bool {
        self.field_manager == PLUGIN
    }

    /// Whether the object is being created. The audit scanner presents stored
    /// objects as if they were, but those have a status.
    pub fn is_new(&self) -> bool {
        let has_status = match self.object {
            Object::RayJob(job) => job.status.state() != Some(JobDeploymentStatus::New),
            Object::RayCronJob(_) => false,
            Object::RayCluster(cluster) => cluster.status.0,
            Object::RayService(service) => service.status.has_cluster(),
        };
        self.old.is_none() && !has_status
    }

    /// The job of the object that an UPDATE replaces.
    pub fn old_job(&self) -> Option<Job<'s>> {
        self.old.and_then(Object::job)
    }

    /// Whether the head's pod submits the job, in SidecarMode.
    pub fn submits_in_head(&self) -> bool {
        let job = self.object.job();
        self.release >= Release::V1_5
            && job.is_some_and(|job| job.has_mode(SubmissionMode::Sidecar))
    }

    /// Whether the policy may ask about a topic of the cluster: only when the object is
    /// created, since controllers write to it too often afterwards.
    pub fn may_ask(&self, topic: Topic) -> bool {
        let live = self.live.as_ref();
        self.old.is_none() && live.is_some_and(|live| live.covers(topic))
    }

    /// Whether a feature gate is on.
    pub fn is_on(&self, gate: Gate) -> bool {
        self.gates.is_on(gate)
    }
}
