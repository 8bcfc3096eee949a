//! The environment of a RayJob: RayClusters, applications and submitters.
//!
//! RayClusters become ready immediately, unless their workers are late or an obstacle
//! prevents it. A submitter submits as soon as the RayJob is Running, and one in the head
//! pod of a RayCluster with late workers before that. An application ends once the
//! controller has seen it running, or before the workers are ready, and its submitter one
//! reconcile later.

use super::step::ClusterName;
use super::transition::Transition;
use crate::kuberay::JobStatus;

/// Everything except the RayJob.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct World {
    /// Seconds since the RayJob was created.
    pub now: u64,
    /// The number of RayClusters named so far.
    pub named: u32,
    pub clusters: Vec<RayCluster>,
    pub applications: Vec<Application>,
    /// The submitter Job.
    pub submitter: Option<Submitter>,
    /// The number of submitter Jobs created so far.
    pub submitters: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct RayCluster {
    pub name: ClusterName,
    pub ready: bool,
    pub never_ready: bool,
    /// What the controller meets instead of a ready RayCluster.
    pub obstacle: Option<Transition>,
    /// Whether it never has a pod.
    pub empty: bool,
    /// Whether its workers become ready only after the application has ended.
    pub late: bool,
    pub without_workers: bool,
    /// The submitter container in the head pod.
    pub sidecar: Option<Submitter>,
}

/// A submitter, which submits to a RayCluster under an ID.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Submitter {
    job_id: String,
    /// Whether the submitter Job never has a pod.
    pub without_pod: bool,
    /// The position of the submitted application.
    application: Option<usize>,
    pub end: Option<End>,
}

/// How a submitter ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub at: u64,
    pub failed: bool,
}

/// A Ray job, identified by an ID on one RayCluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Application {
    cluster: Option<ClusterName>,
    job_id: String,
    pub status: JobStatus,
    pub ended: Option<u64>,
    /// Whether the controller has seen it running.
    pub seen: bool,
}

/// The predetermined behavior of submitters and applications.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script<'f> {
    /// How the n-th application ends.
    pub outcomes: &'f [JobStatus],
    /// Whether the n-th submitter Job gives up without submitting.
    pub give_up: &'f [bool],
}

impl Submitter {
    pub fn new(job_id: &str, without_pod: bool) -> Self {
        Self {
            job_id: job_id.to_owned(),
            without_pod,
            application: None,
            end: None,
        }
    }
}

impl World {
    /// Returns a new name for a RayCluster.
    pub fn name(&mut self) -> ClusterName {
        self.named = self.named.saturating_add(1);
        ClusterName(self.named)
    }

    pub fn cluster(&self, name: Option<ClusterName>) -> Option<&RayCluster> {
        self.clusters
            .iter()
            .find(|cluster| Some(cluster.name) == name)
    }

    pub fn cluster_mut(&mut self, name: Option<ClusterName>) -> Option<&mut RayCluster> {
        self.clusters
            .iter_mut()
            .find(|cluster| Some(cluster.name) == name)
    }

    /// Deletes a RayCluster. Returns whether there was one.
    pub fn delete_cluster(&mut self, name: Option<ClusterName>) -> bool {
        let before = self.clusters.len();
        self.clusters.retain(|cluster| Some(cluster.name) != name);
        self.clusters.len() < before
    }

    /// Creates the submitter Job.
    pub fn make_submitter(&mut self, job_id: &str, without_pod: bool) {
        self.submitter = Some(Submitter::new(job_id, without_pod));
        self.submitters = self.submitters.saturating_add(1);
    }

    /// Returns the application with this ID on a RayCluster.
    pub fn application(
        &mut self,
        cluster: Option<ClusterName>,
        job_id: &str,
    ) -> Option<&mut Application> {
        self.applications
            .iter_mut()
            .find(|known| known.cluster == cluster && known.job_id == job_id)
    }

    /// Starts an application, unless the RayCluster already knows the ID.
    pub fn start(&mut self, cluster: Option<ClusterName>, job_id: &str) {
        start(&mut self.applications, cluster, job_id);
    }

    /// Lets everything except the controller and the user act once. `running` is
    /// the RayCluster of a RayJob that is Running.
    pub fn step(&mut self, script: Script<'_>, running: Option<ClusterName>) {
        for cluster in &mut self.clusters {
            cluster.ready |= !cluster.never_ready && !cluster.late;
        }
        self.end_submitters();
        self.end_applications(script.outcomes);
        self.submit(script.give_up, running);
    }

    fn end_submitters(&mut self) {
        let sidecars = self.clusters.iter_mut().map(|cluster| &mut cluster.sidecar);
        let submitters = sidecars.chain([&mut self.submitter]).flatten();
        for submitter in submitters.filter(|submitter| submitter.end.is_none()) {
            let application = submitter
                .application
                .and_then(|at| self.applications.get(at));
            let status = application.map_or(JobStatus::Running, |application| application.status);
            if status != JobStatus::Running {
                submitter.end = Some(End {
                    at: self.now,
                    failed: status == JobStatus::Failed,
                });
            }
        }
    }

    fn end_applications(&mut self, outcomes: &[JobStatus]) {
        for (application, &outcome) in self.applications.iter_mut().zip(outcomes) {
            let mut clusters = self.clusters.iter();
            let is_early =
                clusters.any(|cluster| cluster.late && Some(cluster.name) == application.cluster);
            if (application.seen || is_early) && application.status != outcome {
                application.status = outcome;
                application.ended = Some(self.now);
            }
        }
    }

    fn submit(&mut self, give_up: &[bool], running: Option<ClusterName>) {
        let nth = self.submitters.saturating_sub(1);
        let gives_up = give_up.get(nth).is_some_and(|&gives_up| gives_up);
        let applications = &mut self.applications;
        let job = self.submitter.as_mut();
        if let Some(job) = job.filter(|job| job.is_fresh() && running.is_some()) {
            if gives_up {
                job.end = Some(End {
                    at: self.now,
                    failed: true,
                });
            } else {
                job.application = Some(start(applications, running, &job.job_id));
            }
        }
        let is_up = |cluster: &&mut RayCluster| match running {
            Some(_) => cluster.ready,
            None => cluster.late,
        };
        for cluster in self.clusters.iter_mut().filter(is_up) {
            if let Some(sidecar) = cluster.sidecar.as_mut().filter(|job| job.is_fresh()) {
                sidecar.application =
                    Some(start(applications, Some(cluster.name), &sidecar.job_id));
            }
        }
    }

    /// Whether a RayCluster exists with nothing running on it.
    pub fn is_idle(&self) -> bool {
        let mut clusters = self.clusters.iter().filter(|cluster| !cluster.empty);
        clusters.any(|cluster| {
            !self.applications.iter().any(|application| {
                application.cluster == Some(cluster.name)
                    && application.status == JobStatus::Running
            })
        })
    }
}

impl RayCluster {
    /// Whether the submitter in the head pod has ended.
    pub fn sidecar_has_ended(&self) -> bool {
        self.sidecar
            .as_ref()
            .is_some_and(|sidecar| sidecar.end.is_some())
    }
}

impl Submitter {
    fn is_fresh(&self) -> bool {
        !self.without_pod && self.application.is_none() && self.end.is_none()
    }
}

/// Starts an application, unless it already exists. Returns its position.
fn start(applications: &mut Vec<Application>, cluster: Option<ClusterName>, job_id: &str) -> usize {
    let known = applications
        .iter()
        .position(|known| known.cluster == cluster && known.job_id == job_id);
    known.unwrap_or_else(|| {
        applications.push(Application {
            cluster,
            job_id: job_id.to_owned(),
            status: JobStatus::Running,
            ended: None,
            seen: false,
        });
        applications.len().saturating_sub(1)
    })
}
