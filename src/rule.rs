//! What a rule is.

use std::fmt;

use crate::context::Context;
use crate::finding::Report;
use crate::fix::FixTemplate;
use crate::kind::Kind;
use crate::release::{Gate, Release};

/// A rule: when it applies, what it looks for, and what it says.
///
/// A finding reads `path: detail; why. advice [id]`, where the check makes the
/// path and the detail.
#[derive(Debug)]
pub struct Rule {
    /// The rule's name, in kebab-case; `trap-` begins the name of a rule that
    /// the operator does not have.
    pub id: &'static str,
    /// Where the operator checks it, which is the order of the findings.
    pub order: Position,
    /// The kind of object it judges; `None` is both.
    pub kind: Option<Kind>,
    /// The operator releases it applies to.
    pub releases: Releases,
    /// Whether only an admission request shows it: the API server's defaults
    /// and pruning, which a file is put through before the rules see it, leave
    /// nothing to find.
    pub at_admission: bool,
    /// A feature gate that must be in this state for the rule to apply.
    pub gate: Option<(Gate, bool)>,
    /// What a finding does, unless the settings say otherwise.
    pub level: Level,
    /// What would happen: goes on from the detail, without a full stop.
    pub why: &'static str,
    /// What to write instead: a sentence, without a full stop.
    pub advice: &'static str,
    /// The ways to mend the object, the most likely one first. A check may
    /// [offer](crate::finding::Finding::offer) only some of them.
    pub fixes: &'static [FixTemplate],
    /// Adds what it finds to the report.
    pub check: fn(&Context<'_>, &mut Report),
}

impl Rule {
    /// What the rules of the operator have in common; the rest of a block
    /// overrides it.
    pub const OPERATOR: Self = Self {
        id: "",
        order: Position::LAST,
        kind: None,
        releases: Releases::since(Release::V1_3),
        at_admission: false,
        gate: None,
        level: Level::Deny,
        why: "",
        advice: "",
        fixes: &[],
        check: |_, _| {},
    };

    /// What the traps have in common: things that the operator accepts and
    /// does not do.
    pub const TRAP: Self = Self {
        level: Level::Warn,
        ..Self::OPERATOR
    };

    /// Whether the rule applies to this object in this operator.
    pub fn applies_to(&self, context: &Context<'_>) -> bool {
        self.kind.is_none_or(|kind| kind == context.object.kind())
            && self.gate.is_none_or(|(gate, on)| context.is_on(gate) == on)
            && self.releases.contain(context)
    }

    /// Whether a RayJob that breaks the rule is itself refused by the operator
    /// of a release: not only noticed by this policy, nor refused by the API
    /// server, nor only its RayCluster refused.
    pub fn refuses_job(&self, release: Release) -> bool {
        let is_others = ["trap-", "crd-", "late-"]
            .iter()
            .any(|prefix| self.id.starts_with(prefix));
        !is_others && self.releases.refuse_job(release) && release <= self.releases.last
    }
}

/// The rule as a module carries it: one that shows no fixes is built without
/// the feature `fixes`, and then has none.
pub(crate) const fn without_unused(mut rule: Rule) -> Rule {
    if !cfg!(feature = "fixes") {
        rule.fixes = &[];
    }
    rule
}

/// What a finding of a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: the rule is not evaluated.
    Off,
    /// The request passes with a warning.
    Warn,
    /// The request is denied.
    Deny,
}

impl Level {
    /// All levels, the mildest first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Deny];

    /// The level as written in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// The releases that have a rule.
#[derive(Clone, Copy, Debug)]
pub struct Releases {
    /// From this release on the operator refuses the job; `None` is never.
    first: Option<Release>,
    last: Release,
    /// From this release on, and before `first`, the operator refuses the
    /// RayCluster that it makes for the job, not the job.
    child_since: Release,
}

impl Releases {
    /// A release and all later ones.
    pub const fn since(first: Release) -> Self {
        Self {
            first: Some(first),
            last: Release::LATEST,
            child_since: first,
        }
    }

    /// A release and all later ones, in which the RayCluster made for the job
    /// is refused, and the job never.
    pub const fn child_since(release: Release) -> Self {
        Self {
            first: None,
            last: Release::LATEST,
            child_since: release,
        }
    }

    /// From one release to another, both included.
    pub const fn between(first: Release, last: Release) -> Self {
        Self {
            first: Some(first),
            last,
            child_since: first,
        }
    }

    /// Adds older releases, in which the RayCluster made for the job is
    /// refused instead of the job.
    #[must_use]
    pub const fn or_child_since(mut self, release: Release) -> Self {
        self.child_since = release;
        self
    }

    /// All releases in which the rule applies to some object, oldest first.
    pub fn iter(self) -> impl Iterator<Item = Release> {
        Release::ALL
            .into_iter()
            .filter(move |&r| self.child_since <= r && r <= self.last)
    }

    fn contain(self, context: &Context<'_>) -> bool {
        let release = context.release;
        let makes_cluster = !context.job().selects_cluster();
        release <= self.last
            && (self.refuse_job(release) || (makes_cluster && self.child_since <= release))
    }

    /// Whether the operator refuses the job itself, not only its RayCluster.
    pub fn refuse_job(self, release: Release) -> bool {
        self.first.is_some_and(|first| first <= release)
    }
}

/// In words, such as `KubeRay 1.3 to 1.5` and `all releases`.
impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.child_since, self.last);
        if first == last {
            write!(f, "only KubeRay {first}")
        } else if last < Release::LATEST {
            write!(f, "KubeRay {first} to {last}")
        } else if first > Release::ALL[0] {
            write!(f, "KubeRay {first} and later")
        } else {
            f.write_str("all releases")
        }
    }
}

/// Where in its validation the operator checks a rule.
///
/// The places are those of KubeRay 1.7; older releases have fewer rules in the
/// same order. Source: `kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    place: [u8; 3],
    step: u8,
}

impl Position {
    /// After everything that the operator checks.
    pub const LAST: Self = Self::at([u8::MAX; 3]);

    /// The n-th check of the metadata.
    pub const fn metadata(n: u8) -> Self {
        Self::at([0, n, 0])
    }

    /// The n-th check of a RayCronJob.
    pub const fn cron(n: u8) -> Self {
        Self::at([1, n, 0])
    }

    /// The n-th check of a job.
    pub const fn job(n: u8) -> Self {
        Self::at([2, n, 0])
    }

    /// The n-th check of a RayCluster, the whole of which is the 20th of a job.
    pub const fn cluster(n: u8) -> Self {
        Self::at([2, 20, n])
    }

    /// The n-th check of the status.
    pub const fn status(n: u8) -> Self {
        Self::at([3, n, 0])
    }

    /// One of the checks that the operator makes in turn for each item of a
    /// list, before it goes on to the next item.
    #[must_use]
    pub const fn step(mut self, n: u8) -> Self {
        self.step = n;
        self
    }

    const fn at(place: [u8; 3]) -> Self {
        Self { place, step: 0 }
    }

    /// The sort key of a finding about an item of a list.
    pub(crate) fn of_item(self, item: usize) -> ([u8; 3], usize, u8) {
        (self.place, item, self.step)
    }
}
