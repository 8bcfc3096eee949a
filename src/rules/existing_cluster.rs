//! Fields that do not work as expected on an existing RayCluster.

use super::managed::REMOVE;
use super::selector::{CLUSTER, nameless};
use super::{Entry, Family, unused};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::rayjob::DeletionStrategy;
use crate::release::Gate;
use crate::release::Release::{V1_3, V1_4, V1_5};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Whether the job deletes itself when it ends: the only deletion that the
/// operator accepts on an existing RayCluster.
fn deletes_self(strategy: &DeletionStrategy<'_>) -> bool {
    let outcomes = [&strategy.on_success, &strategy.on_failure];
    let by_outcome = outcomes.into_iter().any(|outcome| {
        let policy = outcome
            .as_ref()
            .and_then(|outcome| outcome.policy.as_deref());
        policy == Some(DELETE_SELF)
    });
    let mut rules = strategy.deletion_rules.iter();
    by_outcome || rules.any(|rule| &*rule.policy == DELETE_SELF)
}

const DELETE_SELF: &str = "DeleteSelf";

pub(super) const FAMILY: Family = Family {
    title: "Jobs on an existing RayCluster",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-selector-name-empty",
                releases: Releases::between(V1_3, V1_4),
                // The job never starts.
                level: Level::Deny,
                why: "the operator searches for that RayCluster forever",
                advice: "Set ray.io/cluster in clusterSelector to the name of the RayCluster",
                check: Check::Job(|job, _, report| nameless(job, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`clusterSelector` has entries, but `ray.io/cluster` is absent or empty, in \
                       a release that accepts this.",
                source: "kuberay v1.4.2 \
                         ray-operator/controllers/ray/rayjob_controller.go:initRayJobStatusIfNeed",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"team": "ml"}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": ""}}}"#,
                    )
                    .on(V1_3),
                ],
                good: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-selector-extra-keys",
                // The job runs, on the RayCluster with that name.
                level: Level::Warn,
                why: "KubeRay does not select by label: it reads only ray.io/cluster, the name of \
                      a RayCluster in the same namespace",
                advice: "Remove the key",
                fixes: REMOVE,
                check: Check::Job(|job, _, report| {
                    let selector = &job.cluster_selector;
                    if selector.get(CLUSTER).is_none_or(str::is_empty) {
                        return;
                    }
                    for (key, _) in selector.iter().filter(|(key, _)| &**key != CLUSTER) {
                        report.add(
                            job.path("clusterSelector").key(key.to_string()),
                            format!("clusterSelector has the key {}", Quoted(key)),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`clusterSelector` has keys other than `ray.io/cluster`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:initRayJobStatusIfNeed, \
                         getOrCreateRayClusterInstance",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"rayClusterSpec": null,
                        "clusterSelector": {"ray.io/cluster": "shared",
                          "ray.io/node-type": "head"}}}"#,
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
                id: "trap-selector-and-spec",
                // The job runs, but not on the RayCluster that the manifest describes.
                level: Level::Warn,
                why: "the job runs on the RayCluster that clusterSelector names, and KubeRay only \
                      validates rayClusterSpec",
                advice: "Remove rayClusterSpec or clusterSelector",
                fixes: &[
                    FixTemplate {
                        title: "remove rayClusterSpec: the job runs on the existing RayCluster",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    FixTemplate {
                        title: "remove clusterSelector: the job runs on its own RayCluster",
                        safe: false,
                        edits: &[Edit::Remove(At::Job("clusterSelector"))],
                    },
                ],
                check: Check::Job(|job, _, report| {
                    if job.selects_cluster() && job.cluster().is_some() {
                        report.add(
                            job.path("rayClusterSpec"),
                            "rayClusterSpec and clusterSelector are both set",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "Both `clusterSelector` and `rayClusterSpec` are set. (Kueue refuses this \
                       combination.)",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:initRayJobStatusIfNeed, \
                         getOrCreateRayClusterInstance",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"clusterSelector": {"ray.io/cluster": "shared"}}}"#,
                )],
                good: &[Example::job(r#"{"spec": {"clusterSelector": {}}}"#)],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-selector-cleanup-ignored",
                // The job runs; only the cleanup does not happen.
                level: Level::Warn,
                why: "KubeRay deletes nothing when a job on an existing RayCluster ends, not even \
                      the RayJob",
                advice: "Remove the field, and delete the RayJob yourself",
                fixes: REMOVE,
                check: Check::Job(|job, context, report| {
                    // A suspended job must set shutdownAfterJobFinishes; selector-suspend reports
                    // the job.
                    if !job.selects_cluster() || job.suspend {
                        return;
                    }
                    let is_deleted = context.is_on(Gate::RayJobDeletionPolicy);
                    let by_policy = job.deletion_policy.as_deref() == Some(DELETE_SELF);
                    for (field, is_set) in [
                        ("shutdownAfterJobFinishes", job.shuts_down()),
                        (
                            "ttlSecondsAfterFinished",
                            job.ttl_seconds_after_finished.is_some_and(|ttl| ttl.0 > 0)
                                && (job.shuts_down() || context.release < V1_4),
                        ),
                        (
                            "deletionStrategy",
                            is_deleted
                                && context.release >= V1_5
                                && job.deletion_strategy.as_ref().is_some_and(deletes_self),
                        ),
                        (
                            "deletionPolicy",
                            is_deleted && context.release < V1_5 && by_policy,
                        ),
                    ] {
                        if is_set {
                            unused::tell(job, report, field, "on an existing RayCluster");
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "A job on an existing RayCluster sets `shutdownAfterJobFinishes`, \
                       `ttlSecondsAfterFinished`, or `DeleteSelf` in `deletionStrategy` (up to \
                       1.4 in `deletionPolicy`).",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "shutdownAfterJobFinishes": true,
                                     "ttlSecondsAfterFinished": 600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "deletionStrategy": {"deletionRules": [
                                       {"policy": "DeleteSelf",
                                       "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "deletionPolicy": "DeleteSelf"}}"#,
                    )
                    .on(V1_4)
                    .gates(&[(Gate::RayJobDeletionPolicy, true)]),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "shutdownAfterJobFinishes": false,
                                     "ttlSecondsAfterFinished": 0}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "deletionStrategy": {"deletionRules": [
                                       {"policy": "DeleteNone",
                                       "condition": {"jobStatus": "SUCCEEDED"}}]}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-job-id-existing-cluster",
                // The first job with that ID runs.
                level: Level::Warn,
                why: "if that RayCluster already has a job with this ID, KubeRay submits nothing \
                      and adopts the outcome of that job",
                advice: "Remove jobId so that KubeRay generates a new ID each time",
                fixes: REMOVE,
                check: Check::RayJob(|job, _, report| {
                    let id = job.job_id.as_deref().unwrap_or_default();
                    let is_submitted = matches!(
                        job.mode(),
                        Some(SubmissionMode::K8sJob | SubmissionMode::Http)
                    );
                    if job.selects_cluster() && is_submitted && !id.is_empty() {
                        report.add(
                            job.path("jobId"),
                            format!("jobId is {} on an existing RayCluster", Quoted(id)),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`jobId` is set on a job that runs on an existing RayCluster, in K8sJobMode \
                       or HTTPMode.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile; \
                         common/job.go:BuildJobSubmitCommand",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "jobId": "train-1"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "jobId": "train-1", "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "jobId": ""}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "jobId": "train-1", "submissionMode": "InteractiveMode",
                                     "entrypoint": null}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
