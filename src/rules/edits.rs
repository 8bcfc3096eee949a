//! Changes of a job that the operator works on.

use super::family;
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::json::{Path, Quoted};
use crate::meaning::same;
use crate::rayjob::MULTIKUEUE;
use crate::release::Release::V1_5;
use crate::rule::{Level, Releases, Rule};
use crate::subject::{Kind, Object};

/// What the operator puts on a RayJob and takes off when it is deleted.
const FINALIZER: &str = "ray.io/rayjob-finalizer";

const EDIT: Rule = Rule {
    kind: Some(Kind::RayJob),
    ..Rule::TRAP
};

family!("Changing a job", [
    (
        Rule {
            id: "trap-mode-edit",
            // What the edit breaks, another edit mends.
            level: Level::Warn,
            why: "KubeRay follows the new mode at once, but has not made what submits in it: a job that is Running then looks \
                  for the submitter of K8sJobMode forever",
            advice: "Keep the mode, or create another RayJob",
            fixes: &[Fix {
                title: "keep the mode",
                safe: false,
                edits: &[Edit::SetProposed],
            }],
            check: |subject, report| {
                let Some(old) = subject.old else { return };
                let (state, before, after) = (subject.state(), old.job().mode(), subject.job().mode());
                // Out of Waiting a rule speaks, of an unknown mode another trap.
                let modes = subject.release.submission_modes();
                let is_busy = matches!(state, "Initializing" | "Running" | "Suspending" | "Retrying");
                if !is_busy || before == after || !modes.contains(&after) {
                    return;
                }
                let (from, to) = (Quoted(before), Quoted(after));
                let detail = format!("submissionMode goes from {from} to {to} on a job that is {state}");
                let finding = report.finding(subject.job_path("submissionMode"), detail);
                let kept = modes.iter().copied().find(|mode| *mode == before);
                let finding = finding.propose(kept);
                report.push(if kept.is_some() { finding } else { finding.advise("Create another RayJob") });
            },
            ..EDIT
        },
        Guide {
            what: "`submissionMode` changes on a job that is neither new nor suspended nor at its end.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                     checkSubmitterAndUpdateStatusIfNeeded",
            bad: &[Example::job(
                r#"{"spec": {"submissionMode": "K8sJobMode"}, "status": {"jobDeploymentStatus": "Running"}}"#,
            )
            .stored(r#"{"spec": {"submissionMode": "HTTPMode"}, "status": {"jobDeploymentStatus": "Running"}}"#)],
            good: &[
                Example::job(r#"{"spec": {"submissionMode": "K8sJobMode"}, "status": {"jobDeploymentStatus": "Running"}}"#)
                    .stored(r#"{"status": {"jobDeploymentStatus": "Running"}}"#),
                Example::job(r#"{"spec": {"submissionMode": "K8sJobMode"}, "status": {"jobDeploymentStatus": "Suspended"}}"#)
                    .stored(r#"{"spec": {"submissionMode": "HTTPMode"}, "status": {"jobDeploymentStatus": "Suspended"}}"#),
            ],
        },
    ),
    (
        Rule {
            id: "trap-cluster-spec-edit",
            // The edit takes effect, though later than one would think.
            level: Level::Warn,
            why: "this attempt goes on as it began; only a retry, or suspending and resuming, takes the new value",
            advice: "Suspend the job and resume it, or create another RayJob",
            check: |subject, report| {
                let Some(status) = subject.object.status() else { return };
                let (job, state) = (subject.job(), status.state());
                let has_begun = matches!(state, "Initializing" | "Waiting" | "Running");
                let Some(old) = subject.old.map(Object::job) else { return };
                if !has_begun || status.ray_cluster_name.is_empty() || job.suspend {
                    return;
                }
                let is_other_cluster = match (&job.ray_cluster_spec, &old.ray_cluster_spec) {
                    (Some(new), Some(old)) => !same(new.source(), old.source()),
                    (new, old) => new.is_some() != old.is_some(),
                };
                let is_interactive = job.mode() == "InteractiveMode";
                let is_submitted = state == "Running" && !is_interactive;
                let has_job_id = job.has_job_id() && (state == "Running" || !is_interactive);
                for (field, changes) in [
                    ("rayClusterSpec", is_other_cluster && !job.selects_cluster()),
                    ("entrypoint", is_submitted && job.entrypoint != old.entrypoint),
                    ("runtimeEnvYAML", is_submitted && job.runtime_env_yaml != old.runtime_env_yaml),
                    ("jobId", has_job_id && job.job_id != old.job_id),
                ] {
                    if changes {
                        report.add(subject.job_path(field), format!("{field} changes on a job that is {state}"));
                    }
                }
            },
            ..EDIT
        },
        Guide {
            what: "`rayClusterSpec` changes on a job that has its RayCluster and is neither suspended nor at its end; or \
                   `entrypoint`, `runtimeEnvYAML` or `jobId` after they were used. Only a change of the meaning counts: \
                   `1000m` of a CPU is `1`, and an absent field is its zero value.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:getOrCreateRayClusterInstance",
            bad: &[
                Example::job(
                    r#"{"spec": {"rayClusterSpec": {"rayVersion": "2.53.0"}},
                        "status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#,
                )
                .stored(r#"{"status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#),
                Example::job(
                    r#"{"spec": {"entrypoint": "python train.py --resume"},
                        "status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#,
                )
                .stored(r#"{"status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#),
            ],
            good: &[
                Example::job(
                    r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"resources": {"CPU": "1"}}}},
                        "status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#,
                )
                .stored(
                    r#"{"spec": {"suspend": false, "rayClusterSpec": {
                          "enableInTreeAutoscaling": false, "headGroupSpec": {"resources": {"CPU": "1000m"}, "labels": {}}}},
                        "status": {"jobDeploymentStatus": "Running", "rayClusterName": "train-abcde"}}"#,
                ),
                Example::job(
                    r#"{"spec": {"rayClusterSpec": {"rayVersion": "2.53.0"}}, "status": {"jobDeploymentStatus": "Suspended"}}"#,
                )
                .stored(r#"{"status": {"jobDeploymentStatus": "Suspended"}}"#),
            ],
        },
    ),
    (
        Rule {
            id: "trap-suspend-in-waiting",
            // Kueue suspends like this, and must not be refused.
            level: Level::Warn,
            why: "a job that waits for its user is not suspended, so its RayCluster keeps its pods",
            advice: "Set jobId too, which ends the waiting, or delete the RayJob",
            check: |subject, report| {
                let job = subject.job();
                // Rules speak if the job may not be suspended at all.
                let may_suspend = job.shuts_down() && !job.selects_cluster();
                if job.suspend && may_suspend && subject.state() == "Waiting" && !job.has_job_id() {
                    report.add(subject.job_path("suspend"), "suspend is true on a job that is Waiting");
                }
            },
            ..EDIT
        },
        Guide {
            what: "`suspend` is true on an interactive job that is `Waiting`: it has no effect until `jobId` is set.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile, updateStatusToSuspendingIfNeeded",
            bad: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null, "shutdownAfterJobFinishes": true, "suspend": true},
                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null, "shutdownAfterJobFinishes": true},
                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )],
            good: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null, "shutdownAfterJobFinishes": true, "suspend": true},
                    "status": {"jobDeploymentStatus": "Initializing"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null, "shutdownAfterJobFinishes": true},
                    "status": {"jobDeploymentStatus": "Initializing"}}"#,
            )],
        },
    ),
    (
        Rule {
            id: "trap-multikueue-added-later",
            // The RayJob could never be deleted again.
            level: Level::Deny,
            why: "from then on this cluster's operator leaves the RayJob alone, so it never takes off its finalizer, and the \
                  RayJob cannot be deleted",
            advice: "Delete the RayJob, and create it with managedBy",
            fixes: &[Fix {
                title: "remove managedBy",
                safe: false,
                edits: &[Edit::Remove(At::Finding)],
            }],
            check: |subject, report| {
                let was_managed = subject.old.is_none_or(|old| !old.job().managed_by.is_empty());
                let mut finalizers = subject.object.metadata().finalizers.iter();
                if !was_managed
                    && &*subject.job().managed_by == MULTIKUEUE
                    && finalizers.any(|finalizer| &**finalizer == FINALIZER)
                {
                    report.add(
                        subject.job_path("managedBy"),
                        format!("managedBy becomes {MULTIKUEUE} on a job that has the finalizer {FINALIZER}"),
                    );
                }
            },
            ..EDIT
        },
        Guide {
            what: "`managedBy: kueue.x-k8s.io/multikueue` is added to a job that has the operator's finalizer.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
            bad: &[Example::job(
                r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}, "spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#,
            )
            .stored(r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}}"#)],
            good: &[
                Example::job(r#"{"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}"#).stored("{}"),
                Example::job(
                    r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}, "spec": {"managedBy": "ray.io/kuberay-operator"}}"#,
                )
                .stored(r#"{"metadata": {"finalizers": ["ray.io/rayjob-finalizer"]}}"#),
            ],
        },
    ),
    (
        Rule {
            id: "trap-validation-failed-sticky",
            releases: Releases::since(V1_5),
            // The spec is right, and it may be kept for the new RayJob.
            level: Level::Warn,
            why: "KubeRay does not leave this state, whatever is mended",
            advice: "Delete the RayJob and create it again; look for a RayCluster that it left behind",
            check: |subject, report| {
                let is_refused = || !super::judge(subject, &|rule| rule.refuses_job(subject.release)).is_empty();
                if subject.state() == "ValidationFailed" && !is_refused() {
                    report.add(
                        Path::default().at("status.jobDeploymentStatus"),
                        "jobDeploymentStatus is ValidationFailed",
                    );
                }
            },
            ..EDIT
        },
        Guide {
            what: "`status.jobDeploymentStatus` is `ValidationFailed`, and no rule finds anything wrong any more.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
            bad: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}, "status": {"jobDeploymentStatus": "ValidationFailed"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null, "backoffLimit": 1},
                    "status": {"jobDeploymentStatus": "ValidationFailed"}}"#,
            )],
            good: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}, "status": {"jobDeploymentStatus": "Failed"}}"#,
            )
            .stored(r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}, "status": {"jobDeploymentStatus": "Failed"}}"#)],
        },
    ),
]);
