//! Suspension, and the time after the end of a job.

use super::family;
use crate::cel::Cel;
use crate::fix::{At, Edit, Fix};
use crate::guide::{Example, Guide};
use crate::release::Release::V1_4;
use crate::rule::{Order, Releases, Rule};

const SHUT_DOWN: Fix = Fix {
    title: "set shutdownAfterJobFinishes to true",
    safe: true,
    edits: &[Edit::Set(At::Job("shutdownAfterJobFinishes"), "true")],
};

family!(
    "Suspend and TTL",
    [
        (
            Rule {
                id: "suspend-needs-shutdown",
                order: Order::job(1),
                why: "suspending deletes the RayCluster, which KubeRay does only where shutdownAfterJobFinishes is true",
                advice: "Set shutdownAfterJobFinishes to true, or remove suspend",
                fixes: &[
                    SHUT_DOWN,
                    Fix {
                        title: "remove suspend",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)]
                    },
                ],
                check: |subject, report| {
                    let job = subject.job();
                    if job.suspend && !job.shutdown_after_job_finishes {
                        report.add(
                            subject.job_path("suspend"),
                            "suspend is true, but shutdownAfterJobFinishes is not",
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`suspend` is true and `shutdownAfterJobFinishes` is not.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[
                    Example::job(r#"{"spec": {"suspend": true}}"#),
                    Example::cron(r#"{"spec": {"jobTemplate": {"suspend": true}}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"suspend": true, "shutdownAfterJobFinishes": true}}"#
                    ),
                    Example::job(r#"{"spec": {"suspend": false}}"#),
                ],
            },
            &[Cel {
                when: "suspend && !shutdown",
                path: "{job}.suspend",
                detail: "suspend is true, but shutdownAfterJobFinishes is not",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "ttl-negative",
                order: Order::job(2),
                releases: Releases::since(V1_4),
                why: "it is the time from the end of the job until its RayCluster is deleted",
                advice: "Set ttlSecondsAfterFinished to 0 or more",
                fixes: &[Fix {
                    title: "set ttlSecondsAfterFinished to 0",
                    safe: false,
                    edits: &[Edit::Set(At::Finding, "0")],
                }],
                check: |subject, report| {
                    if let Some(ttl) = subject
                        .job()
                        .ttl_seconds_after_finished
                        .filter(|ttl| ttl.0 < 0)
                    {
                        report.add(
                            subject.job_path("ttlSecondsAfterFinished"),
                            format!("ttlSecondsAfterFinished is {ttl}"),
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`ttlSecondsAfterFinished` is below 0.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[Example::job(
                    r#"{"spec": {"ttlSecondsAfterFinished": -1, "shutdownAfterJobFinishes": true}}"#,
                )],
                good: &[Example::job(r#"{"spec": {"ttlSecondsAfterFinished": 0}}"#)],
            },
            &[Cel {
                when: "ttl < 0",
                path: "{job}.ttlSecondsAfterFinished",
                detail: "ttlSecondsAfterFinished is {ttl}",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "ttl-needs-shutdown",
                order: Order::job(3),
                releases: Releases::since(V1_4),
                why: "the time runs until the RayCluster is deleted, which only shutdownAfterJobFinishes asks for",
                advice: "Set shutdownAfterJobFinishes to true, or remove ttlSecondsAfterFinished",
                fixes: &[
                    SHUT_DOWN,
                    Fix {
                        title: "remove ttlSecondsAfterFinished",
                        safe: false,
                        edits: &[Edit::Remove(At::Finding)],
                    },
                ],
                check: |subject, report| {
                    let job = subject.job();
                    let ttl = job.ttl_seconds_after_finished.filter(|ttl| ttl.0 > 0);
                    if let (Some(ttl), false) = (ttl, job.shutdown_after_job_finishes) {
                        report.add(
                        subject.job_path("ttlSecondsAfterFinished"),
                        format!("ttlSecondsAfterFinished is {ttl}, but shutdownAfterJobFinishes is not true"),
                    );
                    }
                },
                ..Rule::OPERATOR
            },
            Guide {
                what: "`ttlSecondsAfterFinished` is above 0 and `shutdownAfterJobFinishes` is not true.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[Example::job(r#"{"spec": {"ttlSecondsAfterFinished": 1}}"#)],
                good: &[Example::job(
                    r#"{"spec": {"ttlSecondsAfterFinished": 600, "shutdownAfterJobFinishes": true}}"#,
                )],
            },
            &[Cel {
                when: "ttl > 0 && !shutdown",
                path: "{job}.ttlSecondsAfterFinished",
                detail: "ttlSecondsAfterFinished is {ttl}, but shutdownAfterJobFinishes is not true",
                ..Cel::NEVER
            },],
        ),
    ]
);
