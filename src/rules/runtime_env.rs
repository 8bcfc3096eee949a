//! The runtime environment of the job.

use super::{Entry, Family};
use crate::example::Example;
use crate::rule::{Check, Position, Rule};
use crate::rule_doc::RuleDoc;
use crate::text;

pub(super) const FAMILY: Family = Family {
    title: "Runtime environment",
    entries: &[Entry {
        rule: Rule {
            id: "runtime-env-invalid",
            position: Position::job(210),
            why: "KubeRay parses it as YAML 1.1 and expects keys with values, such as pip: [torch]",
            advice: "Fix the YAML",
            check: Check::Job(|job, context, report| {
                let text = &*job.runtime_env_yaml;
                if let Err(error) = context.yaml() {
                    let (line, part) = text::line(text, error.at);
                    let problem = error.kind;
                    let detail = format!("line {line} of runtimeEnvYAML cannot be read: {problem}");
                    let path = job.path("runtimeEnvYAML");
                    report.add(path, detail).about(part);
                }
            }),
            ..Rule::OPERATOR
        },
        doc: RuleDoc {
            what: "`runtimeEnvYAML` is not valid YAML, or not a mapping. Its keys are not checked.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/dashboardclient/\
                     dashboard_httpclient.go:UnmarshalRuntimeEnvYAML",
            messages: &["failed to unmarshal RuntimeEnvYAML"],
            bad: &[
                Example::job(r#"{"spec": {"runtimeEnvYAML": "pip: [torch"}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "- torch\n- numpy\n"}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars:\n\tA: b\n"}}"#),
                Example::cron(r#"{"spec": {"jobTemplate": {"runtimeEnvYAML": "torch"}}}"#),
            ],
            good: &[
                Example::job(
                    r#"{"spec": {"runtimeEnvYAML": "pip: [torch]\nenv_vars:\n  A: b\n"}}"#,
                ),
                Example::job(r#"{"spec": {"runtimeEnvYAML": ""}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "{\"pip\": [\"torch\"]}"}}"#),
            ],
        },
        cel: &[],
    }],
};
