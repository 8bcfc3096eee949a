//! The pod groups of a RayCluster.

use std::fmt;

use crate::json::{Int, Path, Quoted};
use crate::kind::Kind;
use crate::raycluster::{Container, GroupSpec};

/// The note of a group without pods ([`Group::empty_note`]).
pub const EMPTY_NOTE: &str = " (as soon as the group grows)";

/// The head of a RayCluster, or one of its worker groups.
#[derive(Clone, Copy, Debug)]
pub struct Group<'s> {
    /// The spec of the group.
    pub spec: &'s GroupSpec<'s>,
    /// Its index among the worker groups; `None` is the head.
    index: Option<usize>,
    kind: Kind,
}

impl<'s> Group<'s> {
    /// The head of an object of this kind.
    pub(crate) fn head(kind: Kind, spec: &'s GroupSpec<'s>) -> Self {
        Self {
            spec,
            index: None,
            kind,
        }
    }

    /// A worker group of an object of this kind.
    fn worker(kind: Kind, index: usize, spec: &'s GroupSpec<'s>) -> Self {
        Self {
            spec,
            index: Some(index),
            kind,
        }
    }

    /// Whether this is the head.
    pub fn is_head(self) -> bool {
        self.index.is_none()
    }

    /// The [item](crate::finding::Finding::of_item) of findings about the group: its index
    /// among the worker groups, and 0 for the head.
    pub fn item(self) -> usize {
        self.index.unwrap_or_default()
    }

    /// The note that a message about the pods of a worker group ends with if KubeRay creates
    /// none at first; empty for other groups.
    pub fn empty_note(self) -> &'static str {
        let number = |number: Option<Int>| number.map_or(0, |number| number.0);
        let workers = number(self.spec.replicas).max(number(self.spec.min_replicas));
        match workers <= 0 || self.spec.suspend {
            true if !self.is_head() => EMPTY_NOTE,
            _ => "",
        }
    }

    /// The path of the group.
    pub fn whole_path(self) -> Path {
        let cluster = Path::default().at(self.kind.cluster_path());
        match self.index {
            None => cluster.at("headGroupSpec"),
            Some(index) => cluster.at("workerGroupSpecs").index(index),
        }
    }

    /// The path of a field of the group.
    pub fn path(self, field: &'static str) -> Path {
        self.whole_path().at(field)
    }

    /// The number of pods that KubeRay creates at first for a worker group: those of
    /// `replicas`, within its bounds
    /// (`kuberay v1.7.0 ray-operator/controllers/ray/utils/util.go:\
    /// GetWorkerGroupDesiredReplicas`).
    pub fn first_pods(self) -> i32 {
        let spec = self.spec;
        if spec.suspend {
            return 0;
        }
        let number = |field: Option<Int>, default| field.map_or(default, |number| number.0);
        let replicas = number(spec.replicas, i32::MIN)
            .max(number(spec.min_replicas, 0))
            .min(number(spec.max_replicas, i32::MAX));
        replicas.wrapping_mul(self.hosts())
    }

    /// The number of pods of one worker. KubeRay leaves a 0 out of the RayCluster that it makes,
    /// and the API server fills in the default, 1
    /// (`kuberay v1.7.0 ray-operator/apis/ray/v1/raycluster_types.go:WorkerGroupSpec`).
    fn hosts(self) -> i32 {
        let written = self.spec.num_of_hosts.map_or(1, |hosts| hosts.0);
        match written == 0 && self.kind != Kind::RayCluster {
            true => 1,
            false => written,
        }
    }

    /// The container that runs Ray, which is the first one.
    pub fn ray_container(self) -> Option<&'s Container<'s>> {
        self.spec.template.spec.containers.first()
    }

    /// The path of an item of a list in the container that runs Ray.
    pub fn ray_container_path(self, list: &'static str, item: usize) -> Path {
        let containers = self.path("template.spec.containers");
        containers.index(0).at(list).index(item)
    }
}

/// Iterates over the worker groups of a RayCluster, in order. Most rules about
/// groups do so; a named type keeps them from each compiling their own iterator.
#[derive(Clone, Debug)]
pub struct Workers<'s> {
    kind: Kind,
    specs: &'s [GroupSpec<'s>],
    /// The index of the next group.
    next: usize,
}

impl<'s> Workers<'s> {
    /// The worker groups of an object of this kind.
    pub(crate) fn new(kind: Kind, specs: &'s [GroupSpec<'s>]) -> Self {
        Self {
            kind,
            specs,
            next: 0,
        }
    }
}

impl<'s> Iterator for Workers<'s> {
    type Item = Group<'s>;

    fn next(&mut self) -> Option<Group<'s>> {
        let index = self.next;
        let spec = self.specs.get(index)?;
        self.next = index.saturating_add(1);
        Some(Group::worker(self.kind, index, spec))
    }
}

/// `the head group`, or `worker group "small"`.
impl fmt::Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            None => f.write_str("the head group"),
            Some(_) if self.spec.group_name.is_empty() => f.write_str("an unnamed worker group"),
            Some(_) => write!(f, "worker group {}", Quoted(&self.spec.group_name)),
        }
    }
}
