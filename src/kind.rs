//! The judged kinds of objects.

use std::fmt;

/// A judged kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `RayJob`
    RayJob,
    /// `RayCronJob`
    RayCronJob,
    /// `RayCluster`
    RayCluster,
    /// `RayService`
    RayService,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::RayJob,
        Self::RayCronJob,
        Self::RayCluster,
        Self::RayService,
    ];

    /// The kind as written in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RayJob => "RayJob",
            Self::RayCronJob => "RayCronJob",
            Self::RayCluster => "RayCluster",
            Self::RayService => "RayService",
        }
    }

    /// The kind with this name, if it is judged.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it describes a job.
    pub const fn has_job(self) -> bool {
        Kinds::JOBS.contain(self)
    }

    /// The path of the fields of the job, or else of the object's own.
    pub const fn job_path(self) -> &'static str {
        match self {
            Self::RayJob | Self::RayCluster | Self::RayService => "spec",
            Self::RayCronJob => "spec.jobTemplate",
        }
    }

    /// The path of the fields of the RayCluster.
    pub const fn cluster_path(self) -> &'static str {
        match self {
            Self::RayJob => "spec.rayClusterSpec",
            Self::RayCronJob => "spec.jobTemplate.rayClusterSpec",
            Self::RayCluster => "spec",
            Self::RayService => "spec.rayClusterConfig",
        }
    }
}

/// Some of the kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// All kinds.
    pub const ALL: Self = Self(0b1111);

    /// Those that describe a job.
    pub const JOBS: Self = Self::only(Kind::RayJob).and(Kind::RayCronJob);

    /// Those for which KubeRay makes a RayCluster.
    pub const OWNERS: Self = Self::JOBS.and(Kind::RayService);

    /// Those whose labels and annotations are those of the RayCluster.
    pub const WITH_METADATA: Self = Self::only(Kind::RayJob)
        .and(Kind::RayCluster)
        .and(Kind::RayService);

    /// One kind.
    pub const fn only(kind: Kind) -> Self {
        Self(1 << kind as u8)
    }

    /// These and one more.
    #[must_use]
    pub const fn and(self, kind: Kind) -> Self {
        Self(self.0 | Self::only(kind).0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether this kind is one of them.
    pub const fn contain(self, kind: Kind) -> bool {
        self.0 & Self::only(kind).0 != 0
    }

    /// The kinds, in the order of [`Kind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |&kind| self.contain(kind))
    }
}

/// `RayJob`, or `RayJob, RayCronJob and RayService`.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Kind::as_str).collect();
        match &*names {
            [start @ .., last] if !start.is_empty() => {
                write!(f, "{} and {last}", start.join(", "))
            }
            _ => f.write_str(&names.concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Kinds};

    #[test]
    fn kinds_are_listed_in_words() {
        for (kinds, words) in [
            (Kinds::only(Kind::RayService), "RayService"),
            (Kinds::JOBS, "RayJob and RayCronJob"),
            (Kinds::OWNERS, "RayJob, RayCronJob and RayService"),
            (
                Kinds::only(Kind::RayJob).within(Kinds::only(Kind::RayService)),
                "",
            ),
        ] {
            assert_eq!(kinds.to_string(), words);
        }
    }
}
