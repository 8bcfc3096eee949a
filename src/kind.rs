//! The judged kinds of objects.

/// A judged kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `RayJob`
    RayJob,
    /// `RayCronJob`
    RayCronJob,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::RayJob, Self::RayCronJob];

    /// The kind as written in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RayJob => "RayJob",
            Self::RayCronJob => "RayCronJob",
        }
    }

    /// The kind with this name, if it is judged.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The path of the job's own fields.
    pub const fn job_path(self) -> &'static str {
        match self {
            Self::RayJob => "spec",
            Self::RayCronJob => "spec.jobTemplate",
        }
    }

    /// The path of the fields of the RayCluster.
    pub const fn cluster_path(self) -> &'static str {
        match self {
            Self::RayJob => "spec.rayClusterSpec",
            Self::RayCronJob => "spec.jobTemplate.rayClusterSpec",
        }
    }
}
