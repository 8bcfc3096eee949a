//! Features that require a Ray version.

use crate::cluster::Cluster;
use crate::job::Job;
use crate::json::Quoted;
use crate::pod::Pod;
use crate::raycluster::RayClusterSpec;
use crate::syntax::ray_version::RayVersion;

/// The version of Ray in the pods of a group: that of the image's tag, or else
/// `rayVersion`.
pub(in crate::rules) fn of_ray(pod: Pod<'_, '_>, cluster: Cluster<'_>) -> Option<RayVersion> {
    let ray = pod.spec().containers.first();
    let image = ray.and_then(|ray| ray.image.as_deref());
    let of_image = image.and_then(RayVersion::of_image);
    of_image.or_else(|| RayVersion::parse(&cluster.ray_version))
}

/// The version of Ray on the head of the RayCluster that KubeRay creates for a job.
pub(in crate::rules) fn of_head(job: Job<'_>) -> Option<RayVersion> {
    of_head_in(job.created_cluster()?)
}

/// The version of Ray on the head of a RayCluster.
pub(in crate::rules) fn of_head_in(cluster: Cluster<'_>) -> Option<RayVersion> {
    let ray = cluster.head().ray_container();
    let of_image = ray.and_then(|ray| RayVersion::of_image(&ray.image));
    of_image.or_else(|| RayVersion::parse(&cluster.ray_version))
}

/// The problem with `rayVersion` when a feature requires a newer Ray.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum VersionProblem {
    Missing,
    Invalid,
    Old,
}

/// The path of `rayVersion` in the RayCluster spec.
pub(in crate::rules) const PATH: &str = "rayVersion";

/// Returns the problem with `rayVersion` if Ray `major.minor` is required.
pub(in crate::rules) fn problem(
    cluster: &RayClusterSpec<'_>,
    major: u64,
    minor: u64,
) -> Option<VersionProblem> {
    if cluster.ray_version.is_empty() {
        return Some(VersionProblem::Missing);
    }
    match RayVersion::parse(&cluster.ray_version) {
        None => Some(VersionProblem::Invalid),
        Some(version) if version.at_least(major, minor) => None,
        Some(_) => Some(VersionProblem::Old),
    }
}

impl VersionProblem {
    /// Describes the written value.
    pub(in crate::rules) fn describe(self, cluster: &RayClusterSpec<'_>) -> String {
        let version = Quoted(&cluster.ray_version);
        match self {
            Self::Missing => "rayVersion is not set".into(),
            Self::Invalid => format!("rayVersion {version} is not a version number"),
            Self::Old => format!("rayVersion is {version}"),
        }
    }
}
