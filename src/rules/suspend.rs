//! Suspension, and the TTL of a finished job.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::release::Gate;
use crate::release::Release::V1_4;
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const SHUT_DOWN: FixTemplate = FixTemplate {
    title: "set shutdownAfterJobFinishes to true",
    // Without it, the RayCluster would have stayed.
    safe: false,
    edits: &[Edit::Set(At::Job("shutdownAfterJobFinishes"), "true")],
};

const REMOVE_SUSPEND: FixTemplate = FixTemplate {
    title: "remove suspend",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const REMOVE_TTL: FixTemplate = FixTemplate {
    title: "remove ttlSecondsAfterFinished",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

const REMOVE_IDLE_TTL: FixTemplate = FixTemplate {
    title: "remove ttlSecondsAfterFinished: an existing RayCluster is never deleted",
    safe: true,
    edits: &[Edit::Remove(At::Finding)],
};

/// Returns whether `shutdownAfterJobFinishes`, which is not true, is set
/// explicitly. The author then wants to keep the RayCluster, so the other field
/// is the mistake.
fn is_kept(job: Job<'_>) -> bool {
    job.shutdown_after_job_finishes.is_some()
}

pub(super) const FAMILY: Family = Family {
    title: "Suspend and TTL",
    entries: &[
        Entry {
            rule: Rule {
                id: "suspend-needs-shutdown",
                position: Position::job(10),
                why: "suspending deletes the RayCluster, which KubeRay does only if \
                      shutdownAfterJobFinishes is true",
                advice: "Set shutdownAfterJobFinishes to true, or remove suspend",
                fixes: &[SHUT_DOWN, REMOVE_SUSPEND],
                check: Check::Job(|job, _, report| {
                    if !job.suspend || job.shuts_down() {
                        return;
                    }
                    let finding = report.add(
                        job.path("suspend"),
                        "suspend is true, but shutdownAfterJobFinishes is not",
                    );
                    if job.selects_cluster() {
                        finding.advise("Remove suspend").offer(&[REMOVE_SUSPEND]);
                    } else if is_kept(job) {
                        finding
                            .advise("Remove suspend, or set shutdownAfterJobFinishes to true")
                            .offer(&[REMOVE_SUSPEND, SHUT_DOWN]);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`suspend` is true and `shutdownAfterJobFinishes` is not.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &[
                    "a RayJob with shutdownAfterJobFinishes set to false is not allowed \
                             to be suspended",
                ],
                bad: &[
                    Example::job(r#"{"spec": {"suspend": true}}"#),
                    Example::job(
                        r#"{"spec": {"suspend": true,
                                     "shutdownAfterJobFinishes": false}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"suspend": true,
                                      "shutdownAfterJobFinishes": null}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"suspend": true,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(r#"{"spec": {"suspend": false}}"#),
                ],
            },
            cel: &[Cel {
                when: "suspend && !shutdown",
                path: "{job}.suspend",
                detail: "suspend is true, but shutdownAfterJobFinishes is not",
                advice: Some(
                    "{selects ? 'Remove suspend' : has(job.shutdownAfterJobFinishes) ? \
                              'Remove suspend, or set shutdownAfterJobFinishes to true' : 'Set \
                              shutdownAfterJobFinishes to true, or remove suspend'}",
                ),
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ttl-negative",
                position: Position::job(20),
                releases: Releases::since(V1_4),
                why: "it is the time between the end of the job and the deletion of its RayCluster",
                advice: "Set ttlSecondsAfterFinished to 0 or more",
                fixes: &[FixTemplate {
                    title: "set ttlSecondsAfterFinished to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Job(|job, _, report| {
                    if let Some(ttl) = job.ttl_seconds_after_finished.filter(|ttl| ttl.0 < 0) {
                        report.add(
                            job.path("ttlSecondsAfterFinished"),
                            format!("ttlSecondsAfterFinished is {ttl}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`ttlSecondsAfterFinished` is below 0.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["TTLSecondsAfterFinished must be"],
                bad: &[Example::job(
                    r#"{"spec": {"ttlSecondsAfterFinished": -1,
                        "shutdownAfterJobFinishes": true}}"#,
                )],
                good: &[Example::job(r#"{"spec": {"ttlSecondsAfterFinished": 0}}"#)],
            },
            cel: &[Cel {
                when: "ttl < 0",
                path: "{job}.ttlSecondsAfterFinished",
                detail: "ttlSecondsAfterFinished is {ttl}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "ttl-needs-shutdown",
                position: Position::job(30),
                releases: Releases::since(V1_4),
                why: "it is the time until shutdownAfterJobFinishes deletes the RayCluster, so \
                      KubeRay refuses it alone",
                advice: "Set shutdownAfterJobFinishes to true, or remove ttlSecondsAfterFinished",
                fixes: &[SHUT_DOWN, REMOVE_TTL, REMOVE_IDLE_TTL],
                check: Check::Job(|job, _, report| {
                    let ttl = job.ttl_seconds_after_finished.filter(|ttl| ttl.0 > 0);
                    let (Some(ttl), false) = (ttl, job.shuts_down()) else {
                        return;
                    };
                    let detail = format!(
                        "ttlSecondsAfterFinished is {ttl}, but shutdownAfterJobFinishes is not true"
                    );
                    let finding = report.add(job.path("ttlSecondsAfterFinished"), detail);
                    if job.selects_cluster() {
                        finding
                            .advise("Remove ttlSecondsAfterFinished")
                            .offer(&[REMOVE_IDLE_TTL]);
                    } else if job.deletion_strategy.is_some() {
                        finding
                            .advise(
                                "Remove ttlSecondsAfterFinished: deletionStrategy does not use it",
                            )
                            .offer(&[REMOVE_TTL]);
                    } else if is_kept(job) {
                        finding
                            .advise(
                                "Remove ttlSecondsAfterFinished, or set \
                                 shutdownAfterJobFinishes to true",
                            )
                            .offer(&[REMOVE_TTL, SHUT_DOWN]);
                    } else {
                        finding.offer(&[SHUT_DOWN, REMOVE_TTL]);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`ttlSecondsAfterFinished` is above 0 and `shutdownAfterJobFinishes` is not \
                       true.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["a RayJob with shutdownAfterJobFinishes set to false cannot have TTL"],
                bad: &[
                    Example::job(r#"{"spec": {"ttlSecondsAfterFinished": 1}}"#),
                    Example::job(
                        r#"{"spec": {"ttlSecondsAfterFinished": 300,
                                     "shutdownAfterJobFinishes": false}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": null,
                                     "clusterSelector": {"ray.io/cluster": "shared"},
                                     "ttlSecondsAfterFinished": 300}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"ttlSecondsAfterFinished": 300, "deletionStrategy": {
                                     "onSuccess": {"policy": "DeleteCluster"},
                                     "onFailure": {"policy": "DeleteCluster"}}}}"#,
                    )
                    .gates(&[(Gate::RayJobDeletionPolicy, true)]),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"ttlSecondsAfterFinished": 600,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"ttlSecondsAfterFinished": 0,
                                     "shutdownAfterJobFinishes": false}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "ttl > 0 && !shutdown",
                path: "{job}.ttlSecondsAfterFinished",
                detail: "ttlSecondsAfterFinished is {ttl}, but shutdownAfterJobFinishes is not \
                         true",
                advice: Some(
                    "{selects ? 'Remove ttlSecondsAfterFinished' : \
                              strategy.hasValue() ? 'Remove ttlSecondsAfterFinished: \
                              deletionStrategy does not use it' : \
                              has(job.shutdownAfterJobFinishes) ? 'Remove \
                              ttlSecondsAfterFinished, or set shutdownAfterJobFinishes to true' : \
                              'Set shutdownAfterJobFinishes to true, or remove \
                              ttlSecondsAfterFinished'}",
                ),
                ..Cel::NEVER
            }],
        },
    ],
};
