//! SidecarMode.

use super::family;
use crate::cel::Cel;
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::json::Quoted;
use crate::release::Gate;
use crate::release::Release::{V1_5, V1_7};
use crate::rule::{Level, Order, Releases, Rule};

const SIDECAR: &str = "SidecarMode";

const USE_K8S_JOB: Fix = Fix {
    title: "use K8sJobMode, which makes a submitter pod",
    safe: false,
    edits: &[Edit::Set(At::Job("submissionMode"), "\"K8sJobMode\"")],
};

family!(
    "Sidecar mode",
    [
        (
            Rule {
                id: "sidecar-submitter-pod-template",
                order: Order::job(16),
                releases: Releases::since(V1_5),
                why: "SidecarMode submits from a container in the head pod and makes no submitter pod",
                advice: "Remove submitterPodTemplate, or use K8sJobMode",
                fixes: &[
                    Fix {
                        title: "remove submitterPodTemplate",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)]
                    },
                    USE_K8S_JOB,
                ],
                check: |subject, report| {
                    let job = subject.job();
                    if job.mode() == SIDECAR && job.submitter_pod_template.is_some() {
                        report.add(
                            subject.job_path("submitterPodTemplate"),
                            "submitterPodTemplate is set in SidecarMode",
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`submissionMode` is `SidecarMode` and `submitterPodTemplate` is set.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "submitterPodTemplate": {}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode"}}"#
                )],
            },
            &[Cel {
                when: "mode == 'SidecarMode' && has(job.submitterPodTemplate)",
                path: "{job}.submitterPodTemplate",
                detail: "submitterPodTemplate is set in SidecarMode",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "sidecar-submitter-config",
                order: Order::job(17),
                releases: Releases::since(V1_5),
                why: "SidecarMode submits from a container in the head pod and makes no submitter Job to configure",
                advice: "Remove submitterConfig, or use K8sJobMode",
                fixes: &[
                    Fix {
                        title: "remove submitterConfig",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)]
                    },
                    USE_K8S_JOB,
                ],
                check: |subject, report| {
                    let job = subject.job();
                    if job.mode() == SIDECAR && job.submitter_config.is_some() {
                        report.add(
                            subject.job_path("submitterConfig"),
                            "submitterConfig is set in SidecarMode",
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`submissionMode` is `SidecarMode` and `submitterConfig` is set, even to `{}`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "submitterConfig": {}}}"#
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "submitterConfig": {"backoffLimit": 1}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "K8sJobMode", "submitterConfig": {}}}"#
                )],
            },
            &[Cel {
                when: "mode == 'SidecarMode' && has(job.submitterConfig)",
                path: "{job}.submitterConfig",
                detail: "submitterConfig is set in SidecarMode",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "sidecar-head-restart-policy",
                order: Order::job(18),
                releases: Releases::since(V1_5),
                why: "a submitter that restarts in the head pod would submit the job again",
                advice: "Set restartPolicy to Never, or remove it",
                fixes: &[Fix {
                    title: "set restartPolicy to Never",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"Never\"")],
                }],
                check: |subject, report| {
                    let Some(head) = subject.head() else {
                        return;
                    };
                    let policy = &*head.spec.template.spec.restart_policy;
                    if subject.job().mode() == SIDECAR && !matches!(policy, "" | "Never") {
                        report.add(
                            head.path("template.spec.restartPolicy"),
                            format!(
                                "restartPolicy of the head pod is {} in SidecarMode",
                                Quoted(policy)
                            ),
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`submissionMode` is `SidecarMode` and the head pod's `restartPolicy` is neither absent nor `Never`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "rayClusterSpec": {"headGroupSpec":
                             {"template": {"spec": {"restartPolicy": "Always"}}}}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "rayClusterSpec": {"headGroupSpec":
                                 {"template": {"spec": {"restartPolicy": "Never"}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode", "rayClusterSpec": {"headGroupSpec":
                                 {"template": {"spec": {"restartPolicy": "Always"}}}}}}"#,
                    ),
                ],
            },
            &[Cel {
                when: "mode == 'SidecarMode' && !(headPod.?restartPolicy.orValue('') in ['', 'Never'])",
                path: "{job}.rayClusterSpec.headGroupSpec.template.spec.restartPolicy",
                detail: "restartPolicy of the head pod is {quoted(headPod.?restartPolicy.orValue(''))} in SidecarMode",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "trap-sidecar-restarts-fixed",
                releases: Releases::since(V1_7),
                gate: Some((Gate::SidecarSubmitterRestart, true)),
                // 2 restarts are fine for most.
                level: Level::Off,
                why: "the submitter restarts up to 2 times, and KubeRay refuses submitterConfig, which its API names as \
                      the place to change that",
                advice: "Set backoffLimit if the whole job is to be tried again",
                check: |subject, report| {
                    let job = subject.job();
                    let restarts = job.mode() == SIDECAR && subject.own_cluster().is_some();
                    if restarts && job.submitter_config.is_none() {
                        report.add(
                            subject.job_path("submissionMode"),
                            "submissionMode is SidecarMode",
                        );
                    }
                },
                ..Rule::TRAP
            },
            Guide {
                what: "`submissionMode` is `SidecarMode` and the operator restarts submitters.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:\
                         checkSubmitterAndUpdateStatusIfNeeded",
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode"}}"#
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "K8sJobMode"}}"#
                )],
            },
        ),
    ]
);
