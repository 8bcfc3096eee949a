//! The runtime environment of the job.

use super::family;
use crate::guide::{Example, Guide};
use crate::rule::{Order, Rule};
use crate::syntax::runtime_env;

family!(
    "Runtime environment",
    [(
        Rule {
            id: "runtime-env-invalid",
            order: Order::job(21),
            why: "KubeRay reads it as YAML 1.1, of which the top level must be a mapping",
            advice: "Correct the YAML",
            check: |subject, report| {
                if let Err(fault) = runtime_env::check(&subject.job().runtime_env_yaml) {
                    report.add(
                        subject.job_path("runtimeEnvYAML"),
                        format!("runtimeEnvYAML cannot be read: {fault}"),
                    );
                }
            },
            ..Rule::OPERATOR
        },
        Guide {
            what: "`runtimeEnvYAML` is not YAML, or not a mapping. Which keys it has is not looked at.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/dashboardclient/dashboard_httpclient.go:\
                     UnmarshalRuntimeEnvYAML",
            bad: &[
                Example::job(r#"{"spec": {"runtimeEnvYAML": "pip: [torch"}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "- torch\n- numpy\n"}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars:\n\tA: b\n"}}"#),
                Example::cron(r#"{"spec": {"jobTemplate": {"runtimeEnvYAML": "torch"}}}"#),
            ],
            good: &[
                Example::job(
                    r#"{"spec": {"runtimeEnvYAML": "pip: [torch]\nenv_vars:\n  A: b\n"}}"#
                ),
                Example::job(r#"{"spec": {"runtimeEnvYAML": ""}}"#),
                Example::job(r#"{"spec": {"runtimeEnvYAML": "{\"pip\": [\"torch\"]}"}}"#),
            ],
        },
    ),]
);
