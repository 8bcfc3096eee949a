//! The batch scheduler of the operator.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::context::{Context, Object};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::json::{Path, Quoted};
use crate::kind::{Kind, Kinds};
use crate::kuberay::SubmissionMode;
use crate::neighbours::BatchScheduler::{KaiScheduler, SchedulerPlugins, Volcano, Yunikorn};
use crate::neighbours::{BatchScheduler, Neighbour};
use crate::pod::{Owner, Part, Pod};
use crate::release::Gate::KubernetesWAS;
use crate::release::Release::{V1_4, V1_5, V1_6};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The label that requests gang scheduling.
const GANG: &str = "ray.io/gang-scheduling-enabled";

const TOPOLOGY_MODE: &str = "volcano.sh/network-topology-mode";
const TOPOLOGY_TIER: &str = "volcano.sh/network-topology-highest-tier-allowed";

/// The queue of KAI Scheduler.
const KAI_QUEUE: &str = "kai.scheduler/queue";

/// The application of YuniKorn, as a label or, of a pod, as an annotation.
const APP_ID: &str = "yunikorn.apache.org/app-id";

/// The labels of a pod with which YuniKorn knows its application.
const POD_APP_ID: [&str; 2] = [APP_ID, "applicationId"];

/// The annotation that replaces the task groups that KubeRay would write.
const TASK_GROUPS: &str = "yunikorn.apache.org/task-groups";

const REMOVE_LABEL: FixTemplate = FixTemplate {
    title: "remove the label",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const IN_INITIALIZING: &str =
    "KubeRay refuses such a job on each attempt, so it stays in Initializing";

const SUBMIT_TO_CLUSTER: &str = "Create a RayCluster instead, and submit the job to it with \
                                 ray job submit";

/// The path of a label.
fn label(key: &'static str) -> Path {
    Path::default().at("metadata.labels").key(key)
}

/// Whether it is the operator's batch scheduler, or may be.
fn may_be(context: &Context<'_>, schedulers: &[BatchScheduler]) -> bool {
    let scheduler = context.neighbours.batch_scheduler;
    scheduler.is_none_or(|scheduler| schedulers.contains(&scheduler))
}

/// The text of the label with the tier, if KubeRay reads it as a number and fails.
fn bad_tier(object: Object<'_>) -> Option<&str> {
    object.label(TOPOLOGY_MODE)?;
    let tier = object.label(TOPOLOGY_TIER)?;
    tier.parse::<i64>().is_err().then_some(tier)
}

/// Reports a job that the operator of this cluster runs, whatever its spec.
fn refuse_job(job: Job<'_>, scheduler: BatchScheduler, report: &mut Report) {
    if !job.object().is_run_elsewhere() {
        report.add(
            Path::default().at(job.object().kind().job_path()),
            format!("the batch scheduler is {}", scheduler.as_str()),
        );
    }
}

/// Whether a pod is the head.
fn is_head(pod: Pod<'_, '_>) -> bool {
    matches!(pod.owner, Owner::Group(group, _) if group.is_head())
}

/// Whether KubeRay writes the task groups of a gang for YuniKorn.
fn makes_gang(context: &Context<'_>) -> bool {
    let object = context.object;
    let replaced = context.release >= V1_5 && !object.annotation(TASK_GROUPS).is_empty();
    object.label(GANG).is_some() && !replaced
}

pub(super) const FAMILY: Family = Family {
    title: "Batch schedulers",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-gang-label-false",
                kinds: Kinds::WITH_METADATA,
                gate: Some((KubernetesWAS, false)),
                // The pods run, but only together.
                level: Level::Warn,
                why: "KubeRay only asks whether the label is there, so with YuniKorn or the \
                      scheduler plugins any value turns gang scheduling on",
                advice: "Remove the label",
                fixes: &[REMOVE_LABEL],
                check: Check::CreatedCluster(|_, context, report| {
                    let is_no = |value: &&str| {
                        let words = ["false", "f", "no", "n", "off", "0", "disabled"];
                        words.iter().any(|word| value.eq_ignore_ascii_case(word))
                    };
                    let value = context.object.label(GANG).filter(is_no);
                    let may_read = may_be(context, &[Yunikorn, SchedulerPlugins]);
                    if let Some(value) = value.filter(|_| may_read) {
                        report.add(label(GANG), format!("{GANG} is {}", Quoted(value)));
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The label `ray.io/gang-scheduling-enabled` is `false`, `no`, `off`, `0` or \
                       the like. Volcano and KAI Scheduler do not read the label.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/yunikorn/\
                         yunikorn_scheduler.go:isGangSchedulingEnabled, scheduler-plugins/\
                         scheduler_plugins.go:isGangSchedulingEnabled",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels":
                                     {"ray.io/gang-scheduling-enabled": "false"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "0"}}}"#,
                    )
                    .with_batch_scheduler(SchedulerPlugins),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels":
                                     {"ray.io/gang-scheduling-enabled": "true"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels":
                                     {"ray.io/gang-scheduling-enabled": "false"}}}"#,
                    )
                    .with_batch_scheduler(Volcano),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-volcano-topology-tier",
                kinds: Kinds::WITH_METADATA,
                releases: Releases::since(V1_5),
                // Without Volcano, the label has no effect.
                level: Level::Warn,
                why: "KubeRay reads it only beside volcano.sh/network-topology-mode, and with \
                      Volcano creates no pods if it is not a whole number",
                advice: "Set volcano.sh/network-topology-mode to hard or soft, or remove the label",
                fixes: &[REMOVE_LABEL],
                check: Check::Cluster(|_, context, report| {
                    let object = context.object;
                    let (Some(tier), true) =
                        (object.label(TOPOLOGY_TIER), may_be(context, &[Volcano]))
                    else {
                        return;
                    };
                    let tier = Quoted(tier);
                    if object.label(TOPOLOGY_MODE).is_none() {
                        let detail = format!("{TOPOLOGY_TIER} is {tier} without {TOPOLOGY_MODE}");
                        report.add(label(TOPOLOGY_TIER), detail);
                    } else if bad_tier(object).is_some()
                        && context.neighbours.batch_scheduler.is_none()
                    {
                        let detail = format!("{TOPOLOGY_TIER} is {tier}");
                        report
                            .add(label(TOPOLOGY_TIER), detail)
                            .advise("Write a whole number, such as 1, or remove the label");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The label `volcano.sh/network-topology-highest-tier-allowed` is set \
                       without `volcano.sh/network-topology-mode`, or is not a whole number. With \
                       the setting `batchScheduler: volcano`, \
                       `scheduler-volcano-topology-tier` reports the latter.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/volcano/\
                         volcano_scheduler.go:createPodGroup",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-highest-tier-allowed": "2"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "hard",
                          "volcano.sh/network-topology-highest-tier-allowed": "rack"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-highest-tier-allowed": "2"}}}"#,
                    )
                    .with_batch_scheduler(Volcano),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "soft",
                          "volcano.sh/network-topology-highest-tier-allowed": "2"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-highest-tier-allowed": "rack"}}}"#,
                    )
                    .with_batch_scheduler(Yunikorn),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-plugins-job",
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[SchedulerPlugins])),
                why: IN_INITIALIZING,
                advice: SUBMIT_TO_CLUSTER,
                check: Check::Job(|job, _, report| refuse_job(job, SchedulerPlugins, report)),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The batch scheduler is `scheduler-plugins`, whatever the job.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/\
                         scheduler-plugins/scheduler_plugins.go:DoBatchSchedulingOnSubmission",
                messages: &[],
                bad: &[
                    Example::job("{}"),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode", "rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    )
                    .on(V1_5),
                    Example::cron("{}"),
                ],
                good: &[
                    Example::job("{}").on(V1_4),
                    Example::job("{}").with_batch_scheduler(Volcano),
                ],
            },
            cel: &[Cel {
                when: "job.?managedBy.orValue('') != 'kueue.x-k8s.io/multikueue'",
                path: "{job}",
                detail: "the batch scheduler is scheduler-plugins",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "scheduler-kai-job",
                releases: Releases::between(V1_5, V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[KaiScheduler])),
                why: IN_INITIALIZING,
                advice: "Upgrade KubeRay to 1.6 and use HTTPMode or SidecarMode, or create a \
                         RayCluster and submit the job to it with ray job submit",
                check: Check::Job(|job, _, report| refuse_job(job, KaiScheduler, report)),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The batch scheduler is `kai-scheduler`, whatever the job.",
                source: "kuberay v1.5.1 ray-operator/controllers/ray/batchscheduler/\
                         kai-scheduler/kai_scheduler.go:DoBatchSchedulingOnSubmission",
                messages: &[],
                bad: &[
                    Example::job("{}"),
                    Example::job(r#"{"spec": {"submissionMode": "HTTPMode"}}"#),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"labels": {"kai.scheduler/queue": "research"}},
                                  "spec": {"submissionMode": "HTTPMode"}}"#,
                )
                .on(V1_6)],
            },
            cel: &[Cel {
                when: "job.?managedBy.orValue('') != 'kueue.x-k8s.io/multikueue'",
                path: "{job}",
                detail: "the batch scheduler is kai-scheduler",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "scheduler-kai-submission-mode",
                releases: Releases::since(V1_6),
                neighbour: Some(Neighbour::BatchScheduler(&[KaiScheduler])),
                why: IN_INITIALIZING,
                advice: "Set submissionMode to HTTPMode or SidecarMode",
                fixes: &[FixTemplate {
                    title: "set submissionMode to HTTPMode",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, r#""HTTPMode""#)],
                }],
                check: Check::Job(|job, _, report| {
                    if job.has_mode(SubmissionMode::K8sJob) && !job.object().is_run_elsewhere() {
                        report.add(
                            job.path("submissionMode"),
                            "submissionMode is K8sJobMode, and the batch scheduler is \
                             kai-scheduler",
                        );
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "`submissionMode` is `K8sJobMode`, which is the default, and the batch \
                       scheduler is `kai-scheduler`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/\
                         kai-scheduler/kai_scheduler.go:DoBatchSchedulingOnSubmission",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kai.scheduler/queue": "research"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode", "rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::cron("{}"),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kai.scheduler/queue": "research"}},
                                     "spec": {"submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::cron(r#"{"spec": {"jobTemplate": {"submissionMode": "HTTPMode"}}}"#),
                ],
            },
            cel: &[Cel {
                when: "mode == 'K8sJobMode' && \
                       job.?managedBy.orValue('') != 'kueue.x-k8s.io/multikueue'",
                path: "{job}.submissionMode",
                detail: "submissionMode is K8sJobMode, and the batch scheduler is kai-scheduler",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "scheduler-kai-queue",
                kinds: Kinds::WITH_METADATA,
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[KaiScheduler])),
                // There may be a queue of that name: the chart of KAI Scheduler creates one.
                level: Level::Warn,
                why: "KAI Scheduler then takes the queue default-queue, and without such a queue \
                      leaves the pods Pending",
                advice: "Set the label kai.scheduler/queue to the name of a queue",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    let object = context.object;
                    let refused = object.job().is_some_and(|job| {
                        context.release < V1_6 || job.has_mode(SubmissionMode::K8sJob)
                    });
                    let own = object.label(KAI_QUEUE).unwrap_or_default();
                    let of_pod = pod.template.metadata.labels.get(KAI_QUEUE);
                    if is_head(pod) && !refused && own.is_empty() && of_pod.is_none() {
                        report.add(label(KAI_QUEUE), format!("{KAI_QUEUE} is not set"));
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The label `kai.scheduler/queue` is missing or empty, the head's template \
                       does not have it either, and the batch scheduler is `kai-scheduler`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/\
                         kai-scheduler/kai_scheduler.go:AddMetadataToChildResource; KAI-Scheduler \
                         v0.12.0 pkg/podgrouper/podgrouper/plugins/defaultgrouper/\
                         default_grouper.go:CalcPodGroupQueue",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"submissionMode": "HTTPMode"}}"#),
                    Example::cluster(r#"{"metadata": {"labels": {"kai.scheduler/queue": ""}}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kai.scheduler/queue": "research"}},
                                     "spec": {"submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode", "rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"spec": {"headGroupSpec": {"template": {"metadata":
                                     {"labels": {"kai.scheduler/queue": "research"}}}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-volcano-selector",
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[Volcano])),
                why: IN_INITIALIZING,
                advice: "Write a rayClusterSpec instead of clusterSelector, or submit the job to \
                         the RayCluster with ray job submit",
                check: Check::Job(|job, _, report| {
                    if job.selects_cluster()
                        && job.cluster().is_none()
                        && !job.object().is_run_elsewhere()
                    {
                        report.add(
                            job.path("clusterSelector"),
                            "the job runs on an existing RayCluster, and the batch scheduler is \
                             volcano",
                        );
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "A job has `clusterSelector` and no `rayClusterSpec`, and the batch \
                       scheduler is `volcano`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/volcano/\
                         volcano_scheduler.go:handleRayJob",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null, "submissionMode": "HTTPMode",
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    )
                    .on(V1_5),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    )
                    .on(V1_4),
                    Example::job("{}"),
                ],
            },
            cel: &[Cel {
                when: "selects && !cluster.hasValue() && \
                       job.?managedBy.orValue('') != 'kueue.x-k8s.io/multikueue'",
                path: "{job}.clusterSelector",
                detail: "the job runs on an existing RayCluster, and the batch scheduler is \
                         volcano",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "scheduler-volcano-topology-tier",
                kinds: Kinds::WITH_METADATA,
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[Volcano])),
                why: "KubeRay cannot read the number, and creates no PodGroup and no pods",
                advice: "Write a whole number, such as 1, or remove the label",
                fixes: &[REMOVE_LABEL],
                check: Check::Cluster(|_, context, report| {
                    let tier = bad_tier(context.object);
                    if let Some(tier) = tier.filter(|_| !context.object.is_run_elsewhere()) {
                        let detail = format!("{TOPOLOGY_TIER} is {}", Quoted(tier));
                        report.add(label(TOPOLOGY_TIER), detail);
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The label `volcano.sh/network-topology-highest-tier-allowed` is not a \
                       whole number, `volcano.sh/network-topology-mode` is set too, and the batch \
                       scheduler is `volcano`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/volcano/\
                         volcano_scheduler.go:createPodGroup",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "hard",
                          "volcano.sh/network-topology-highest-tier-allowed": "rack"}}}"#,
                    ),
                    Example::service(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "soft",
                          "volcano.sh/network-topology-highest-tier-allowed": ""}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "soft",
                          "volcano.sh/network-topology-highest-tier-allowed": "1.5"}}}"#,
                    )
                    .on(V1_5),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "hard",
                          "volcano.sh/network-topology-highest-tier-allowed": "01"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "hard"}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-volcano-topology-mode",
                kinds: Kinds::WITH_METADATA,
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[Volcano])),
                // Volcano before 1.11 has no such field, and its API server drops it.
                level: Level::Warn,
                why: "Volcano knows no other mode than hard and soft, so the API server refuses \
                      the PodGroup, and KubeRay creates no pods",
                advice: "Set the label to hard or soft, or remove it",
                fixes: &[
                    FixTemplate {
                        title: "set the label to the mode of that name",
                        safe: false,
                        edits: &[Edit::SetProposed],
                    },
                    REMOVE_LABEL,
                ],
                check: Check::Cluster(|_, context, report| {
                    let modes = ["hard", "soft"];
                    let mode = context.object.label(TOPOLOGY_MODE).unwrap_or_default();
                    if !mode.is_empty() && !modes.contains(&mode) {
                        let detail = format!("{TOPOLOGY_MODE} is {}", Quoted(mode));
                        let mut modes = modes.into_iter();
                        let meant = modes.find(|known| known.eq_ignore_ascii_case(mode));
                        report.add(label(TOPOLOGY_MODE), detail).propose(meant);
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The label `volcano.sh/network-topology-mode` is neither `hard` nor `soft`, \
                       and the batch scheduler is `volcano`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/volcano/\
                         volcano_scheduler.go:createPodGroup; volcano.sh/apis v1.13.0 \
                         pkg/apis/scheduling/v1beta1/types.go:NetworkTopologySpec",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "Hard"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "strict",
                          "volcano.sh/network-topology-highest-tier-allowed": "1"}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": "hard"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {
                          "volcano.sh/network-topology-mode": ""}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-yunikorn-gang-selector",
                kinds: Kinds::only(Kind::RayJob),
                releases: Releases::since(V1_5),
                neighbour: Some(Neighbour::BatchScheduler(&[Yunikorn])),
                why: "KubeRay crashes when it computes the gang of the missing rayClusterSpec, \
                      and the job stays in Initializing",
                advice: "Remove the label, or use HTTPMode",
                fixes: &[
                    REMOVE_LABEL,
                    FixTemplate {
                        title: "set submissionMode to HTTPMode",
                        safe: false,
                        edits: &[Edit::Set(At::Job("submissionMode"), r#""HTTPMode""#)],
                    },
                ],
                check: Check::Job(|job, context, report| {
                    if job.selects_cluster()
                        && job.cluster().is_none()
                        && job.has_mode(SubmissionMode::K8sJob)
                        && makes_gang(context)
                        && !job.object().is_run_elsewhere()
                    {
                        report.add(
                            label(GANG),
                            format!("{GANG} is set on a job that runs on an existing RayCluster"),
                        );
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "A job in K8sJobMode has `clusterSelector`, no `rayClusterSpec`, and the \
                       label `ray.io/gang-scheduling-enabled`, whatever its value, without the \
                       annotation `yunikorn.apache.org/task-groups`. The batch scheduler is \
                       `yunikorn`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:\
                         createK8sJobIfNeed, batchscheduler/yunikorn/yunikorn_task_groups.go:\
                         newTaskGroupsFromRayJobSpec",
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true"}},
                                 "spec": {"rayClusterSpec": null,
                                 "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true"}},
                                     "spec": {"rayClusterSpec": null,
                                     "submissionMode": "HTTPMode",
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true"},
                                     "annotations": {"yunikorn.apache.org/task-groups": "[]"}},
                                     "spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-yunikorn-gang-min-replicas",
                kinds: Kinds::WITH_METADATA,
                neighbour: Some(Neighbour::BatchScheduler(&[Yunikorn])),
                // The pods run, but one by one.
                level: Level::Warn,
                why: "YuniKorn refuses the task groups of the whole gang if one has no members, \
                      and schedules the pods one by one",
                advice: "Set minReplicas to the number of workers that must start together, or \
                         remove ray.io/gang-scheduling-enabled",
                check: Check::CreatedCluster(|cluster, context, report| {
                    if !makes_gang(context) {
                        return;
                    }
                    for group in cluster.workers() {
                        let least = group.spec.min_replicas.map_or(0, |number| number.0);
                        let hosts = match context.release >= V1_5 {
                            true => group.spec.num_of_hosts.map_or(1, |number| number.0),
                            false => 1,
                        };
                        if least.wrapping_mul(hosts) == 0 {
                            report
                                .add(
                                    group.path("minReplicas"),
                                    format!("{group} has {least} minReplicas, and {GANG} is set"),
                                )
                                .of_item(group.item());
                        }
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The label `ray.io/gang-scheduling-enabled` is set, and `minReplicas` of a \
                       worker group is 0, which is the default. The batch scheduler is \
                       `yunikorn`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/yunikorn/\
                         yunikorn_task_groups.go:newTaskGroupsFromRayClusterSpec; yunikorn-k8shim \
                         v1.8.0-2 pkg/cache/utils.go:GetTaskGroupsFromAnnotation",
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true",
                                       "yunikorn.apache.org/app-id": "train"}},
                                     "spec": {"rayClusterSpec": {"workerGroupSpecs": [
                                       {"groupName": "workers", "replicas": 2, "minReplicas": 0,
                                         "maxReplicas": 2, "rayStartParams": {},
                                         "template": {"spec": {"containers": [
                                       {"name": "ray-worker",
                                         "image": "rayproject/ray:2.52.0"}]}}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true",
                                       "yunikorn.apache.org/app-id": "train"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true",
                                       "yunikorn.apache.org/app-id": "train"}},
                                     "spec": {"rayClusterSpec": {"workerGroupSpecs": []}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "scheduler-yunikorn-gang-app-id",
                kinds: Kinds::WITH_METADATA,
                neighbour: Some(Neighbour::BatchScheduler(&[Yunikorn])),
                // The pods run.
                level: Level::Warn,
                why: "YuniKorn then generates the application: it has only one pod, or is that of \
                      all such pods in the namespace, whose first ones decide on the gang",
                advice: "Set the label yunikorn.apache.org/app-id to a name that no other job or \
                         RayCluster has",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    let object = context.object;
                    let metadata = &pod.template.metadata;
                    let named = !object.label(APP_ID).unwrap_or_default().is_empty()
                        || POD_APP_ID
                            .iter()
                            .any(|key| metadata.labels.get(key).is_some())
                        || metadata.annotations.get(APP_ID).is_some();
                    if is_head(pod) && object.label(GANG).is_some() && !named {
                        report.add(label(APP_ID), format!("{GANG} is set, and {APP_ID} is not"));
                    }
                }),
                ..Rule::BATCH_SCHEDULER
            },
            doc: RuleDoc {
                what: "The label `ray.io/gang-scheduling-enabled` is set, and \
                       `yunikorn.apache.org/app-id` is not, nor in the head's template. The batch \
                       scheduler is `yunikorn`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/batchscheduler/yunikorn/\
                         yunikorn_scheduler.go:AddMetadataToChildResource; yunikorn-k8shim \
                         v1.8.0-2 pkg/common/utils/utils.go:GetApplicationIDFromPod",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels":
                                     {"ray.io/gang-scheduling-enabled": "true"}}}"#,
                    ),
                    Example::cluster(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true",
                                       "yunikorn.apache.org/app-id": ""}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"ray.io/gang-scheduling-enabled": "true",
                                       "yunikorn.apache.org/app-id": "train"}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {"yunikorn.apache.org/queue": "root.ml"}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
