//! Features that require a Ray version.

use crate::json::Quoted;
use crate::raycluster::RayClusterSpec;
use crate::syntax::ray_version::RayVersion;

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
