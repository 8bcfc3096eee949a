//! Jobs that wait for a user to submit them.

use super::{Entry, Family};
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::job::Job;
use crate::kuberay::SubmissionMode;
use crate::release::Release::{self, V1_6};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

fn is_interactive(job: Job<'_>) -> bool {
    job.has_mode(SubmissionMode::Interactive)
}

/// Whether `preRunningDeadlineSeconds` is set and the operator reads it.
fn limits_waiting(job: Job<'_>, release: Release) -> bool {
    release >= V1_6 && job.pre_running_deadline_seconds.is_some()
}

const REMOVE_JOB_ID: FixTemplate = FixTemplate {
    title: "remove jobId: the job waits until you set it",
    safe: false,
    edits: &[Edit::Remove(At::Job("jobId"))],
};

pub(super) const FAMILY: Family = Family {
    title: "Interactive jobs",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-interactive-stale-job-id",
                // Setting another ID fixes the job.
                level: Level::Warn,
                why: "the new RayCluster has no job with that ID, so the RayJob reports Running \
                      while nothing runs",
                advice: "Remove jobId, and set it after you submit the job",
                fixes: &[REMOVE_JOB_ID],
                check: Check::RayJob(|job, context, report| {
                    // An existing RayCluster may have a job with that ID.
                    if !is_interactive(job) || !job.has_job_id() || job.selects_cluster() {
                        return;
                    }
                    let (happens, advice) = match context.old_job() {
                        Some(old) if old.suspend && !job.suspend => ("resumed", None),
                        // Since 1.5, `kubectl ray job submit` creates the job with the ID that it
                        // submits with as soon as the RayCluster is ready, and its request
                        // identifies it. A file does not show which command will send it, but the
                        // ID in it is wrong either way: `kubectl apply` stores it, and `kubectl ray
                        // job submit -f` replaces it (`kuberay v1.7.0
                        // kubectl-plugin/pkg/cmd/job/job_submit.go:Run`).
                        None if context.is_new()
                            && !limits_waiting(job, context.release)
                            && !context.is_from_plugin() =>
                        {
                            let advice = "Remove jobId, and set it after you submit the job; \
                                          kubectl ray job submit sets its own";
                            ("created", Some(advice))
                        }
                        _ => return,
                    };
                    let detail =
                        format!("jobId is set on an InteractiveMode job that is being {happens}");
                    let finding = report.add(job.path("jobId"), detail);
                    if let Some(advice) = advice {
                        finding.advise(advice);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "An `InteractiveMode` job is created, or resumed (`suspend` changes from \
                       true to false), with `jobId` set. Requests from `kubectl ray job submit` \
                       are exempt: the command submits with that ID.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null, "jobId": "mine", "suspend": false,
                                       "shutdownAfterJobFinishes": true},
                                     "status": {"jobDeploymentStatus": "Suspended"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "jobId": "mine", "suspend": true,
                                      "shutdownAfterJobFinishes": true},
                                    "status": {"jobDeploymentStatus": "Suspended"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "jobId": "mine"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null, "jobId": "mine"},
                                     "status": {"jobDeploymentStatus": "Waiting"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null},
                                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "suspend": false,
                                     "shutdownAfterJobFinishes": true}}"#,
                    )
                    .stored(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                    "entrypoint": null, "jobId": "mine", "suspend": true,
                                    "shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-active-deadline-in-waiting",
                // The deadline does not mean what its name says.
                level: Level::Warn,
                why: "nothing ends the wait, but the time counts: a job that is submitted late \
                      fails immediately",
                advice: "Set preRunningDeadlineSeconds to at most activeDeadlineSeconds, so that \
                         it ends the wait",
                check: Check::Job(|job, context, report| {
                    let Some(deadline) =
                        job.active_deadline_seconds.filter(|seconds| seconds.0 > 0)
                    else {
                        return;
                    };
                    let ends_waiting = limits_waiting(job, context.release)
                        && job.pre_running_deadline_seconds <= Some(deadline);
                    if !is_interactive(job) || job.has_job_id() || ends_waiting {
                        return;
                    }
                    let detail = format!(
                        "activeDeadlineSeconds {deadline} is not checked while the job \
                                 waits for you"
                    );
                    let finding = report.add(job.path("activeDeadlineSeconds"), detail);
                    if context.release < V1_6 {
                        finding.advise(
                            "Include the time until you submit; before KubeRay 1.6, no deadline \
                             ends the wait",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`InteractiveMode` with `activeDeadlineSeconds`, but without a \
                       `preRunningDeadlineSeconds` that expires no later. The deadline passes \
                       while the job waits, and takes effect only after the user submits.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         checkActiveDeadlineAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "activeDeadlineSeconds": 3600,
                                     "preRunningDeadlineSeconds": 3601}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "activeDeadlineSeconds": 3600,
                                     "preRunningDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"activeDeadlineSeconds": 3600}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-interactive-unbounded",
                // Waiting for the user is what the mode is for.
                level: Level::Off,
                why: "the RayCluster stays idle until someone submits",
                advice: "Set preRunningDeadlineSeconds to the longest acceptable wait",
                check: Check::RayJob(|job, context, report| {
                    if !is_interactive(job)
                        || job.has_job_id()
                        || limits_waiting(job, context.release)
                    {
                        return;
                    }
                    let detail = "InteractiveMode without a limit on the wait";
                    let finding = report.add(job.path("submissionMode"), detail);
                    if context.release < V1_6 {
                        finding.advise(
                            "Delete the RayJob if no one submits; before KubeRay 1.6, no \
                             deadline ends the wait",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`InteractiveMode` without `preRunningDeadlineSeconds`, the only limit that \
                       applies while the job waits. Before 1.6, there is no limit.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         checkPreRunningDeadlineAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "preRunningDeadlineSeconds": 600}}"#,
                    ),
                    Example::job(r#"{"spec": {"submissionMode": "K8sJobMode"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-pre-running-preset-job-id",
                releases: Releases::since(V1_6),
                // The deadline has no effect.
                level: Level::Warn,
                why: "a job with a jobId does not wait, so the deadline has no effect, even if no \
                      one ever submits",
                advice: "Remove jobId and set it after you submit the job, or set \
                         activeDeadlineSeconds instead",
                fixes: &[REMOVE_JOB_ID],
                check: Check::RayJob(|job, context, report| {
                    if is_interactive(job)
                        && context.is_new()
                        && limits_waiting(job, context.release)
                        && job.has_job_id()
                    {
                        report.add(
                            job.path("preRunningDeadlineSeconds"),
                            "preRunningDeadlineSeconds is set on an InteractiveMode job that is \
                             created with a jobId",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "An `InteractiveMode` job is created with both `jobId` and \
                       `preRunningDeadlineSeconds`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null,
                        "jobId": "mine", "preRunningDeadlineSeconds": 600}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "preRunningDeadlineSeconds": 600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null, "jobId": "mine",
                                       "preRunningDeadlineSeconds": 600},
                                     "status": {"jobDeploymentStatus": "Waiting"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "preRunningDeadlineSeconds": 600},
                                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
