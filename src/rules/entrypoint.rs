//! What KubeRay submits: `entrypoint` and the fields that go with it.

use super::{Entry, Family, managed, unused};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::kuberay::SubmissionMode;
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::{entrypoint_resources, shell};
use crate::text;

const REMOVE: FixTemplate = FixTemplate {
    title: "remove the field",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

/// Reports the part of a text that the shell acts on. It starts at `active`, if
/// there is one.
pub(super) fn tell(report: &mut Report, path: Path, name: &str, text: &str, active: Option<usize>) {
    let Some(at) = active else { return };
    let part = shell::shown(text, at);
    let what = match text.get(at..) {
        Some(rest) if rest.starts_with('\n') => "the line break before ",
        _ => "",
    };
    let shown = Quoted(text.get(part.clone()).unwrap_or_default());
    let line = match text::line_number(text, part.start) {
        Some(number) => format!("line {number} of "),
        None => String::new(),
    };
    let detail = format!("the shell acts on {what}{shown} in {line}{name}");
    report.add(path, detail).about(part);
}

pub(super) const FAMILY: Family = Family {
    title: "Entrypoint and other submitted fields",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-entrypoint-ignored",
                // The user may submit the same values by hand.
                level: Level::Warn,
                why: "KubeRay submits nothing in InteractiveMode and ignores this field",
                advice: "Remove the field, or set submissionMode to K8sJobMode",
                fixes: &[
                    REMOVE,
                    FixTemplate {
                        title: "set submissionMode to K8sJobMode: KubeRay submits the job",
                        safe: false,
                        edits: &[Edit::Set(At::Job("submissionMode"), "\"K8sJobMode\"")],
                    },
                ],
                check: Check::Job(|job, context, report| {
                    if !job.has_mode(SubmissionMode::Interactive) {
                        return;
                    }
                    for field in job.submission_fields() {
                        // `kubectl ray job submit -f` submits with the runtimeEnvYAML of the
                        // manifest, and a manifest does not show whether it is for that command.
                        // Without -f, the command writes an entrypoint that nothing reads (`kuberay
                        // v1.7.0 kubectl-plugin/pkg/cmd/job/job_submit.go:Validate, Run`).
                        let is_plugins = match field {
                            "runtimeEnvYAML" => true,
                            "entrypoint" => job.has_job_id() || context.is_from_plugin(),
                            _ => false,
                        };
                        if !is_plugins {
                            unused::tell(job, report, field, "with InteractiveMode");
                        }
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`submissionMode` is `InteractiveMode`, and `entrypoint`, \
                       `entrypointNumCpus`, `entrypointNumGpus`, `entrypointResources` or \
                       `metadata` is set. Exceptions: `runtimeEnvYAML`, because `kubectl ray job \
                       submit -f` reads it, and `entrypoint` if `jobId` is set or `kubectl ray` \
                       makes the request, because `kubectl ray` writes both.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:Reconcile, \
                         kubectl-plugin/pkg/cmd/job/job_submit.go:Validate",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": "python train.py"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "entrypointNumGpus": 0.5}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode", "jobId": "mine",
                                       "metadata": {"team": "ml"}},
                                     "status": {"jobDeploymentStatus": "Running"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": "",
                                     "entrypointNumCpus": 0, "entrypointResources": "",
                                     "metadata": {}, "runtimeEnvYAML": ""}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode",
                                     "entrypoint": null, "runtimeEnvYAML": "pip: [emoji]"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode", "jobId": "mine",
                                       "runtimeEnvYAML": "pip: [torch]"},
                                     "status": {"jobDeploymentStatus": "Running"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-empty",
                // Nothing can run.
                level: Level::Deny,
                why: "nothing would run: HTTPMode still reports success, and in the other modes \
                      ray job submit fails without a command",
                advice: "Set entrypoint to the command that starts the job",
                check: Check::Job(|job, context, report| {
                    // If the RayCluster already has the job, KubeRay only follows it.
                    let may_follow = job.selects_cluster() && job.has_job_id();
                    if job.submits(context.release)
                        && job.entrypoint.trim().is_empty()
                        && !may_follow
                    {
                        report.add(job.path("entrypoint"), "entrypoint has no command");
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`entrypoint` is absent, empty or only whitespace in a mode in which \
                       KubeRay submits it. Exceptions: a job with an existing RayCluster and a \
                       `jobId`, which may follow a job that already runs there, and a submitter \
                       with its own command.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": null}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": " \n",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::cron(r#"{"spec": {"jobTemplate": {"entrypoint": ""}}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "true"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": null,
                                     "submissionMode": "InteractiveMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": null,
                                     "submitterPodTemplate": {"spec": {"restartPolicy": "Never",
                                       "containers": [
                                         {"name": "submitter", "image": "rayproject/ray:2.52.0",
                                         "command": ["./submit.sh"]}]}}}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-runtime-env-shell",
                // The job runs, but with a different value.
                level: Level::Warn,
                why: "KubeRay puts this field into a shell command, where $NAME expands to a \
                      variable of the submitter, usually empty, and text in backquotes is run",
                advice: "Remove $ and backquotes from the value, or use HTTPMode",
                check: Check::Job(|job, context, report| {
                    if !job.submits_by_shell(context.release) {
                        return;
                    }
                    let mut look = |path: Path, name, text: &str| {
                        tell(report, path, name, text, shell::first_expansion(text))
                    };
                    for (field, text) in [
                        ("runtimeEnvYAML", &job.runtime_env_yaml),
                        ("entrypointResources", &job.entrypoint_resources),
                    ] {
                        look(job.path(field), field, text);
                    }
                    for (key, value) in job.metadata.iter() {
                        let path = job.path("metadata").key(key.to_string());
                        look(job.path("metadata"), "a key of metadata", key);
                        look(path, "metadata", value);
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `runtimeEnvYAML`, `metadata` or \
                       `entrypointResources` contains a backquote, or a `$` that starts an \
                       expansion. KubeRay quotes the values as Go strings, in which a shell still \
                       expands both.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand, \
                         getRuntimeEnvJson",
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "env_vars: {PATH: \"/opt/bin:${PATH}\"}"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"metadata": {"commit": "`git rev-parse HEAD`"},
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypointResources": "{\"accelerator\": $N}"}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars: {PRICE: \"5 $\"}"}}"#),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "env_vars: {PATH: \"/opt/bin:${PATH}\"}",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-resources-json",
                // Ray refuses every attempt, so nothing runs.
                level: Level::Deny,
                why: "Ray requires a JSON object of numbers, so the job would never be submitted",
                advice: r#"Write a JSON object of numbers on one line, such as {"accelerator": 1}"#,
                fixes: managed::REMOVE,
                check: Check::Job(|job, context, report| {
                    let resources = &job.entrypoint_resources;
                    let by_shell = job.submits_by_shell(context.release);
                    // The value is unknown until the shell has expanded it.
                    let is_final = !by_shell || shell::first_expansion(resources).is_none();
                    if job.submits(context.release)
                        && is_final
                        && !resources.is_empty()
                        && !entrypoint_resources::are_valid(resources, !by_shell)
                    {
                        let (first, more) = resources.split_once('\n').unwrap_or((resources, ""));
                        let lines = match first.len() == resources.len() {
                            true => "",
                            false if more.trim().is_empty() => ", with a line break",
                            false => ", and more lines",
                        };
                        report.add(
                            job.path("entrypointResources"),
                            format!("entrypointResources is {}{lines}", Quoted(first)),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`entrypointResources` is set and is not a JSON object of numbers. In \
                       K8sJobMode and SidecarMode, it must also be on one line: the shell \
                       receives a line break as `\\n`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/dashboardclient/\
                         dashboard_httpclient.go:ConvertRayJobToReq",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypointResources": "accelerator=1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypointResources": "{\"accelerator\": \"1\"}",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypointResources": "{\"accelerator\": 1}\n"}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypointResources": "{\"accelerator\": 0.5}"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypointResources": "{\"accelerator\": 1}\n",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypointResources": ""}}"#),
                ],
            },
            cel: &[],
        },
    ],
};
