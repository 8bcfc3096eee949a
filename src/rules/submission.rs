//! How the job is submitted, if at all.

use super::{Entry, Family, unused};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::release::Release::{V1_4, V1_5};
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::nearest::nearest;
use crate::text::join;

pub(super) const FAMILY: Family = Family {
    title: "Submission",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-unknown-mode",
                // Nothing runs, and the RayCluster idles.
                level: Level::Deny,
                why: "the operator creates a RayCluster, submits nothing, and reports Running \
                      until the job is deleted",
                fixes: &[FixTemplate {
                    title: "use the most likely mode",
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Job(|job, context, report| {
                    if job.mode_in(context.release).is_some() {
                        return;
                    }
                    let mode = job.mode_name();
                    let modes = context.release.submission_modes();
                    let mut names = modes.iter().map(|mode| mode.as_str());
                    let (advice, proposal) = match mode {
                        "DefaultMode" => (
                            "Write K8sJobMode, the name of the default mode, or remove \
                             submissionMode"
                                .into(),
                            Some("K8sJobMode"),
                        ),
                        "UserMode" => (
                            "Write InteractiveMode, the name of UserMode since KubeRay 1.3".into(),
                            Some("InteractiveMode"),
                        ),
                        "SidecarMode" => (
                            "Use K8sJobMode, because SidecarMode requires KubeRay 1.5".into(),
                            Some("K8sJobMode"),
                        ),
                        _ => match nearest(mode, names.clone()) {
                            Some(near) => (format!("Write {near}"), Some(near)),
                            None => (format!("Write one of {}", join(&mut names, ", ")), None),
                        },
                    };
                    let release = context.release;
                    let detail = format!(
                        "{} is not a submission mode of KubeRay {release}",
                        Quoted(mode)
                    );
                    report
                        .add(job.path("submissionMode"), detail)
                        .advise(advice)
                        .propose(proposal);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is not a mode of this release: `K8sJobMode`, `HTTPMode`, \
                       `InteractiveMode` and, since 1.5, `SidecarMode`.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"submissionMode": "interactiveMode"}}"#),
                    Example::job(r#"{"spec": {"submissionMode": "DefaultMode"}}"#),
                    Example::job(r#"{"spec": {"submissionMode": "SidecarMode"}}"#).on(V1_4),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null}}"#,
                    ),
                    Example::job(
 r#"{"spec": {"submissionMode": "SidecarMode", "activeDeadlineSeconds": 3600}}"#).on(V1_5),
                    Example::job(r#"{"spec": {"submissionMode": null}}"#),
                    // The operator's first write makes it the default.
                    Example::job(r#"{"spec": {"submissionMode": ""}}"#),
                ],
            },
            cel: &[Cel {
                when: "!(mode in ['K8sJobMode', 'HTTPMode', 'InteractiveMode'] + (release >= V1_5 \
                       ? ['SidecarMode'] : []))",
                path: "{job}.submissionMode",
                detail: "{quoted(mode)} is not a submission mode of KubeRay {releaseName}",
                advice: Some(
                    "{mode == 'DefaultMode' ? 'Write K8sJobMode, the name \
                              of the default mode, or remove submissionMode' : mode == 'UserMode' \
                              ? 'Write InteractiveMode, the name of UserMode since KubeRay 1.3' : \
                              mode == 'SidecarMode' ? 'Use K8sJobMode, because SidecarMode \
                              requires KubeRay 1.5' : 'Write one of ' + (['K8sJobMode', \
                              'HTTPMode', 'InteractiveMode'] + (release >= V1_5 ? ['SidecarMode'] \
                              : [])).join(', ')}",
                ),
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-submitter-ignored",
                // The job runs without it.
                level: Level::Warn,
                why: "only K8sJobMode creates a submitter pod, so nothing reads this field",
                advice: "Remove it, or use K8sJobMode",
                fixes: &[
                    FixTemplate {
                        title: "remove it",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                    FixTemplate {
                        title: "use K8sJobMode, which creates a submitter pod",
                        safe: false,
                        edits: &[Edit::Set(At::Job("submissionMode"), "\"K8sJobMode\"")],
                    },
                ],
                check: Check::Job(|job, context, report| {
                    let mode = job.mode_name();
                    let refused = job.has_mode(SubmissionMode::Sidecar) && context.release >= V1_5;
                    if job.has_mode(SubmissionMode::K8sJob) || refused {
                        return;
                    }
                    for (field, is_set) in [
                        ("submitterPodTemplate", job.submitter_pod_template.is_some()),
                        ("submitterConfig", job.submitter_config.is_some()),
                    ] {
                        if is_set {
                            unused::tell(
                                job,
                                report,
                                field,
                                &format!("with submissionMode {}", Quoted(mode)),
                            );
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submitterPodTemplate` or `submitterConfig` is set in a mode that creates \
                       no submitter pod. SidecarMode refuses both fields.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:createK8sJobIfNeed",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                                     "submitterPodTemplate": {}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null,
                                     "submitterConfig": {"backoffLimit": 1}}}"#,
                    ),
                ],
                good: &[Example::job(
                    r#"{"spec": {"submitterConfig": {"backoffLimit": 1}}}"#,
                )],
            },
            cel: &[
                Cel {
                    when: "has(job.submitterPodTemplate) && mode != 'K8sJobMode' && (mode != \
                           'SidecarMode' || release < V1_5)",
                    path: "{job}.submitterPodTemplate",
                    detail: "submitterPodTemplate has no effect with submissionMode {quoted(mode)}",
                    ..Cel::NEVER
                },
                Cel {
                    when: "has(job.submitterConfig) && mode != 'K8sJobMode' && (mode != \
                           'SidecarMode' || release < V1_5)",
                    path: "{job}.submitterConfig",
                    detail: "submitterConfig has no effect with submissionMode {quoted(mode)}",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "trap-job-id-path",
                // KubeRay never finds the job, in no mode.
                level: Level::Deny,
                why: "KubeRay asks Ray for /api/jobs/ and this text, and Ray has no such address, \
                      so KubeRay never sees the job",
                advice: "Use letters, digits, '-' and '_' in jobId",
                check: Check::Job(|job, _, report| {
                    let id = job.job_id.as_deref().unwrap_or_default();
                    if id.contains(['/', '?', '#']) {
                        report.add(job.path("jobId"), format!("jobId is {}", Quoted(id)));
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`jobId` contains `/`, `?` or `#`, which end a part of the address that \
                       KubeRay makes of it.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/dashboardclient/\
                         dashboard_httpclient.go:GetJobInfo",
                messages: &[],
                bad: &[Example::job(r#"{"spec": {"jobId": "team/train"}}"#)],
                good: &[Example::job(r#"{"spec": {"jobId": "team-train"}}"#)],
            },
            cel: &[],
        },
    ],
};
