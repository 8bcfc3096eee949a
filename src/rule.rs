//! The definition of a rule.

use std::fmt;

use crate::context::Context;
use crate::finding::Report;
use crate::fix::FixTemplate;
use crate::kind::Kind;
use crate::release::{Gate, Release};

/// A rule: when it applies, what it checks, and what it reports.
///
/// A finding reads `path: detail; why. advice [id]`, where the check provides the
/// path and the detail.
#[derive(Debug)]
pub struct Rule {
    /// The rule's name, in kebab-case; the prefix `trap-` marks a rule that the
    /// operator does not have.
    pub id: &'static str,
    /// The origin of the rule.
    pub origin: Origin,
    /// The position of the operator's check, which orders the findings.
    pub position: Position,
    /// The kind of object it judges; `None` is both.
    pub kind: Option<Kind>,
    /// The operator releases it applies to.
    pub releases: Releases,
    /// Whether only an admission request can show it: for files, the API server's
    /// defaults and pruning are applied before the rules run and leave nothing to
    /// find.
    pub at_admission: bool,
    /// A feature gate that must be in this state for the rule to apply.
    pub gate: Option<(Gate, bool)>,
    /// The level of a finding, unless the settings override it.
    pub level: Level,
    /// What would happen: continues the detail, without a full stop.
    pub why: &'static str,
    /// What to write instead: a sentence, without a full stop.
    pub advice: &'static str,
    /// The ways to fix the object, the most likely one first. A check may
    /// [offer](crate::finding::Finding::offer) only some of them.
    pub fixes: &'static [FixTemplate],
    /// Adds what it finds to the report.
    pub check: fn(&Context<'_>, &mut Report),
}

impl Rule {
    /// The defaults of the operator's rules, for struct update syntax.
    pub const OPERATOR: Self = Self {
        id: "",
        origin: Origin::Operator,
        position: Position::LAST,
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

    /// The defaults of the traps: what the operator accepts but silently ignores.
    pub const TRAP: Self = Self {
        origin: Origin::Trap,
        level: Level::Warn,
        ..Self::OPERATOR
    };

    /// Whether the rule applies to this object with this operator.
    pub fn applies_to(&self, context: &Context<'_>) -> bool {
        self.kind.is_none_or(|kind| kind == context.object.kind())
            && self.gate.is_none_or(|(gate, on)| context.is_on(gate) == on)
            && self.releases.contain(context)
    }

    /// Whether the operator of a release refuses a RayJob that breaks the rule:
    /// not only this policy or the API server, and not only its RayCluster.
    pub fn refuses_job(&self, release: Release) -> bool {
        self.origin == Origin::Operator
            && self.releases.refuse_job(release)
            && release <= self.releases.last
    }
}

/// The rule as built into a module: a module that shows no fixes is built without
/// the feature `fixes`, and its rules have none.
pub(crate) const fn without_unused(mut rule: Rule) -> Rule {
    if !cfg!(feature = "fixes") {
        rule.fixes = &[];
    }
    rule
}

/// The origin of a rule, which its name shows to users as a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator's own validation.
    Operator,
    /// The API server, by the schemas of KubeRay's CRDs: `crd-`.
    ApiServer,
    /// This policy: what the operator accepts but silently ignores, or what ends
    /// badly: `trap-`.
    Trap,
}

/// The level of a finding.
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
    /// The first release whose operator refuses the job; `None` is never.
    first: Option<Release>,
    last: Release,
    /// From this release on, and before `first`, the operator refuses the
    /// RayCluster that it creates for the job, not the job.
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

    /// A release and all later ones, in which the operator refuses the RayCluster
    /// created for the job, never the job.
    pub const fn child_since(release: Release) -> Self {
        Self {
            first: None,
            last: Release::LATEST,
            child_since: release,
        }
    }

    /// From one release to another, inclusive.
    pub const fn between(first: Release, last: Release) -> Self {
        Self {
            first: Some(first),
            last,
            child_since: first,
        }
    }

    /// Adds older releases, in which the operator refuses the RayCluster created
    /// for the job instead of the job.
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

/// The position of a rule in the operator's validation.
///
/// The positions are those of KubeRay 1.7; older releases have fewer rules in the
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

    /// One of the checks that the operator performs for each item of a list before
    /// it continues with the next item.
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
