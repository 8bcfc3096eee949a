//! Retries: `backoffLimit` and the fields that interact with it.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::kuberay::SubmissionMode;
use crate::release::Release::{V1_3, V1_4};
use crate::retries::RetryLimits;
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Describes the problem with retrying an interactive job, if this is one.
fn interactive_retry(job: Job<'_>) -> Option<String> {
    let retries = job.retries();
    (job.has_mode(SubmissionMode::Interactive) && retries > 0)
        .then(|| format!("backoffLimit is {retries} on an InteractiveMode job"))
}

const INTERACTIVE_ADVICE: &str = "Set backoffLimit to 0, or use submissionMode K8sJobMode for \
                                  automatic retries";
const INTERACTIVE_FIXES: &[FixTemplate] = &[
    FixTemplate {
        title: "set backoffLimit to 0: the job waits for you and is not retried",
        safe: false,
        edits: &[Edit::Set(At::Finding, "0")],
    },
    FixTemplate {
        title: "use K8sJobMode: the operator submits the entrypoint and retries it",
        safe: false,
        edits: &[Edit::Set(At::Job("submissionMode"), "\"K8sJobMode\"")],
    },
];

pub(super) const FAMILY: Family = Family {
    title: "Mode and retries",
    entries: &[
        Entry {
            rule: Rule {
                id: "interactive-backoff",
                position: Position::job(150),
                releases: Releases::since(V1_4),
                why: "KubeRay refuses the job, because nobody would submit it again on the \
                      RayCluster of a retry",
                advice: INTERACTIVE_ADVICE,
                fixes: INTERACTIVE_FIXES,
                check: Check::Job(|job, _, report| {
                    if let Some(detail) = interactive_retry(job) {
                        report.add(job.path("backoffLimit"), detail);
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`submissionMode` is `InteractiveMode` and `backoffLimit` is above 0.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["BackoffLimit is incompatible with InteractiveMode"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "backoffLimit": 1}}"#,
                    ),
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "backoffLimit": 2,
                                      "preRunningDeadlineSeconds": 600,
                                      "shutdownAfterJobFinishes": true}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "backoffLimit": 0}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode",
                                     "backoffLimit": 3}}"#,
                    ),
                    Example::job(r#"{"spec": {"submissionMode": "HTTPMode", "backoffLimit": 3}}"#),
                ],
            },
            cel: &[Cel {
                when: "mode == 'InteractiveMode' && retries > 0",
                path: "{job}.backoffLimit",
                detail: "backoffLimit is {retries} on an InteractiveMode job",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "backoff-negative",
                position: Position::job(240),
                why: "it is the number of times that KubeRay retries a failed job",
                advice: "Set backoffLimit to 0 or to the number of retries",
                fixes: &[FixTemplate {
                    title: "set backoffLimit to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: Check::Job(|job, _, report| {
                    let retries = job.retries();
                    if retries < 0 {
                        report.add(
                            job.path("backoffLimit"),
                            format!("backoffLimit is {retries}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`backoffLimit` is below 0.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["backoffLimit must be"],
                bad: &[
                    Example::job(r#"{"spec": {"backoffLimit": -1}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "backoffLimit": -1}}"#,
                    ),
                ],
                good: &[Example::job(r#"{"spec": {"backoffLimit": 0}}"#)],
            },
            cel: &[Cel {
                when: "retries < 0",
                path: "{job}.backoffLimit",
                detail: "backoffLimit is {retries}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-interactive-retry",
                releases: Releases::between(V1_3, V1_3),
                // The retry runs nothing, and the new RayCluster idles.
                level: Level::Deny,
                why: "on a retry, jobId still names the failed job, so the RayJob reports Running \
                      on a new, idle RayCluster instead of Waiting",
                advice: INTERACTIVE_ADVICE,
                fixes: INTERACTIVE_FIXES,
                check: Check::Job(|job, _, report| {
                    // Worse on an existing RayCluster: trap-selector-retry-deletes-cluster.
                    let own = job.created_cluster();
                    if let Some(detail) = own.and_then(|_| interactive_retry(job)) {
                        report.add(job.path("backoffLimit"), detail);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is `InteractiveMode` and `backoffLimit` is above 0, in a \
                       release that accepts this.",
                source: "kuberay v1.3.2 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null,
                        "backoffLimit": 1}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null,
                        "backoffLimit": 0}}"#,
                )],
            },
            cel: &[Cel {
                when: "mode == 'InteractiveMode' && retries > 0 && cluster.hasValue() && !selects",
                path: "{job}.backoffLimit",
                detail: "backoffLimit is {retries} on an InteractiveMode job",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-job-id-reused",
                // Every attempt runs; only their logs and metrics are hard to tell apart.
                level: Level::Warn,
                why: "every attempt submits with the same ID, so logs, metrics and history of the \
                      attempts are mixed",
                advice: "Remove jobId so that KubeRay generates an ID for each attempt",
                fixes: &[FixTemplate {
                    title: "remove jobId",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Job(|job, context, report| {
                    let retries = job.retries();
                    let mode = job.mode_in(context.release);
                    let submits = mode.is_some_and(|mode| mode != SubmissionMode::Interactive);
                    if submits && job.has_job_id() && retries > 0 && !job.selects_cluster() {
                        report.add(
                            job.path("jobId"),
                            format!(
                                "jobId is set, but backoffLimit {retries} allows more than \
                                     one attempt"
                            ),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`jobId` is set and `backoffLimit` is above 0.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:initRayJobStatusIfNeed",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"jobId": "train-1", "backoffLimit": 1}}"#,
                )],
                good: &[
                    Example::job(r#"{"spec": {"jobId": "train-1", "backoffLimit": 0}}"#),
                    Example::job(r#"{"spec": {"jobId": "", "backoffLimit": 1}}"#),
                ],
            },
            cel: &[Cel {
                when: "!selects && retries > 0 && job.?jobId.orValue('') != '' && (mode in \
                       ['K8sJobMode', 'HTTPMode'] || (mode == 'SidecarMode' && release >= V1_5))",
                path: "{job}.jobId",
                detail: "jobId is set, but backoffLimit {retries} allows more than one attempt",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-retry-multiplication",
                // Both limits work as documented; only their product may surprise.
                level: Level::Off,
                why: "the two limits multiply, although the entrypoint itself starts at most once \
                      per RayCluster",
                advice: "Set submitterConfig.backoffLimit to 0 if one submitter pod per \
                         RayCluster is enough",
                check: Check::Job(|job, _, report| {
                    let attempts = RetryLimits::of(job.spec);
                    let (retries, clusters, pods) =
                        (attempts.retries, attempts.attempts(), attempts.pods());
                    let Some(repeats) = attempts
                        .repeats
                        .filter(|_| retries > 0 && !job.selects_cluster())
                    else {
                        return;
                    };
                    report.add(
                        job.path("backoffLimit"),
                        format!(
                            "backoffLimit {retries}, and {repeats} for the submitter, allow \
                                 {clusters} RayClusters and {pods} submitter pods"
                        ),
                    );
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is `K8sJobMode` and `backoffLimit` is above 0. \
                       `backoffLimit` applies to RayClusters, and `submitterConfig.backoffLimit`, \
                       2 by default, to the submitter pods of each RayCluster.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:createNewK8sJob",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"backoffLimit": 3}}"#),
                    Example::job(
                        r#"{"spec": {"backoffLimit": 1,
                                     "submitterConfig": {"backoffLimit": 0}}}"#,
                    ),
                ],
                good: &[
                    Example::job(r#"{"spec": {"backoffLimit": 0}}"#),
                    Example::job(r#"{"spec": {"submissionMode": "HTTPMode", "backoffLimit": 3}}"#),
                ],
            },
            cel: &[Cel {
                when: "mode == 'K8sJobMode' && retries > 0 && !selects",
                path: "{job}.backoffLimit",
                detail: "backoffLimit {retries}, and \
                         {(job.?submitterConfig.?backoffLimit.orValue(2) < 0 ? 0 : \
                         job.?submitterConfig.?backoffLimit.orValue(2))} for the submitter, allow \
                         {retries + 1} RayClusters and \
                         {((job.?submitterConfig.?backoffLimit.orValue(2) < 0 ? 0 : \
                         job.?submitterConfig.?backoffLimit.orValue(2)) + 1) * (retries + 1)} \
                         submitter pods",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-retry-deletes-cluster",
                // This is how retries work.
                level: Level::Off,
                why: "each retry deletes the RayCluster and submitter of the previous attempt, so \
                      only the last attempt can be inspected",
                advice: "Ship logs elsewhere, or set backoffLimit to 0 to debug a failure",
                check: Check::Job(|job, _, report| {
                    let retries = job.retries();
                    let is_kept = !job.shuts_down() && job.created_cluster().is_some();
                    if is_kept && retries > 0 && !job.has_mode(SubmissionMode::Interactive) {
                        report.add(
                            job.path("backoffLimit"),
                            format!("backoffLimit is {retries} on a job that keeps its RayCluster"),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`backoffLimit` is above 0 and `shutdownAfterJobFinishes` is not true.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         deleteClusterResources",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"backoffLimit": 1, "submissionMode": "HTTPMode"}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"backoffLimit": 1,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                    Example::job(r#"{"spec": {"backoffLimit": 0}}"#),
                ],
            },
            cel: &[],
        },
    ],
};
