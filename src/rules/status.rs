//! Changes that the state of a job does not allow.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kuberay::{JobDeploymentStatus, SubmissionMode};
use crate::rule::{Check, Position, Rule};
use crate::rule_doc::RuleDoc;

pub(super) const FAMILY: Family = Family {
    title: "State",
    entries: &[Entry {
        rule: Rule {
            id: "status-waiting-mode",
            position: Position::status(10),
            why: "the job is waiting for you to submit it, which only an InteractiveMode job does",
            advice: "Keep InteractiveMode, or create another RayJob",
            fixes: &[FixTemplate {
                title: "keep InteractiveMode",
                safe: false,
                edits: &[Edit::Set(At::Finding, "\"InteractiveMode\"")],
            }],
            check: Check::Job(|job, _, report| {
                let is_waiting = job.state() == Some(JobDeploymentStatus::Waiting);
                if is_waiting && !job.has_mode(SubmissionMode::Interactive) {
                    report.add(
                        job.path("submissionMode"),
                        format!(
                            "submissionMode is {} on a job that is Waiting",
                            Quoted(job.mode_name())
                        ),
                    );
                }
            }),
            ..Rule::OPERATOR
        },
        doc: RuleDoc {
            what: "`status.jobDeploymentStatus` is `Waiting` and `submissionMode` is not \
                   `InteractiveMode`.",
            source: "kuberay v1.7.0 \
                     ray-operator/controllers/ray/utils/validation.go:ValidateRayJobStatus",
            messages: &[
                "JobDeploymentStatus cannot be `Waiting`",
                "invalid RayJob State: JobDeploymentStatus cannot be `Waiting`",
            ],
            bad: &[Example::job(
                r#"{"spec": {"submissionMode": "K8sJobMode"},
                                 "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null},
                                "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )],
            good: &[Example::job(
                r#"{"spec": {"submissionMode": "InteractiveMode", "jobId": "mine"},
                                 "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )
            .stored(
                r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null},
                                "status": {"jobDeploymentStatus": "Waiting"}}"#,
            )],
        },
        cel: &[Cel {
            when: "state == 'Waiting' && mode != 'InteractiveMode'",
            path: "{job}.submissionMode",
            detail: "submissionMode is {quoted(mode)} on a job that is Waiting",
            ..Cel::NEVER
        }],
    }],
};
