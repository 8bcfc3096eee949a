//! Jobs that a queue admits.

use super::deletion_rules::rules;
use super::group_names::fault;
use super::kueue::{groups, most_pod_sets, queued, refuses_selector};
use super::{Entry, Family};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::{Job, QUEUE};
use crate::json::Quoted;
use crate::kind::{Kind, Kinds};
use crate::kuberay::SubmissionMode;
use crate::neighbours::Kueue::V0_17;
use crate::rayjob::MULTIKUEUE;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::V1_5;
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::go_case::lower_case;
use crate::syntax::names::is_dns1123_label;

/// Reports the worker groups whose names cannot name pod sets of a Workload.
fn pod_set_names(context: &Context<'_>, report: &mut Report) {
    let object = context.object;
    let Some(cluster) = object.created_cluster() else {
        return;
    };
    if object
        .metadata()
        .labels
        .get(QUEUE)
        .unwrap_or_default()
        .is_empty()
    {
        return;
    }
    let mut taken = vec![String::from("head")];
    let submits = object
        .job()
        .filter(|job| job.has_mode(SubmissionMode::K8sJob));
    taken.extend(submits.map(|_| "submitter".into()));
    let mut names = Vec::new();
    for group in cluster.workers() {
        let name = &*group.spec.group_name;
        // Other rules report these.
        if name == "head" || names.contains(&name) || fault(context, group).is_some() {
            continue;
        }
        names.push(name);
        let pod_set = match name {
            // The default of the field.
            "" => "main".into(),
            name => lower_case(name),
        };
        let quoted = Quoted(name);
        if !is_dns1123_label(pod_set.as_bytes()) {
            let detail = format!("groupName {quoted} cannot name a pod set");
            report.add_in(group, group.path("groupName"), detail);
        } else if taken.contains(&pod_set) {
            let detail = format!(
                "groupName {quoted} names a second pod set {}",
                Quoted(&pod_set)
            );
            report.add_in(group, group.path("groupName"), detail);
        } else {
            taken.push(pod_set);
        }
    }
}

pub(super) const FAMILY: Family = Family {
    title: "Queues",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-suspend-with-deletion-rules",
                releases: Releases::since(V1_5),
                gate: Some((RayJobDeletionPolicy, true)),
                // KubeRay refuses the job once it is queued, so the label can never take effect.
                level: Level::Deny,
                why: "Kueue suspends the job until it is admitted, and KubeRay refuses the \
                      suspended job: it needs shutdownAfterJobFinishes, which deletionRules \
                      excludes",
                advice: "Use shutdownAfterJobFinishes instead of deletionRules, or remove the \
                         label",
                fixes: &[FixTemplate {
                    title: "replace deletionStrategy with shutdownAfterJobFinishes",
                    safe: false,
                    edits: &[
                        Edit::Remove(At::Job("deletionStrategy")),
                        Edit::Set(At::Job("shutdownAfterJobFinishes"), "true"),
                    ],
                }],
                check: Check::Job(|job, _, report| {
                    let queue = job.queue();
                    // Other rules report a job that is already suspended.
                    if !queue.is_empty()
                        && !rules(job).is_empty()
                        && !job.suspend
                        && !job.shuts_down()
                    {
                        report.add(
                            job.path("deletionStrategy.deletionRules"),
                            format!("deletionRules on a job for the queue {}", Quoted(queue)),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A job with the label `kueue.x-k8s.io/queue-name` has `deletionRules`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec, \
                         validateDeletionConfiguration",
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                        "spec": {"deletionStrategy": {"deletionRules": [
                          {"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED"}},
                          {"policy": "DeleteCluster",
                            "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"team": "ml"}},
                                     "spec": {"deletionStrategy": {"deletionRules": [
                                       {"policy": "DeleteCluster",
                                         "condition": {"jobStatus": "SUCCEEDED"}},
                                       {"policy": "DeleteCluster",
                                         "condition": {"jobDeploymentStatus": "Failed"}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                                     "spec": {"shutdownAfterJobFinishes": true,
                                       "suspend": true}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-queue-selector",
                // Kueue suspends every job in a queue, and KubeRay refuses this one suspended.
                level: Level::Deny,
                why: "Kueue suspends each new job in a queue, and KubeRay refuses a suspended job \
                      that runs on an existing RayCluster, so the job never runs",
                advice: "Remove the label and put the RayCluster into the queue, or replace \
                         clusterSelector with rayClusterSpec",
                check: Check::RayJob(|job, context, report| {
                    let queue = job.queue();
                    // Other rules report a job that is already suspended, or that Kueue refuses.
                    let is_reported = job.suspend || refuses_selector(job, context);
                    if !queue.is_empty() && job.selects_cluster() && !is_reported {
                        report.add(
                            job.path("clusterSelector"),
                            format!("clusterSelector on a job for the queue {}", Quoted(queue)),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A job with the label `kueue.x-k8s.io/queue-name` has `clusterSelector`.",
                source: "kueue v0.19.2 pkg/controller/jobframework/defaults.go:\
                         ApplyDefaultForSuspend; kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                        "spec": {"rayClusterSpec": null,
                          "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                                 "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-queue-podsets",
                // The Workload that admits the job is never created.
                level: Level::Deny,
                why: "the Workload that Kueue creates for a K8sJobMode job has a pod set for each \
                      of them, the head and the submitter, which are too many for it, so the job \
                      stays Suspended",
                advice: "Use fewer worker groups, or another submissionMode",
                check: Check::RayJob(|job, context, report| {
                    let Some(cluster) = job.created_cluster() else {
                        return;
                    };
                    let groups = cluster.workers().count();
                    let most = most_pod_sets(context.neighbours.kueue).saturating_sub(2);
                    let submits = job.has_mode(SubmissionMode::K8sJob);
                    if submits && !job.queue().is_empty() && groups > most {
                        let detail = format!("there are {groups} worker groups, more than {most}");
                        report.add(cluster.path("workerGroupSpecs"), detail);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A job in K8sJobMode with the label `kueue.x-k8s.io/queue-name` has more \
                       than 16 worker groups. With the setting `kueue`, the limit is that of the \
                       release: 8 in Kueue 0.18, and 6 in older ones.",
                source: "kueue v0.19.2 pkg/controller/jobs/rayjob/rayjob_controller.go:PodSets",
                messages: &[],
                bad: &[
                    Example::job(queued!(
                        r#""rayClusterSpec": {"#,
                        groups!(
                            "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9", "g10", "g11",
                            "g12", "g13", "g14", "g15", "g16"
                        ),
                        "}, "
                    )),
                    Example::job(queued!(
                        r#""rayClusterSpec": {"#,
                        groups!("g1", "g2", "g3", "g4", "g5", "g6"),
                        "}, "
                    ))
                    .with_kueue(V0_17),
                ],
                good: &[
                    Example::job(queued!(
                        r#""rayClusterSpec": {"#,
                        groups!("g1", "g2", "g3", "g4", "g5"),
                        "}, "
                    ))
                    .with_kueue(V0_17),
                    Example::job(queued!(
                        r#""submissionMode": "HTTPMode", "rayClusterSpec": {"#,
                        groups!("g1", "g2", "g3", "g4", "g5", "g6"),
                        "}, "
                    ))
                    .with_kueue(V0_17),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-queue-podset-name",
                kinds: Kinds::only(Kind::RayJob).and(Kind::RayCluster),
                // The Workload that admits the object is never created.
                level: Level::Deny,
                why: "the API server refuses the Workload that Kueue creates, because its pod \
                      sets are named after the groups in lower case, so nothing ever runs",
                advice: "Use lowercase letters, digits and '-', at most 63, other than head and \
                         submitter",
                check: Check::Object(pod_set_names),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "An object with the label `kueue.x-k8s.io/queue-name` has a worker group \
                       whose `groupName`, in lower case, cannot name a pod set: it has a dot, or \
                       is that of another pod set: of another group, of the head (`head`), or of \
                       the submitter in K8sJobMode (`submitter`).",
                source: "kueue v0.19.2 apis/kueue/v1beta2/workload_types.go:PodSetReference",
                messages: &[],
                bad: &[
                    Example::job(queued!(r#""rayClusterSpec": {"#, groups!("v100.x8"), "}, ")),
                    Example::job(queued!(r#""rayClusterSpec": {"#, groups!("Head"), "}, ")),
                    Example::job(queued!(
                        r#""rayClusterSpec": {"#,
                        groups!("submitter"),
                        "}, "
                    )),
                    Example::job(queued!(
                        r#""rayClusterSpec": {"#,
                        groups!("gpu", "GPU"),
                        "}, "
                    )),
                ],
                good: &[
                    Example::job(queued!(
                        r#""submissionMode": "HTTPMode", "rayClusterSpec": {"#,
                        groups!("submitter", "GPU"),
                        "}, "
                    )),
                    Example::job(concat!(
                        r#"{"spec": {"rayClusterSpec": {"#,
                        groups!("v100.x8", "Head"),
                        "}}}"
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-suspend-keeps-counters",
                // Nothing is lost; only the number of attempts may surprise.
                level: Level::Off,
                why: "suspension does not reset the number of failed attempts, and a retry does \
                      not go through the queue again",
                advice: "Include attempts made before the suspension",
                check: Check::Job(|job, _, report| {
                    let retries = job.retries();
                    let may_retry = retries > 0
                        && !job.has_mode(SubmissionMode::Interactive)
                        && !job.selects_cluster();
                    if may_retry && (job.suspend || !job.queue().is_empty()) {
                        report.add(
                            job.path("backoffLimit"),
                            format!(
                                "backoffLimit is {retries} on a job that is suspended and \
                                     resumed"
                            ),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`backoffLimit` is above 0 on a job that is suspended or has the label \
                       `kueue.x-k8s.io/queue-name`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         checkBackoffLimitAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
                                     "spec": {"backoffLimit": 1,
                                       "shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"backoffLimit": 1, "suspend": true,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"backoffLimit": 1,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"backoffLimit": 0, "suspend": true,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-multikueue",
                // This is what users of MultiKueue want.
                level: Level::Off,
                why: "the operator of this cluster ignores the job, and nothing happens unless \
                      MultiKueue dispatches it to another cluster",
                advice: "Verify that MultiKueue is set up, or remove managedBy",
                fixes: &[FixTemplate {
                    title: "remove managedBy: the operator of this cluster runs the job",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, context, report| {
                    let is_managed = |job: Job<'_>| job.managed_by.as_deref() == Some(MULTIKUEUE);
                    let was_managed = context.old_job().is_none_or(is_managed);
                    if was_managed && is_managed(job) {
                        report.add(job.path("managedBy"), format!("managedBy is {MULTIKUEUE}"));
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`managedBy` is `kueue.x-k8s.io/multikueue`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/util.go:ManagedByExternalController",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"managedBy": "ray.io/kuberay-operator"}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
