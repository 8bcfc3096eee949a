//! Changes to a job that the operator is processing.

use super::{Entry, Family};
use crate::equality::semantically_equal;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::rayjob::MULTIKUEUE;
use crate::release::Release::V1_5;
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// The finalizer that the operator adds to a RayJob and removes on deletion.
const FINALIZER: &str = "ray.io/rayjob-finalizer";

pub(super) const FAMILY: Family = Family {
    title: "Changing a job",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-mode-edit",
                // The author can change the mode back.
                level: Level::Warn,
                why: "KubeRay switches to the new mode immediately, but creates a submitter Job \
                      only when an attempt starts: after a change to K8sJobMode, a Running job \
                      waits for one forever",
                advice: "Keep the current submissionMode, or create a new RayJob",
                fixes: &[FixTemplate {
                    title: "keep the current submissionMode",
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::RayJob(|job, context, report| {
                    let Some(old) = context.old_job() else {
                        return;
                    };
                    // trap-unknown-mode reports an unknown mode.
                    let (Some(state), Some(after)) = (job.state(), job.mode_in(context.release))
                    else {
                        return;
                    };
                    let before = old.mode_in(context.release);
                    // status-waiting-mode reports a change while Waiting.
                    let is_busy = matches!(
                        state,
                        JobDeploymentStatus::Initializing
                            | JobDeploymentStatus::Running
                            | JobDeploymentStatus::Suspending
                            | JobDeploymentStatus::Retrying
                    );
                    if !is_busy || before == Some(after) {
                        return;
                    }
                    let (from, to) = (Quoted(old.mode_name()), Quoted(after.as_str()));
                    let state = state.as_str();
                    let detail = format!(
                        "submissionMode changes from {from} to {to} on a job that is \
                                 {state}"
                    );
                    let finding = report.add(job.path("submissionMode"), detail);
                    finding.propose(before.map(SubmissionMode::as_str));
                    if before.is_none() {
                        finding.advise("Create a new RayJob");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` changes on a job that is not new, suspended or finished.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         checkSubmitterAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "K8sJobMode"},
                                     "status": {"jobDeploymentStatus": "Running"}}"#,
                )
                .stored(
                    r#"{"spec": {"submissionMode": "HTTPMode"},
                                    "status": {"jobDeploymentStatus": "Running"}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode"},
                                     "status": {"jobDeploymentStatus": "Running"}}"#,
                    )
                    .stored(r#"{"status": {"jobDeploymentStatus": "Running"}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode"},
                                     "status": {"jobDeploymentStatus": "Suspended"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"submissionMode": "HTTPMode"},
                                    "status": {"jobDeploymentStatus": "Suspended"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cluster-spec-edit",
                // The edit takes effect, but later than expected.
                level: Level::Warn,
                why: "this attempt continues unchanged, and only a retry or a suspend and resume \
                      applies the new value",
                advice: "Suspend and resume the job, or create a new RayJob",
                check: Check::RayJob(|job, context, report| {
                    let (Some(status), Some(state)) = (job.status(), job.state()) else {
                        return;
                    };
                    let has_begun = matches!(
                        state,
                        JobDeploymentStatus::Initializing
                            | JobDeploymentStatus::Waiting
                            | JobDeploymentStatus::Running
                    );
                    let Some(old) = context.old_job() else {
                        return;
                    };
                    if !has_begun || status.ray_cluster_name.is_empty() || job.suspend {
                        return;
                    }
                    let is_other_cluster = match (&job.ray_cluster_spec, &old.ray_cluster_spec) {
                        (Some(new), Some(old)) => !semantically_equal(new.source(), old.source()),
                        (new, old) => new.is_some() != old.is_some(),
                    };
                    let is_interactive = job.has_mode(SubmissionMode::Interactive);
                    let is_running = state == JobDeploymentStatus::Running;
                    let is_submitted = is_running && !is_interactive;
                    let has_job_id = job.has_job_id() && (is_running || !is_interactive);
                    let state = state.as_str();
                    for (field, changes) in [
                        ("rayClusterSpec", is_other_cluster && !job.selects_cluster()),
                        (
                            "entrypoint",
                            is_submitted && job.entrypoint != old.entrypoint,
                        ),
                        (
                            "runtimeEnvYAML",
                            is_submitted && job.runtime_env_yaml != old.runtime_env_yaml,
                        ),
                        ("jobId", has_job_id && job.job_id != old.job_id),
                    ] {
                        if changes {
                            report.add(
                                job.path(field),
                                format!("{field} changes on a job that is {state}"),
                            );
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`rayClusterSpec` changes on a job that has its RayCluster and is neither \
                       suspended nor finished, or `entrypoint`, `runtimeEnvYAML` or `jobId` \
                       changes after it was used. Only a change of meaning counts: `1000m` of CPU \
                       equals `1`, and an absent field equals its zero value.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:getOrCreateRayClusterInstance",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"rayVersion": "2.52.1"}},
                                     "status": {"jobDeploymentStatus": "Running",
                                       "rayClusterName": "train-abcde"}}"#,
                    )
                    .stored(
                        r#"{"status": {"jobDeploymentStatus": "Running",
                                    "rayClusterName": "train-abcde"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --resume"},
                                     "status": {"jobDeploymentStatus": "Running",
                                       "rayClusterName": "train-abcde"}}"#,
                    )
                    .stored(
                        r#"{"status": {"jobDeploymentStatus": "Running",
                                    "rayClusterName": "train-abcde"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {
                                       "resources": {"CPU": "1"}}}},
                                     "status": {"jobDeploymentStatus": "Running",
                                       "rayClusterName": "train-abcde"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"suspend": false,
                                      "rayClusterSpec": {"enableInTreeAutoscaling": false,
                                        "headGroupSpec": {"resources": {"CPU": "1000m"},
                                          "labels": {}}}},
                                    "status": {"jobDeploymentStatus": "Running",
                                      "rayClusterName": "train-abcde"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"rayVersion": "2.52.1"}},
                                     "status": {"jobDeploymentStatus": "Suspended"}}"#,
                    )
                    .stored(r#"{"status": {"jobDeploymentStatus": "Suspended"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-suspend-in-waiting",
                // Kueue suspends jobs in any state, and must not be denied.
                level: Level::Warn,
                why: "KubeRay does not suspend a job that waits for its user, so the RayCluster \
                      keeps its pods",
                advice: "Set jobId too to end the wait, or delete the RayJob",
                check: Check::RayJob(|job, _, report| {
                    // suspend-needs-shutdown and selector-suspend report other jobs.
                    let may_suspend = job.shuts_down() && !job.selects_cluster();
                    if job.suspend
                        && may_suspend
                        && job.state() == Some(JobDeploymentStatus::Waiting)
                        && !job.has_job_id()
                    {
                        report.add(
                            job.path("suspend"),
                            "suspend is true on a job that is Waiting",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`suspend` is true on an interactive job that is `Waiting`: it has no \
                       effect until `jobId` is set.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         updateStatusToSuspendingIfNeeded",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null, "shutdownAfterJobFinishes": true,
                                       "suspend": true},
                                     "status": {"jobDeploymentStatus": "Waiting"}}"#,
                )
                .stored(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "shutdownAfterJobFinishes": true},
                                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null, "shutdownAfterJobFinishes": true,
                                       "suspend": true},
                                     "status": {"jobDeploymentStatus": "Initializing"}}"#,
                )
                .stored(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "shutdownAfterJobFinishes": true},
                                    "status": {"jobDeploymentStatus": "Initializing"}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-multikueue-added-later",
                // The RayJob could never be deleted.
                level: Level::Deny,
                why: "from then on, this cluster's operator ignores the RayJob and never removes \
                      its finalizer, so the RayJob cannot be deleted",
                advice: "Delete the RayJob, and create it again with managedBy",
                fixes: &[FixTemplate {
                    title: "remove managedBy",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::RayJob(|job, context, report| {
                    let was_managed = context.old_job().is_none_or(|old| {
                        old.managed_by.as_deref().is_some_and(|by| !by.is_empty())
                    });
                    let mut finalizers = context.object.metadata().finalizers.iter();
                    if !was_managed
                        && job.managed_by.as_deref() == Some(MULTIKUEUE)
                        && finalizers.any(|finalizer| &**finalizer == FINALIZER)
                    {
                        report.add(
                            job.path("managedBy"),
                            format!(
                                "managedBy changes to {MULTIKUEUE} on a job that has the \
                                     finalizer {FINALIZER}"
                            ),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`managedBy: kueue.x-k8s.io/multikueue` is added to a job that has the \
                       operator's finalizer.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]},
                                     "spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#,
                )
                .stored(r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}}"#)],
                good: &[
                    Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#)
                        .stored("{}"),
                    Example::job(
                        r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]},
                                     "spec": {"managedBy": "ray.io/kuberay-operator"}}"#,
                    )
                    .stored(r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-validation-failed-sticky",
                releases: Releases::since(V1_5),
                // Nothing is wrong with the spec, which a new RayJob can have.
                level: Level::Warn,
                why: "a RayJob never leaves this state, even with a corrected spec",
                advice: "Delete and recreate the RayJob, and check for a RayCluster that it left \
                         behind",
                check: Check::RayJob(|job, context, report| {
                    let is_refused = || {
                        let checked =
                            super::check(context, &|rule| rule.refuses_job(context.release));
                        !checked.findings.is_empty()
                    };
                    if job.state() == Some(JobDeploymentStatus::ValidationFailed) && !is_refused() {
                        report.add(
                            Path::default().at("status.jobDeploymentStatus"),
                            "jobDeploymentStatus is ValidationFailed",
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`status.jobDeploymentStatus` is `ValidationFailed`, although no rule finds \
                       a problem anymore.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null},
                                     "status": {"jobDeploymentStatus": "ValidationFailed"}}"#,
                )
                .stored(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null, "backoffLimit": 1},
                                    "status": {"jobDeploymentStatus": "ValidationFailed"}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                       "entrypoint": null},
                                     "status": {"jobDeploymentStatus": "Failed"}}"#,
                )
                .stored(
                    r#"{"spec": {"submissionMode": "InteractiveMode",
                                      "entrypoint": null},
                                    "status": {"jobDeploymentStatus": "Failed"}}"#,
                )],
            },
            cel: &[],
        },
    ],
};
