//! The kinds of objects that are judged.

/// A kind of object that is judged.
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

    /// The kind of this name, if it is one that is judged.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Where the job's own fields are.
    pub const fn job_path(self) -> &'static str {
        match self {
            Self::RayJob => "spec",
            Self::RayCronJob => "spec.jobTemplate",
        }
    }
}
