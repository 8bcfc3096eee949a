//! What acts on an object beside KubeRay: Kueue, and the batch scheduler of the operator.

use std::fmt;

use crate::kuberay::named;
use crate::release::is_release;

/// A minor release of Kueue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kueue {
    /// 0.11
    V0_11,
    /// 0.12
    V0_12,
    /// 0.13
    V0_13,
    /// 0.14
    V0_14,
    /// 0.15
    V0_15,
    /// 0.16
    V0_16,
    /// 0.17
    V0_17,
    /// 0.18
    V0_18,
    /// 0.19
    V0_19,
}

impl Kueue {
    /// All known releases, oldest first.
    pub const ALL: [Self; 9] = [
        Self::V0_11,
        Self::V0_12,
        Self::V0_13,
        Self::V0_14,
        Self::V0_15,
        Self::V0_16,
        Self::V0_17,
        Self::V0_18,
        Self::V0_19,
    ];

    /// The oldest known release.
    pub const OLDEST: Self = Self::V0_11;

    /// The newest known release.
    pub const LATEST: Self = Self::V0_19;

    /// The release as `major.minor`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V0_11 => "0.11",
            Self::V0_12 => "0.12",
            Self::V0_13 => "0.13",
            Self::V0_14 => "0.14",
            Self::V0_15 => "0.15",
            Self::V0_16 => "0.16",
            Self::V0_17 => "0.17",
            Self::V0_18 => "0.18",
            Self::V0_19 => "0.19",
        }
    }

    /// Parses `0.19`, `0.19.2` or `v0.19.2`; `None` if it is not a known release.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|release| is_release(text, release.as_str()))
    }
}

impl fmt::Display for Kueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

named! {
    /// A batch scheduler of the operator, as its flag `--batch-scheduler` names it
    /// (`kuberay v1.7.0 ray-operator/apis/config/v1alpha1/config_utils.go`).
    BatchScheduler {
        /// Volcano.
        Volcano = "volcano",
        /// Apache YuniKorn.
        Yunikorn = "yunikorn",
        /// KAI Scheduler.
        KaiScheduler = "kai-scheduler",
        /// The coscheduling plugin of Kubernetes' scheduler plugins.
        SchedulerPlugins = "scheduler-plugins",
    }
}

/// What the settings say of the neighbours of KubeRay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The release of Kueue; `None` if it is not known whether there is one.
    pub kueue: Option<Kueue>,
    /// The operator's batch scheduler; `None` if it is not known whether there is one.
    pub batch_scheduler: Option<BatchScheduler>,
}

/// The neighbour with which a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// A release of Kueue, from the first to the last.
    Kueue(Kueue, Kueue),
    /// One of these batch schedulers.
    BatchScheduler(&'static [BatchScheduler]),
}

impl Neighbour {
    /// All known releases of Kueue.
    pub const KUEUE: Self = Self::kueue_since(Kueue::OLDEST);

    /// A release of Kueue and all later ones.
    pub const fn kueue_since(first: Kueue) -> Self {
        Self::Kueue(first, Kueue::LATEST)
    }

    /// Whether it may be there: it is, or the settings do not tell and it would be for any
    /// answer.
    pub fn may_be_in(self, neighbours: Neighbours) -> bool {
        match (self, neighbours) {
            (
                Self::Kueue(first, last),
                Neighbours {
                    kueue: Some(is), ..
                },
            ) => first <= is && is <= last,
            (Self::Kueue(..), _) => self == Self::KUEUE,
            (
                Self::BatchScheduler(of),
                Neighbours {
                    batch_scheduler, ..
                },
            ) => batch_scheduler.is_some_and(|is| of.contains(&is)),
        }
    }

    /// Whether the settings tell which of its kind is there.
    pub fn is_told(self, neighbours: Neighbours) -> bool {
        match self {
            Self::Kueue(..) => neighbours.kueue.is_some(),
            Self::BatchScheduler(_) => neighbours.batch_scheduler.is_some(),
        }
    }

    /// The neighbours among which it is, the newest or the first of several.
    pub fn neighbours(self) -> Neighbours {
        match self {
            Self::Kueue(_, last) => Neighbours {
                kueue: Some(last),
                ..Neighbours::default()
            },
            Self::BatchScheduler(of) => Neighbours {
                batch_scheduler: of.first().copied(),
                ..Neighbours::default()
            },
        }
    }
}

/// In words, such as `Kueue 0.13 and later` and `volcano or yunikorn`.
impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Kueue(first, last) if first == last => write!(f, "Kueue {first}"),
            Self::Kueue(first, Kueue::LATEST) if first == Kueue::OLDEST => f.write_str("Kueue"),
            Self::Kueue(first, Kueue::LATEST) => write!(f, "Kueue {first} and later"),
            Self::Kueue(first, last) => write!(f, "Kueue {first} to {last}"),
            Self::BatchScheduler(of) => {
                let names: Vec<_> = of.iter().map(|scheduler| scheduler.as_str()).collect();
                f.write_str(&names.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BatchScheduler::{Volcano, Yunikorn};
    use super::Kueue::{V0_12, V0_13, V0_17, V0_19};
    use super::{Kueue, Neighbour, Neighbours};

    fn with_kueue(kueue: Kueue) -> Neighbours {
        Neighbours {
            kueue: Some(kueue),
            ..Neighbours::default()
        }
    }

    #[test]
    fn a_release_of_kueue_is_read_with_or_without_patch_and_v() {
        for text in ["0.19", "0.19.2", "v0.19.2", "v0.19"] {
            assert_eq!(Kueue::parse(text), Some(V0_19), "{text}");
        }
        for text in ["", "0", "0.1", "0.10", "0.20", "1.19", "0.19.x", "0.019"] {
            assert_eq!(Kueue::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_rule_about_some_releases_of_kueue_needs_to_know_which_it_is() {
        let middle = Neighbour::Kueue(V0_13, V0_17);
        assert!(!middle.may_be_in(Neighbours::default()));
        assert!(!middle.may_be_in(with_kueue(V0_12)));
        assert!(middle.may_be_in(with_kueue(V0_13)));
        assert!(middle.may_be_in(with_kueue(V0_17)));
        assert!(!middle.may_be_in(with_kueue(V0_19)));
        assert!(Neighbour::KUEUE.may_be_in(Neighbours::default()));
    }

    #[test]
    fn a_rule_about_a_batch_scheduler_needs_to_know_which_it_is() {
        let rule = Neighbour::BatchScheduler(&[Volcano]);
        let with = |batch_scheduler| Neighbours {
            batch_scheduler,
            ..Neighbours::default()
        };
        assert!(rule.may_be_in(with(Some(Volcano))));
        assert!(!rule.may_be_in(with(Some(Yunikorn))));
        assert!(!rule.may_be_in(with(None)));
    }

    #[test]
    fn a_neighbour_is_put_into_words() {
        for (neighbour, words) in [
            (Neighbour::KUEUE, "Kueue"),
            (Neighbour::kueue_since(V0_13), "Kueue 0.13 and later"),
            (Neighbour::Kueue(V0_13, V0_17), "Kueue 0.13 to 0.17"),
            (Neighbour::Kueue(V0_13, V0_13), "Kueue 0.13"),
            (
                Neighbour::BatchScheduler(&[Volcano, Yunikorn]),
                "volcano or yunikorn",
            ),
        ] {
            assert_eq!(neighbour.to_string(), words);
        }
    }
}
