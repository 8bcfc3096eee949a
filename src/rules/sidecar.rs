//! SidecarMode.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::release::Gate;
use crate::release::Release::{V1_5, V1_6, V1_7};
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const USE_K8S_JOB: FixTemplate = FixTemplate {
    title: "use K8sJobMode, which creates a submitter pod",
    safe: false,
    edits: &[Edit::Set(At::Job("submissionMode"), "\"K8sJobMode\"")],
};

pub(super) const FAMILY: Family = Family {
    title: "Sidecar mode",
    entries: &[
        Entry {
            rule: Rule {
                id: "sidecar-submitter-pod-template",
                position: Position::job(160),
                releases: Releases::since(V1_5),
                why: "SidecarMode submits from a container in the head pod and creates no \
                      submitter pod",
                advice: "Remove submitterPodTemplate, or use K8sJobMode",
                fixes: &[
                    FixTemplate {
                        title: "remove submitterPodTemplate",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    USE_K8S_JOB,
                ],
                check: Check::Job(|job, _, report| {
                    if job.has_mode(SubmissionMode::Sidecar) && job.submitter_pod_template.is_some()
                    {
                        report.add(
                            job.path("submitterPodTemplate"),
                            "submitterPodTemplate is set in SidecarMode",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode` and `submitterPodTemplate` is set.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["Currently, SidecarMode doesn't support SubmitterPodTemplate"],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600,
                                     "submitterPodTemplate": {}}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600}}"#,
                )],
            },
            cel: &[Cel {
                when: "mode == 'SidecarMode' && has(job.submitterPodTemplate)",
                path: "{job}.submitterPodTemplate",
                detail: "submitterPodTemplate is set in SidecarMode",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "sidecar-submitter-config",
                position: Position::job(170),
                releases: Releases::since(V1_5),
                why: "SidecarMode submits from a container in the head pod and creates no \
                      submitter Job to configure",
                advice: "Remove submitterConfig, or use K8sJobMode",
                fixes: &[
                    FixTemplate {
                        title: "remove submitterConfig",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    USE_K8S_JOB,
                ],
                check: Check::Job(|job, _, report| {
                    if job.has_mode(SubmissionMode::Sidecar) && job.submitter_config.is_some() {
                        report.add(
                            job.path("submitterConfig"),
                            "submitterConfig is set in SidecarMode",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode` and `submitterConfig` is set, even to \
                       `{}`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["Currently, SidecarMode doesn't support SubmitterConfig"],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600,
                                     "submitterConfig": {}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600,
                                     "submitterConfig": {"backoffLimit": 1}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "K8sJobMode", "submitterConfig": {}}}"#,
                )],
            },
            cel: &[Cel {
                when: "mode == 'SidecarMode' && has(job.submitterConfig)",
                path: "{job}.submitterConfig",
                detail: "submitterConfig is set in SidecarMode",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "sidecar-head-restart-policy",
                position: Position::job(180),
                releases: Releases::since(V1_5),
                why: "a submitter that restarts in the head pod would submit the job again",
                advice: "Set restartPolicy to Never, or remove it",
                fixes: &[FixTemplate {
                    title: "set restartPolicy to Never",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "\"Never\"")],
                }],
                check: Check::Job(|job, _, report| {
                    let Some(head) = job.cluster().map(Cluster::head) else {
                        return;
                    };
                    let policy = &*head.spec.template.spec.restart_policy;
                    if job.has_mode(SubmissionMode::Sidecar) && !matches!(policy, "" | "Never") {
                        report.add(
                            head.path("template.spec.restartPolicy"),
                            format!(
                                "restartPolicy of the head pod is {} in SidecarMode",
                                Quoted(policy)
                            ),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode` and the head pod's `restartPolicy` is \
                       neither unset nor `Never`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &[
                    "restartPolicy for head Pod should be Never or unset when using \
                             SidecarMode",
                ],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600,
                        "rayClusterSpec": {"headGroupSpec": {"template": {
                          "spec": {"restartPolicy": "Always"}}}}}}"#,
                )],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600,
                                     "rayClusterSpec": {"headGroupSpec": {
                                       "template": {"spec": {"restartPolicy": "Never"}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "K8sJobMode",
                                     "rayClusterSpec": {"headGroupSpec": {
                                       "template": {"spec": {"restartPolicy": "Always"}}}}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "mode == 'SidecarMode' && !(headPod.?restartPolicy.orValue('') in ['', \
                       'Never'])",
                path: "{cluster}.headGroupSpec.template.spec.restartPolicy",
                detail: "restartPolicy of the head pod is \
                         {quoted(headPod.?restartPolicy.orValue(''))} in SidecarMode",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-sidecar-restarts-fixed",
                releases: Releases::since(V1_7),
                gate: Some((Gate::SidecarSubmitterRestart, true)),
                // Two restarts suit most jobs.
                level: Level::Off,
                why: "the submitter restarts up to 2 times, and KubeRay refuses submitterConfig, \
                      where its API says to change that limit",
                advice: "Set backoffLimit to retry the whole job",
                check: Check::Job(|job, _, report| {
                    let restarts =
                        job.has_mode(SubmissionMode::Sidecar) && job.created_cluster().is_some();
                    if restarts && job.submitter_config.is_none() {
                        report.add(job.path("submissionMode"), "submissionMode is SidecarMode");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode` and the operator restarts submitters.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:checkSubmitterAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[Example::job(
                    r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"submissionMode": "K8sJobMode"}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-sidecar-ends-before-ready",
                releases: Releases::since(V1_5),
                // A typo in the entrypoint is enough: the job fails while nodes for the workers
                // are still starting, and the RayCluster then idles until someone looks.
                level: Level::Warn,
                why: "a job that ends before all workers are ready stays in Initializing forever",
                advice: "Set activeDeadlineSeconds or preRunningDeadlineSeconds",
                fixes: &[USE_K8S_JOB],
                check: Check::Job(|job, context, report| {
                    let has_pre_running = context.release >= V1_6;
                    let pre_running = job.pre_running_deadline_seconds;
                    let is_limited = job.active_deadline_seconds.is_some()
                        || has_pre_running && pre_running.is_some();
                    if is_limited || !job.has_mode(SubmissionMode::Sidecar) {
                        return;
                    }
                    let workers = job.created_cluster().map(Cluster::workers);
                    let mut workers = workers.into_iter().flatten();
                    if !workers.any(|group| group.first_pods() > 0) {
                        return;
                    }
                    let finding = report.add(
                        job.path("submissionMode"),
                        "submissionMode is SidecarMode and no deadline is set",
                    );
                    if !has_pre_running {
                        finding.advise("Set activeDeadlineSeconds");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is `SidecarMode`, a worker group starts with workers, and \
                       neither `activeDeadlineSeconds` nor, from 1.6 on, \
                       `preRunningDeadlineSeconds` is set. KubeRay looks at the job only once all \
                       pods are Ready, and the head pod is not Ready after its submitter \
                       container has ended, even well (KubeRay issue 4199). A typo in the \
                       entrypoint is enough if the workers wait for nodes, which then idle. \
                       The level is not deny, because a job that outlasts the start of its \
                       workers ends as it should.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/util.go:CheckAllPodsRunning",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"submissionMode": "SidecarMode"}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode",
                                     "preRunningDeadlineSeconds": 600}}"#,
                    )
                    .on(V1_5),
                    // KubeRay leaves the 0 out of the RayCluster, where 1 is the default.
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode",
                             "rayClusterSpec": {"workerGroupSpecs": [{
                               "groupName": "workers", "replicas": 1, "minReplicas": 1,
                               "maxReplicas": 1, "numOfHosts": 0,
                               "template": {"spec": {"containers": [
                                 {"name": "ray-worker", "image": "rayproject/ray:2.52.0"}]}}
                             }]}}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode",
                                     "preRunningDeadlineSeconds": 600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "SidecarMode",
                                     "rayClusterSpec": {"workerGroupSpecs": []}}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "mode == 'SidecarMode' && !selects && !has(job.activeDeadlineSeconds) && \
                       !(release >= V1_6 && has(dyn(job).preRunningDeadlineSeconds)) && \
                       workers.exists(w, !w.?suspend.orValue(false) && \
                       [[w.?replicas.orValue(-2147483648), w.?minReplicas.orValue(0)].max(), \
                       w.?maxReplicas.orValue(2147483647)].min() * \
                       (w.?numOfHosts.orValue(0) == 0 ? 1 : w.numOfHosts) > 0)",
                path: "{job}.submissionMode",
                detail: "submissionMode is SidecarMode and no deadline is set",
                advice: Some(
                    "Set activeDeadlineSeconds\
                     {release >= V1_6 ? ' or preRunningDeadlineSeconds' : ''}",
                ),
                ..Cel::NEVER
            }],
        },
    ],
};
