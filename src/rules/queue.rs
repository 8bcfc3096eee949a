//! Jobs that a queue admits.

use super::deletion_rules::rules;
use super::{Entry, Family};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::rayjob::MULTIKUEUE;
use crate::release::Gate::RayJobDeletionPolicy;
use crate::release::Release::V1_5;
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

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
