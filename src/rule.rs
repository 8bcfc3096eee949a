//! The definition of a rule.

use std::fmt;

use crate::cluster::Cluster;
use crate::context::{Context, Object};
use crate::finding::Report;
use crate::fix::FixTemplate;
use crate::job::Job;
use crate::kind::{Kind, Kinds};
use crate::live::Topic;
use crate::neighbours::{Neighbour, Neighbours};
use crate::pod::{Part, Pod};
use crate::raycluster::RayCluster;
use crate::rayjob::RayCronJob;
use crate::rayservice::RayService;
use crate::release::{Gate, Gates, Release};
use crate::set::Member;

/// A rule: when it applies, what it checks, and what it reports.
///
/// A finding reads `path: detail; why. advice [id]`, where the check provides the
/// path and the detail.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule's name, in kebab-case; the prefix `trap-` marks a rule that the
    /// operator does not have.
    pub id: &'static str,
    /// The origin of the rule.
    pub origin: Origin,
    /// The position of the operator's check, which orders the findings.
    pub position: Position,
    /// The operator releases it applies to.
    pub releases: Releases,
    /// The kinds of objects that it is about. The catalogue limits them to those that its
    /// check can receive, so an entry writes them only if they are fewer.
    pub kinds: Kinds,
    /// Whether it can find something only in admission requests: to an object in a file, the
    /// API server's defaults and pruning are applied before the rules run.
    pub only_at_admission: bool,
    /// A feature gate that must be in this state for the rule to apply.
    pub gate: Option<(Gate, bool)>,
    /// What the rule has to know of the cluster; it applies only if the policy may ask.
    pub asks: Option<Topic>,
    /// What else must act on the object for the rule to apply.
    pub neighbour: Option<Neighbour>,
    /// The level of a finding, unless the settings override it.
    pub level: Level,
    /// The level in files, if it is another: at admission of a RayJob, a webhook may still
    /// change the pods that are made of it.
    pub level_in_files: Option<Level>,
    /// Where KubeRay stops with an object that breaks the rule, if it does.
    pub stop: Option<Stop>,
    /// What would happen: continues the detail, without a full stop.
    pub why: &'static str,
    /// What to write instead: a sentence, without a full stop.
    pub advice: &'static str,
    /// The ways to fix the object, the most likely one first. A check may
    /// [offer](crate::finding::Finding::offer) only some of them.
    pub fixes: &'static [FixTemplate],
    /// Adds what it finds to the report.
    pub check: Check,
}

impl Rule {
    /// The defaults of the operator's rules, for struct update syntax.
    pub const OPERATOR: Self = Self {
        id: "",
        origin: Origin::Operator,
        position: Position::LAST,
        releases: Releases::since(Release::V1_3),
        kinds: Kinds::ALL,
        only_at_admission: false,
        gate: None,
        asks: None,
        neighbour: None,
        level: Level::Deny,
        level_in_files: None,
        stop: None,
        why: "",
        advice: "",
        fixes: &[],
        check: Check::Object(|_, _| {}),
    };

    /// The defaults of the rules about pods.
    pub const POD: Self = Self {
        origin: Origin::Kubernetes,
        stop: Some(Stop::Pods),
        ..Self::OPERATOR
    };

    /// The defaults of the rules of Kueue.
    pub const KUEUE: Self = Self {
        origin: Origin::Kueue,
        neighbour: Some(Neighbour::KUEUE),
        ..Self::OPERATOR
    };

    /// The defaults of the rules of batch schedulers.
    pub const BATCH_SCHEDULER: Self = Self {
        origin: Origin::BatchScheduler,
        ..Self::OPERATOR
    };

    /// The defaults of the traps: what the operator accepts but silently ignores.
    pub const TRAP: Self = Self {
        origin: Origin::Trap,
        level: Level::Warn,
        ..Self::OPERATOR
    };

    /// The defaults of the rules about the live state of the cluster. They warn, since what
    /// is missing may be created a second later.
    pub const LIVE: Self = Self {
        origin: Origin::Cluster,
        level: Level::Warn,
        ..Self::OPERATOR
    };

    /// The strictest level that settings can give the rule. If they do not name the neighbour
    /// that it is about, it only warns, and only about files.
    pub(crate) fn strictest_level(&self, neighbours: Neighbours, in_files: bool) -> Level {
        match self.neighbour {
            Some(with) if !with.is_told(neighbours) && in_files => Level::Warn,
            Some(with) if !with.is_told(neighbours) => Level::Off,
            _ => Level::Deny,
        }
    }

    /// The level of a finding, unless the settings override it.
    pub(crate) fn level(&self, in_files: bool) -> Level {
        match self.level_in_files {
            Some(level) if in_files => level,
            _ => self.level,
        }
    }

    /// Whether the rule is only about files: about what the API server refuses or removes, or
    /// about several objects.
    pub fn is_about_files(&self) -> bool {
        matches!(self.check, Check::Schema | Check::Set(_))
    }

    /// Whether an operator with these neighbours has the rule for objects of a kind.
    pub fn exists_in(
        &self,
        kind: Kind,
        release: Release,
        gates: Gates,
        neighbours: Neighbours,
    ) -> bool {
        self.kinds.contain(kind)
            && self.gate.is_none_or(|(gate, on)| gates.is_on(gate) == on)
            && self.releases.contain(release)
            && self.neighbour.is_none_or(|with| with.may_be_in(neighbours))
    }

    /// Whether the rule applies to this object with this operator.
    pub fn applies_to(&self, context: &Context<'_>) -> bool {
        let kind = context.object.kind();
        self.exists_in(kind, context.release, context.gates, context.neighbours)
            && (!self.refuses_only_cluster(kind, context.release)
                || !context.object.selects_cluster())
            && self.asks.is_none_or(|topic| context.may_ask(topic))
    }

    /// Whether the operator of a release accepts an object of this kind, and later refuses
    /// the RayCluster that it creates for the object.
    pub fn refuses_only_cluster(&self, kind: Kind, release: Release) -> bool {
        match kind {
            Kind::RayCluster => false,
            // 1.3 does not look at the RayCluster of a RayService.
            Kind::RayService if release < Release::V1_4 && self.position.is_of_cluster() => true,
            _ => !self.releases.refuse_owner(release),
        }
    }

    /// Whether the operator of a release refuses a RayJob that breaks the rule:
    /// not only this policy or the API server, and not only its RayCluster.
    pub fn refuses_job(&self, release: Release) -> bool {
        self.origin == Origin::Operator
            && self.releases.contain(release)
            && !self.refuses_only_cluster(Kind::RayJob, release)
    }
}

/// The step at which KubeRay stops with an object, although its validation accepts the
/// object: it repeats the step, and never succeeds.
///
/// The lifecycle model takes from it what never happens to a job with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Creating the Service of the head, which precedes the pods.
    HeadService,
    /// Creating the Service of Ray Serve, which precedes the pods too.
    ServeService,
    /// Creating the pods that the finding is about; for the submitter, its Job.
    Pods,
    /// The same, but for the submitter its pod: the API server accepts the Job, and refuses
    /// the pod that the Job controller makes.
    PodsNotJob,
    /// Waiting for the RayCluster to be ready.
    ReadyCluster,
    /// Looking for the dashboard of a RayCluster that is ready.
    Dashboard,
    /// Creating a Service for the RayJob, once it is Running.
    JobService,
}

/// The check of a rule, by its scope: the part of an object that it receives. It runs only
/// if the object has that part.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An object of any kind.
    Object(fn(&Context<'_>, &mut Report)),
    /// A RayCronJob.
    RayCronJob(fn(&RayCronJob<'_>, &Context<'_>, &mut Report)),
    /// A RayJob, not the template of a RayCronJob.
    RayJob(fn(Job<'_>, &Context<'_>, &mut Report)),
    /// The template of a RayCronJob.
    JobTemplate(fn(Job<'_>, &Context<'_>, &mut Report)),
    /// A job: a RayJob, or the template of a RayCronJob.
    Job(fn(Job<'_>, &Context<'_>, &mut Report)),
    /// A RayCluster.
    RayCluster(fn(&RayCluster<'_>, &Context<'_>, &mut Report)),
    /// A RayService.
    RayService(fn(&RayService<'_>, &Context<'_>, &mut Report)),
    /// The RayCluster that an object is or describes, which the operator validates even if
    /// the job runs on an existing one.
    Cluster(fn(Cluster<'_>, &Context<'_>, &mut Report)),
    /// The same, unless the job runs on an existing one.
    CreatedCluster(fn(Cluster<'_>, &Context<'_>, &mut Report)),
    /// A pod with this part that the operator makes: the head, the workers of a group, the
    /// submitter. Of a group, it may read only `template`, `labels`, `resources` and
    /// `rayStartParams`, because groups that are equal in these are checked once.
    Pod(Part, fn(Pod<'_, '_>, &Context<'_>, &mut Report)),
    /// A job and the other objects that are applied to its namespace together with it.
    Set(fn(&Member, &[&Member], &mut Report)),
    /// The schema: what the API server checks.
    Schema,
}

impl Check {
    /// The kinds of objects that have what it is about.
    const fn kinds(self) -> Kinds {
        match self {
            Self::RayJob(_) => Kinds::only(Kind::RayJob),
            Self::RayCronJob(_) | Self::JobTemplate(_) => Kinds::only(Kind::RayCronJob),
            Self::RayCluster(_) => Kinds::only(Kind::RayCluster),
            Self::RayService(_) => Kinds::only(Kind::RayService),
            Self::Job(_) | Self::Set(_) => Kinds::JOBS,
            Self::Object(_)
            | Self::Cluster(_)
            | Self::CreatedCluster(_)
            | Self::Pod(..)
            | Self::Schema => Kinds::ALL,
        }
    }

    /// Runs the check on an object to which the rule applies, and adds its findings to the
    /// report. Checks of pods are run by [`rules::check`](crate::rules) for each pod, and
    /// those of files elsewhere.
    pub(crate) fn run(self, context: &Context<'_>, report: &mut Report) {
        let object = context.object;
        match self {
            Self::Object(check) => check(context, report),
            Self::RayJob(check) | Self::JobTemplate(check) | Self::Job(check) => {
                if let Some(job) = object.job() {
                    check(job, context, report);
                }
            }
            Self::RayCronJob(check) => {
                if let Object::RayCronJob(cron) = object {
                    check(cron, context, report);
                }
            }
            Self::RayCluster(check) => {
                if let Object::RayCluster(cluster) = object {
                    check(cluster, context, report);
                }
            }
            Self::RayService(check) => {
                if let Object::RayService(service) = object {
                    check(service, context, report);
                }
            }
            Self::Cluster(check) => {
                if let Some(cluster) = object.cluster() {
                    check(cluster, context, report);
                }
            }
            Self::CreatedCluster(check) => {
                if let Some(cluster) = object.created_cluster() {
                    check(cluster, context, report);
                }
            }
            Self::Pod(..) | Self::Set(_) | Self::Schema => {}
        }
    }
}

/// The rule as it stands in the catalogue: limited to the kinds that have what its check
/// receives. In a module that shows no fixes, which is built without the feature `fixes`,
/// rules have none.
pub(crate) const fn in_catalogue(mut rule: Rule) -> Rule {
    rule.kinds = rule.kinds.within(rule.check.kinds());
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
    /// Kubernetes, which refuses to create what the operator makes of the object: `pod-`.
    Kubernetes,
    /// The cluster: what the object needs there, or what is in its way: `live-`.
    Cluster,
    /// This policy: what the operator accepts but silently ignores, or what ends
    /// badly: `trap-`.
    Trap,
    /// Kueue, whose webhook refuses the object: `kueue-`.
    Kueue,
    /// A batch scheduler of the operator, which refuses the object or never runs its pods:
    /// `scheduler-`.
    BatchScheduler,
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
    first: Release,
    last: Release,
    refused: Refused,
}

/// What the operator refuses if a rule is broken by an object for which it would create a
/// RayCluster.
#[derive(Clone, Copy, Debug)]
enum Refused {
    /// The object.
    Owner,
    /// The RayCluster, never the object.
    Cluster,
    /// The RayCluster and, from this release on, the object.
    ClusterThenOwner(Release),
}

impl Releases {
    /// A release and all later ones.
    pub const fn since(first: Release) -> Self {
        Self::between(first, Release::LATEST)
    }

    /// From one release to another, inclusive.
    pub const fn between(first: Release, last: Release) -> Self {
        Self {
            first,
            last,
            refused: Refused::Owner,
        }
    }

    /// A release and all later ones, in which the operator refuses the RayCluster
    /// that it creates for an object, never the object.
    pub const fn cluster_since(first: Release) -> Self {
        Self {
            refused: Refused::Cluster,
            ..Self::since(first)
        }
    }

    /// Adds older releases, in which the operator refuses the RayCluster that it creates
    /// for an object instead of the object.
    #[must_use]
    pub const fn and_cluster_since(self, first: Release) -> Self {
        Self {
            first,
            refused: Refused::ClusterThenOwner(self.first),
            ..self
        }
    }

    /// All releases in which the rule applies to some object, oldest first.
    pub fn iter(self) -> impl Iterator<Item = Release> {
        Release::ALL
            .into_iter()
            .filter(move |&release| self.contain(release))
    }

    fn contain(self, release: Release) -> bool {
        self.first <= release && release <= self.last
    }

    /// Whether the operator refuses the object itself, not only its RayCluster.
    fn refuse_owner(self, release: Release) -> bool {
        match self.refused {
            Refused::Owner => true,
            Refused::Cluster => false,
            Refused::ClusterThenOwner(first) => first <= release,
        }
    }
}

/// In words, such as `KubeRay 1.3 to 1.5` and `all releases`.
impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, .. } = *self;
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
/// The n-th check of KubeRay 1.7 has the number `10 * n`, which leaves room for checks
/// of later releases between them; older releases have fewer checks in the same order.
/// Source: `kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u32);

/// The bits of a [step](Position::step).
const STEP: u32 = 4;

impl Position {
    /// After everything that the operator checks.
    pub const LAST: Self = Self(u32::MAX);

    /// A check of the metadata.
    pub const fn metadata(n: u16) -> Self {
        Self::at(0, n, 0)
    }

    /// A check of a RayCronJob.
    pub const fn cron(n: u16) -> Self {
        Self::at(1, n, 0)
    }

    /// A check of a job.
    pub const fn job(n: u16) -> Self {
        Self::at(2, n, 0)
    }

    /// A check of a RayCluster, the whole of which is the check 200 of a job.
    pub const fn cluster(n: u16) -> Self {
        Self::at(2, 200, n)
    }

    /// Whether it is one of a RayCluster.
    const fn is_of_cluster(self) -> bool {
        self.0 >> 16 == Self::cluster(0).0 >> 16
    }

    /// A check of the status.
    pub const fn status(n: u16) -> Self {
        Self::at(3, n, 0)
    }

    /// One of the checks that the operator performs for each item of a list before
    /// it continues with the next item: 1 to 15.
    #[must_use]
    pub const fn step(self, n: u8) -> Self {
        Self(self.0 | n as u32)
    }

    /// A check of a check of a part: numbers below 8, 4096 and 4096.
    const fn at(part: u32, check: u16, of: u16) -> Self {
        Self((part << 28) | (check as u32) << 16 | (of as u32) << STEP)
    }

    /// The sort key of a finding about an item of a list.
    pub(crate) fn of_item(self, item: usize) -> (u32, usize, u32) {
        let step = self.0 & ((1 << STEP) - 1);
        (self.0 >> STEP, item, step)
    }
}

#[cfg(test)]
mod tests {
    use super::Releases;
    use crate::release::Release::{V1_3, V1_4, V1_6, V1_7};

    #[test]
    fn releases_are_told_in_words() {
        for (releases, words) in [
            (Releases::since(V1_3), "all releases"),
            (Releases::since(V1_4), "KubeRay 1.4 and later"),
            (Releases::between(V1_4, V1_6), "KubeRay 1.4 to 1.6"),
            (Releases::between(V1_3, V1_6), "KubeRay 1.3 to 1.6"),
            (Releases::between(V1_6, V1_6), "only KubeRay 1.6"),
            (Releases::since(V1_7), "only KubeRay 1.7"),
        ] {
            assert_eq!(releases.to_string(), words);
        }
    }
}
