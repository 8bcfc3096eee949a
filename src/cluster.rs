//! A RayCluster, as rules see it.

use std::ops::Deref;

use crate::context::Object;
use crate::group::{Group, Workers};
use crate::json::{Path, ReadError};
use crate::kind::Kind;
use crate::raycluster::RayClusterSpec;

/// A RayCluster, with the place of its spec in the object. It derefs to the spec.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'s> {
    /// The spec.
    pub spec: &'s RayClusterSpec<'s>,
    object: Object<'s>,
}

impl<'s> Deref for Cluster<'s> {
    type Target = RayClusterSpec<'s>;

    fn deref(&self) -> &Self::Target {
        self.spec
    }
}

impl<'s> Cluster<'s> {
    /// The RayCluster with this spec in an object.
    pub(crate) fn new(spec: &'s RayClusterSpec<'s>, object: Object<'s>) -> Self {
        Self { spec, object }
    }

    /// The path of a field of the spec.
    pub fn path(self, field: &'static str) -> Path {
        Path::default().at(self.kind().cluster_path()).at(field)
    }

    /// The head group.
    pub fn head(self) -> Group<'s> {
        Group::head(self.kind(), &self.spec.head_group_spec)
    }

    /// The worker groups.
    pub fn workers(self) -> Workers<'s> {
        Workers::new(self.kind(), &self.spec.worker_group_specs)
    }

    /// Whether the autoscaler sets the number of workers.
    pub fn autoscales(self) -> bool {
        self.spec.enable_in_tree_autoscaling == Some(true)
    }

    /// An [annotation](Object::annotation) of the RayCluster, empty if absent.
    pub fn annotation(self, key: &str) -> &'s str {
        self.object.annotation(key)
    }

    /// The error of a field that a rule could not read.
    pub(crate) fn read_error(self) -> Option<ReadError> {
        let head = self.head();
        let service = &head.spec.head_service;
        let annotations = &self.spec.head_service_annotations;
        let service = service
            .error(|| head.path("headService"))
            .or_else(|| annotations.error(|| self.path("headServiceAnnotations")));
        let mut groups = [head].into_iter().chain(self.workers());
        let in_groups = || {
            groups.find_map(|group| {
                let metadata = &group.spec.template.metadata;
                let error = metadata.error(|| group.path("template.metadata"));
                if error.is_some() {
                    return error;
                }
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
        };
        service.or_else(in_groups)
    }

    fn kind(self) -> Kind {
        self.object.kind()
    }
}
