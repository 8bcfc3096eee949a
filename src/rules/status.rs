//! What the state of a job allows.

use super::family;
use crate::cel::Cel;
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::json::Quoted;
use crate::rule::{Order, Rule};

family!("State", [
    (
        Rule {
            id: "status-waiting-mode",
            order: Order::status(1),
            why: "the job waits for you to submit, which only an InteractiveMode job does",
            advice: "Keep InteractiveMode, or create another RayJob",
            fixes: &[Fix {
                title: "keep InteractiveMode",
                safe: false,
                edits: &[Edit::Set(At::Finding, "\"InteractiveMode\"")],
            }],
            check: |subject, report| {
                let Some(status) = subject.object.status() else { return };
                let mode = subject.job().mode();
                if status.state() == "Waiting" && mode != "InteractiveMode" {
                    report.add(
                        subject.job_path("submissionMode"),
                        format!("submissionMode is {} on a job that is Waiting", Quoted(mode)),
                    );
                }
            },
            ..Rule::OPERATOR
        },
        Guide {
            what: "`status.jobDeploymentStatus` is `Waiting` and `submissionMode` is not `InteractiveMode`.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobStatus",
            bad: &[Example::job(
                r#"{"spec": {"submissionMode": "K8sJobMode"}, "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}, "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )],
            good: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "jobId": "mine"},
                    "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null}, "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )],
        },
        &[
            Cel {
                when: "state == 'Waiting' && mode != 'InteractiveMode'",
                path: "{job}.submissionMode",
                detail: "submissionMode is {quoted(mode)} on a job that is Waiting",
                ..Cel::NEVER
            },
        ],
    ),
]);
