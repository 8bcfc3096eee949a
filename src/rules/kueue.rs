//! What Kueue's webhooks refuse.

use super::{Entry, Family, cluster};
use crate::cluster::Cluster;
use crate::context::{Context, Object};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::{Job, QUEUE};
use crate::json::{Path, Quoted};
use crate::kind::{Kind, Kinds};
use crate::kuberay::SubmissionMode;
use crate::neighbours::Kueue::{self, V0_12, V0_14, V0_15, V0_17, V0_18, V0_19};
use crate::rayjob::Metadata;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::rules::deletion_rules::rules;
use crate::syntax::names::is_dns1123_subdomain;

/// The label, or from 0.18 on the annotation, that names an existing Workload.
const PREBUILT: &str = "kueue.x-k8s.io/prebuilt-workload-name";
const PRIORITY_CLASS: &str = "kueue.x-k8s.io/priority-class";
const MAX_EXEC_TIME: &str = "kueue.x-k8s.io/max-exec-time-seconds";
const ELASTIC: &str = "kueue.x-k8s.io/elastic-job";

/// The kinds that Kueue has webhooks for.
pub(super) const KINDS: Kinds = Kinds::only(Kind::RayJob)
    .and(Kind::RayCluster)
    .and(Kind::RayService);

/// The most pod sets of a Workload
/// (`kueue v0.19.2 apis/kueue/v1beta2/workload_types.go:WorkloadSpec`).
pub(super) fn most_pod_sets(kueue: Option<Kueue>) -> usize {
    match kueue {
        None | Some(V0_19) => 18,
        Some(V0_18) => 10,
        Some(_) => 8,
    }
}

/// Whether Kueue has a webhook for the object's kind: for a RayService from 0.17 on.
pub(super) fn has_webhook(context: &Context<'_>) -> bool {
    match context.object.kind() {
        Kind::RayJob | Kind::RayCluster => true,
        Kind::RayService => context.neighbours.kueue >= Some(V0_17),
        Kind::RayCronJob => false,
    }
}

/// The queue of an object, empty if there is none: until 0.14 an annotation may name it
/// (`kueue v0.14.8 pkg/controller/jobframework/workload.go:QueueNameForObject`).
fn queue<'s>(metadata: &'s Metadata<'_>, kueue: Option<Kueue>) -> &'s str {
    let label = metadata.labels.get(QUEUE).unwrap_or_default();
    let may_annotate = kueue.is_some_and(|kueue| kueue <= V0_14);
    if label.is_empty() && may_annotate {
        return metadata.annotations.get(QUEUE).unwrap_or_default();
    }
    label
}

/// Whether a webhook validates an object for its queue.
fn is_queued(context: &Context<'_>) -> bool {
    has_webhook(context) && !queue(context.object.metadata(), context.neighbours.kueue).is_empty()
}

/// Whether a webhook validates labels and annotations: of all new objects, even without a
/// queue, and of changed ones with a queue. In 0.19.2 a queue before the change counts too, as
/// in 0.18.6, but not in 0.18.4. It stops at a queued job without a RayCluster of its own.
pub(super) fn validates_metadata(context: &Context<'_>) -> bool {
    let stops = |object: Object<'_>| {
        matches!(object, Object::RayJob(_)) && object.created_cluster().is_none()
    };
    is_asked(context) && !(is_queued(context) && stops(context.object))
}

/// Whether a webhook is asked about the object.
fn is_asked(context: &Context<'_>) -> bool {
    let kueue = context.neighbours.kueue;
    let was_queued = |old: Object<'_>| !queue(old.metadata(), kueue).is_empty();
    match context.old {
        None => has_webhook(context),
        Some(old) => {
            is_queued(context) || (has_webhook(context) && kueue >= Some(V0_19) && was_queued(old))
        }
    }
}

/// Whether the webhook refuses a queued job because of `clusterSelector`: until 0.12 any,
/// then only one beside `rayClusterSpec`.
pub(super) fn refuses_selector(job: Job<'_>, context: &Context<'_>) -> bool {
    let kueue = context.neighbours.kueue;
    kueue.is_some_and(|kueue| kueue <= V0_12 || job.cluster().is_some())
}

/// Whether an object is suspended, as Kueue sees it.
fn is_suspended(object: Object<'_>) -> bool {
    match object {
        Object::RayJob(job) => job.spec.suspend,
        _ => object.cluster().is_some_and(|cluster| cluster.suspend),
    }
}

/// Whether an object asks to be scaled by Kueue: without the annotation, it may not be
/// autoscaled.
fn is_elastic(metadata: &Metadata<'_>) -> bool {
    metadata.annotations.get(ELASTIC) == Some("true")
}

/// The Workload that an object names, and where. From 0.18 on, an annotation comes before the
/// label; `None` if a gate decides that, as in 0.17, or if the release is not known.
fn prebuilt<'s>(
    metadata: &'s Metadata<'_>,
    kueue: Option<Kueue>,
) -> Option<(&'static str, Option<&'s str>)> {
    let annotation = metadata.annotations.get(PREBUILT);
    match (annotation.filter(|name| !name.is_empty()), kueue) {
        (Some(_), None | Some(V0_17)) => None,
        (Some(name), Some(kueue)) if kueue > V0_17 => Some(("metadata.annotations", Some(name))),
        _ => Some(("metadata.labels", metadata.labels.get(PREBUILT))),
    }
}

/// The path of a label or an annotation.
fn at(fields: &'static str, key: &'static str) -> Path {
    Path::default().at(fields).key(key)
}

fn label_values(context: &Context<'_>, report: &mut Report) {
    if !validates_metadata(context) {
        return;
    }
    let (metadata, kueue) = (context.object.metadata(), context.neighbours.kueue);
    let mut check = |fields, key, value: Option<&str>| {
        if let Some(value) = value
            && !is_dns1123_subdomain(value.as_bytes())
        {
            report.add(at(fields, key), format!("{key} is {}", Quoted(value)));
        }
    };
    check("metadata.labels", QUEUE, metadata.labels.get(QUEUE));
    if kueue.is_some_and(|kueue| kueue <= V0_14) {
        let annotation = metadata.annotations.get(QUEUE);
        check("metadata.annotations", QUEUE, annotation);
    }
    if let Some((fields, name)) = prebuilt(metadata, kueue) {
        check(fields, PREBUILT, name);
    }
}

/// Reports the labels and annotations whose change Kueue refuses
/// (`kueue v0.19.2 pkg/controller/jobframework/validation.go:ValidateJobOnUpdate`).
fn immutable(context: &Context<'_>, report: &mut Report) {
    let Some(old) = context.old.filter(|_| is_asked(context)) else {
        return;
    };
    let kueue = context.neighbours.kueue;
    let is_before = |release| kueue.is_some_and(|kueue| kueue < release);
    let was_suspended = is_suspended(old);
    let is_suspended = is_suspended(context.object);
    let (old, new) = (old.metadata(), context.object.metadata());
    let mut refuse = |(fields, key): (&'static str, &'static str), before: &str, after: &str| {
        let change = format!("{key} changes from {} to {}", Quoted(before), Quoted(after));
        report.add(at(fields, key), change);
    };
    let (before, after) = (queue(old, kueue), queue(new, kueue));
    if before != after && !is_suspended {
        refuse(("metadata.labels", QUEUE), before, after);
    }
    let label =
        |metadata: &Metadata<'_>, key| metadata.labels.get(key).unwrap_or_default().to_owned();
    let may_be_elastic = kueue.is_none_or(|kueue| kueue >= V0_14);
    let is_free = is_suspended || (may_be_elastic && is_elastic(old));
    if let (Some((_, before)), Some((fields, after))) = (prebuilt(old, kueue), prebuilt(new, kueue))
        && !is_free
    {
        let [before, after] = [before, after].map(Option::unwrap_or_default);
        if before != after {
            refuse((fields, PREBUILT), before, after);
        }
    }
    let (before, after) = (label(old, MAX_EXEC_TIME), label(new, MAX_EXEC_TIME));
    if before != after && !(is_suspended && was_suspended) {
        refuse(("metadata.labels", MAX_EXEC_TIME), &before, &after);
    }
    let (before, after) = (label(old, PRIORITY_CLASS), label(new, PRIORITY_CLASS));
    let is_refused = match (&*before, &*after) {
        (_, "") => true,
        _ if is_before(V0_12) => true,
        ("", _) => !is_suspended,
        _ => is_before(V0_15) && !is_suspended,
    };
    if before != after && is_refused {
        refuse(("metadata.labels", PRIORITY_CLASS), &before, &after);
    }
    if is_elastic(old) != is_elastic(new) && kueue >= Some(V0_18) {
        let value = |metadata: &Metadata<'_>| {
            metadata
                .annotations
                .get(ELASTIC)
                .unwrap_or_default()
                .to_owned()
        };
        refuse(("metadata.annotations", ELASTIC), &value(old), &value(new));
    }
}

fn too_many_groups(cluster: Cluster<'_>, context: &Context<'_>, report: &mut Report) {
    // A trap counts the pod set of the submitter too.
    let submits = context.object.job();
    let has_submitter = submits.is_some_and(|job| job.has_mode(SubmissionMode::K8sJob));
    let groups = cluster.workers().count();
    let most = most_pod_sets(context.neighbours.kueue).saturating_sub(1);
    if is_queued(context) && groups > most && !has_submitter {
        let detail = format!("there are {groups} worker groups, more than {most}");
        report.add(cluster.path("workerGroupSpecs"), detail);
    }
}

const SHUTDOWN: FixTemplate = FixTemplate {
    title: "set shutdownAfterJobFinishes to true",
    safe: false,
    edits: &[Edit::Set(At::Job("shutdownAfterJobFinishes"), "true")],
};

const WEBHOOK: &str = "kueue v0.19.2 pkg/controller/jobs/rayjob/rayjob_webhook.go:validateCreate";
const CLUSTER_WEBHOOK: &str = "kueue v0.19.2 pkg/controller/jobs/raycluster/common.go:\
                               ValidateCreate";
const ON_CREATE: &str = "kueue v0.19.2 pkg/controller/jobframework/validation.go:\
                         ValidateJobOnCreate";
const ON_UPDATE: &str = "kueue v0.19.2 pkg/controller/jobframework/validation.go:\
                         ValidateJobOnUpdate";

/// The patch that gives an object labels, and other fields.
macro_rules! labels {
    ($labels:literal $(, $more:expr)*) => {
        concat!(r#"{"metadata": {"labels": {"#, $labels, "}}", $(", ", $more,)* "}")
    };
}

/// The patch of a job in a queue with these fields of its spec.
macro_rules! queued {
    ($($spec:expr),* $(,)?) => {
        concat!(
            r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                "spec": {"#,
            $($spec,)*
            r#""shutdownAfterJobFinishes": true}}"#
        )
    };
}

/// Worker groups of these names.
macro_rules! groups {
    ($($name:literal),* $(,)?) => {
        concat!(
            r#""workerGroupSpecs": [{"groupName": "g0", "replicas": 1, "minReplicas": 1,
                "maxReplicas": 1, "rayStartParams": {}, "template": {"spec": {"containers": [
                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}"#,
            $(
                r#", {"groupName": ""#, $name, r#"", "replicas": 1, "minReplicas": 1,
                "maxReplicas": 1, "rayStartParams": {}, "template": {"spec": {"containers": [
                {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}}"#,
            )*
            "]"
        )
    };
}
pub(super) use {groups, queued};

pub(super) const FAMILY: Family = Family {
    title: "Kueue",
    entries: &[
        Entry {
            rule: Rule {
                id: "kueue-shutdown",
                why: "Kueue refuses such a job in a queue, because its RayCluster would keep the \
                      quota after the job",
                advice: "Set shutdownAfterJobFinishes to true",
                fixes: &[SHUTDOWN],
                check: Check::RayJob(|job, context, report| {
                    // Other rules report a suspended job, and one with deletionRules.
                    let has_rules = context.is_on(RayJobDeletionPolicy) && !rules(job).is_empty();
                    let is_reported = job.suspend || has_rules;
                    let creates = job.created_cluster().is_some();
                    if is_queued(context) && creates && !job.shuts_down() && !is_reported {
                        report.add(
                            job.path("shutdownAfterJobFinishes"),
                            "shutdownAfterJobFinishes is not true on a job in a queue",
                        );
                    }
                }),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "A job with the label `kueue.x-k8s.io/queue-name` does not set \
                       `shutdownAfterJobFinishes`.",
                source: WEBHOOK,
                messages: &[],
                bad: &[Example::job(labels!(
                    r#""kueue.x-k8s.io/queue-name": "gpu""#
                ))],
                good: &[
                    Example::job(queued!()),
                    Example::job(labels!(r#""team": "ml""#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-selector",
                why: "Kueue refuses such a job in a queue, because it could not hold back a \
                      RayCluster that runs already",
                advice: "Remove clusterSelector, or remove the label and put the RayCluster into \
                         the queue",
                check: Check::RayJob(|job, context, report| {
                    // Another rule reports a suspended job.
                    let is_refused = job.selects_cluster() && refuses_selector(job, context);
                    if is_queued(context) && is_refused && !job.suspend {
                        report.add(
                            job.path("clusterSelector"),
                            "clusterSelector on a job in a queue",
                        );
                    }
                }),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "A job with the label `kueue.x-k8s.io/queue-name` has `clusterSelector`, \
                       beside `rayClusterSpec` from Kueue 0.13 on. The rule needs the setting \
                       `kueue`; without it, `trap-queue-selector` reports the job.",
                source: WEBHOOK,
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                        "spec": {"rayClusterSpec": null,
                          "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )
                .with_kueue(V0_12)],
                good: &[Example::job(queued!())],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-autoscaling",
                kinds: KINDS,
                why: "Kueue refuses an autoscaler in a queue, unless the object is elastic, from \
                      0.14 on",
                advice: "Remove enableInTreeAutoscaling. Or set the annotation \
                         kueue.x-k8s.io/elastic-job to \"true\", if Kueue's gate \
                         ElasticJobsViaWorkloadSlices is on",
                fixes: &[FixTemplate {
                    title: "remove enableInTreeAutoscaling",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::CreatedCluster(|cluster, context, report| {
                    let is_elastic = is_elastic(context.object.metadata());
                    let kueue = context.neighbours.kueue;
                    let may_scale = is_elastic && kueue.is_none_or(|kueue| kueue >= V0_14);
                    if is_queued(context) && cluster.autoscales() && !may_scale {
                        let elastic = match is_elastic {
                            true => ", with Kueue 0.13 or older",
                            false => ", and the object is not elastic",
                        };
                        report.add(
                            cluster.path("enableInTreeAutoscaling"),
                            format!("enableInTreeAutoscaling is true in a queue{elastic}"),
                        );
                    }
                }),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "An object with the label `kueue.x-k8s.io/queue-name` sets \
                       `enableInTreeAutoscaling`, and has no annotation \
                       `kueue.x-k8s.io/elastic-job: \"true\"`, or Kueue is 0.13 or older. Kueue's \
                       gate `ElasticJobsViaWorkloadSlices` is off by default before 0.18, and \
                       0.14.0 to 0.14.6, 0.15.0 and 0.15.1 refuse an elastic RayJob too.",
                source: CLUSTER_WEBHOOK,
                messages: &[],
                bad: &[Example::job(queued!(
                    r#""rayClusterSpec": {"enableInTreeAutoscaling": true}, "#
                ))],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"},
                              "annotations": {"kueue.x-k8s.io/elastic-job": "true"}},
                            "spec": {"shutdownAfterJobFinishes": true,
                              "rayClusterSpec": {"enableInTreeAutoscaling": true}}}"#,
                    ),
                    Example::job(cluster!(r#""enableInTreeAutoscaling": true"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-too-many-groups",
                kinds: KINDS,
                why: "the Workload that Kueue creates has one pod set for each of them and one \
                      for the head, and Kueue refuses an object that has too many",
                advice: "Use fewer worker groups",
                check: Check::CreatedCluster(too_many_groups),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "An object with the label `kueue.x-k8s.io/queue-name` has more than 17 \
                       worker groups; 9 with Kueue 0.18, 7 with older ones. Of jobs in \
                       K8sJobMode, `trap-queue-podsets` reports those with one less too.",
                source: CLUSTER_WEBHOOK,
                messages: &[],
                bad: &[Example::job(queued!(
                    r#""submissionMode": "HTTPMode", "rayClusterSpec": {"#,
                    groups!("g1", "g2", "g3", "g4", "g5", "g6", "g7"),
                    "}, "
                ))
                .with_kueue(V0_17)],
                good: &[
                    Example::job(queued!(
                        r#""submissionMode": "HTTPMode", "rayClusterSpec": {"#,
                        groups!("g1", "g2", "g3", "g4", "g5", "g6"),
                        "}, "
                    ))
                    .with_kueue(V0_17),
                    Example::job(queued!(
                        r#""submissionMode": "HTTPMode", "rayClusterSpec": {"#,
                        groups!("g1", "g2", "g3", "g4", "g5", "g6", "g7"),
                        "}, "
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-group-name-head",
                kinds: KINDS,
                why: "Kueue keeps this name for the pod set of the head, and refuses the object",
                advice: "Choose another groupName",
                check: Check::CreatedCluster(|cluster, context, report| {
                    let named = |name| {
                        cluster
                            .workers()
                            .filter(move |group| &*group.spec.group_name == name)
                    };
                    for group in named("head").filter(|_| is_queued(context)) {
                        let path = group.path("groupName");
                        report.add_in(group, path, "a worker group is named \"head\"");
                    }
                }),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "An object with the label `kueue.x-k8s.io/queue-name` has a worker group \
                       with the name `head`.",
                source: CLUSTER_WEBHOOK,
                messages: &[],
                bad: &[Example::job(queued!(
                    r#""rayClusterSpec": {"#,
                    groups!("head"),
                    "}, "
                ))],
                good: &[Example::job(queued!(
                    r#""rayClusterSpec": {"#,
                    groups!("heads"),
                    "}, "
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-label-value",
                kinds: KINDS,
                why: "no LocalQueue or Workload can have such a name, and Kueue refuses the \
                      object",
                advice: "Write a name of lowercase letters, digits, '-' and '.', with a letter or \
                         digit at each end",
                check: Check::Object(label_values),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "The label `kueue.x-k8s.io/queue-name` or \
                       `kueue.x-k8s.io/prebuilt-workload-name` is not the name of an object in \
                       Kubernetes. From Kueue 0.18 on, an annotation may name the Workload too.",
                source: ON_CREATE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "GPU"}},
                            "spec": {"shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(labels!(r#""kueue.x-k8s.io/queue-name": """#)),
                    Example::cluster(labels!(
                        r#""kueue.x-k8s.io/prebuilt-workload-name": "my_workload""#
                    )),
                ],
                good: &[
                    Example::job(queued!()),
                    Example::job(labels!(r#""kueue.x-k8s.io/pod-group-name": "GPU""#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-max-exec-time",
                kinds: KINDS,
                why: "Kueue requires a number of seconds above 0, and refuses the object",
                advice: "Write the seconds in quotes, such as \"3600\"",
                check: Check::Object(|context, report| {
                    let value = context.object.metadata().labels.get(MAX_EXEC_TIME);
                    if let Some(value) = value.filter(|_| validates_metadata(context))
                        && !value.parse::<i64>().is_ok_and(|seconds| seconds > 0)
                    {
                        report.add(
                            at("metadata.labels", MAX_EXEC_TIME),
                            format!("{MAX_EXEC_TIME} is {}", Quoted(value)),
                        );
                    }
                }),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "The label `kueue.x-k8s.io/max-exec-time-seconds` is not a whole number \
                       above 0.",
                source: ON_CREATE,
                messages: &[],
                bad: &[
                    Example::job(labels!(r#""kueue.x-k8s.io/max-exec-time-seconds": "1h""#)),
                    Example::job(labels!(r#""kueue.x-k8s.io/max-exec-time-seconds": "0""#)),
                ],
                good: &[Example::job(labels!(
                    r#""kueue.x-k8s.io/max-exec-time-seconds": "3600""#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "kueue-immutable",
                kinds: KINDS,
                why: "Kueue refuses this change of an object that it has admitted",
                advice: "Keep the value, or create a new object",
                check: Check::Object(immutable),
                ..Rule::KUEUE
            },
            doc: RuleDoc {
                what: "An update changes `kueue.x-k8s.io/queue-name`, \
                       `kueue.x-k8s.io/prebuilt-workload-name` or \
                       `kueue.x-k8s.io/max-exec-time-seconds`, or adds \
                       `kueue.x-k8s.io/priority-class`, of an object that is not suspended. An \
                       update that removes the priority class is refused even then. From 0.18 \
                       on, so is one that changes `kueue.x-k8s.io/elastic-job`.",
                source: ON_UPDATE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "cpu"}},
                            "spec": {"shutdownAfterJobFinishes": true}}"#,
                    )
                    .stored(queued!()),
                    Example::job(queued!()).stored(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu",
                              "kueue.x-k8s.io/priority-class": "low"}},
                            "spec": {"shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "cpu"}},
                            "spec": {"shutdownAfterJobFinishes": true, "suspend": true}}"#,
                    )
                    .stored(queued!()),
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu",
                              "kueue.x-k8s.io/priority-class": "high"}},
                            "spec": {"shutdownAfterJobFinishes": true}}"#,
                    )
                    .stored(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu",
                              "kueue.x-k8s.io/priority-class": "low"}},
                            "spec": {"shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
