//! Deadlines.

use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::release::Release::V1_6;
use crate::rule::{Check, Level, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

const REMOVE_DEADLINE: FixTemplate = FixTemplate {
    title: "remove the deadline",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
};

pub(super) const FAMILY: Family = Family {
    title: "Deadlines",
    entries: &[
        Entry {
            rule: Rule {
                id: "active-deadline-not-positive",
                position: Position::job(220),
                why: "the job would end before it starts",
                advice: "Set activeDeadlineSeconds to 1 or more, or remove it for no deadline",
                fixes: &[REMOVE_DEADLINE],
                check: Check::Job(|job, _, report| {
                    if let Some(seconds) = job.active_deadline_seconds.filter(|s| s.0 <= 0) {
                        report.add(
                            job.path("activeDeadlineSeconds"),
                            format!("activeDeadlineSeconds is {seconds}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`activeDeadlineSeconds` is 0 or below.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["activeDeadlineSeconds must be"],
                bad: &[
                    Example::job(r#"{"spec": {"activeDeadlineSeconds": 0}}"#),
                    Example::job(r#"{"spec": {"activeDeadlineSeconds": -1}}"#),
                ],
                good: &[Example::job(r#"{"spec": {"activeDeadlineSeconds": 1}}"#)],
            },
            cel: &[Cel {
                when: "job.?activeDeadlineSeconds.orValue(1) <= 0",
                path: "{job}.activeDeadlineSeconds",
                detail: "activeDeadlineSeconds is {job.activeDeadlineSeconds}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "pre-running-deadline-not-positive",
                position: Position::job(230),
                releases: Releases::since(V1_6),
                why: "the job would end before it starts",
                advice: "Set preRunningDeadlineSeconds to 1 or more, or remove it for no deadline",
                fixes: &[REMOVE_DEADLINE],
                check: Check::Job(|job, _, report| {
                    if let Some(seconds) = job.pre_running_deadline_seconds.filter(|s| s.0 <= 0) {
                        report.add(
                            job.path("preRunningDeadlineSeconds"),
                            format!("preRunningDeadlineSeconds is {seconds}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`preRunningDeadlineSeconds` is 0 or below.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["preRunningDeadlineSeconds must be"],
                bad: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 0}}"#,
                )],
                good: &[Example::job(
                    r#"{"spec": {"preRunningDeadlineSeconds": 1}}"#,
                )],
            },
            cel: &[Cel {
                when: "job.?preRunningDeadlineSeconds.orValue(1) <= 0",
                path: "{job}.preRunningDeadlineSeconds",
                detail: "preRunningDeadlineSeconds is {job.preRunningDeadlineSeconds}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "trap-deadline-per-attempt",
                // The deadline works as documented for each attempt.
                level: Level::Off,
                why: "the clock restarts with each attempt and each time the job is resumed",
                advice: "Set the deadline to the time allowed for one attempt",
                check: Check::Job(|job, _, report| {
                    let attempts = i64::from(job.retries()).saturating_add(1);
                    if attempts <= 1 && !job.suspend {
                        return;
                    }
                    for (field, deadline) in [
                        ("activeDeadlineSeconds", job.active_deadline_seconds),
                        (
                            "preRunningDeadlineSeconds",
                            job.pre_running_deadline_seconds,
                        ),
                    ] {
                        let Some(seconds) = deadline.filter(|s| s.0 > 0) else {
                            continue;
                        };
                        report.add(
                            job.path(field),
                            if attempts > 1 {
                                format!("{field} is {seconds} for each of {attempts} attempts")
                            } else {
                                format!(
                                    "{field} is {seconds} for each period between two suspensions"
                                )
                            },
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`activeDeadlineSeconds` or `preRunningDeadlineSeconds` is set on a job \
                       that can be retried or is suspended.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/\
                         rayjob_controller.go:initRayJobStatusIfNeed, \
                         checkActiveDeadlineAndUpdateStatusIfNeeded",
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"activeDeadlineSeconds": 3600, "backoffLimit": 2}}"#),
                    Example::job(
                        r#"{"spec": {"activeDeadlineSeconds": 3600, "suspend": true,
                                     "shutdownAfterJobFinishes": true}}"#,
                    ),
                ],
                good: &[Example::job(r#"{"spec": {"activeDeadlineSeconds": 3600}}"#)],
            },
            cel: &[
                Cel {
                    when: "job.?activeDeadlineSeconds.orValue(0) > 0 && (retries > 0 || suspend)",
                    path: "{job}.activeDeadlineSeconds",
                    detail: "activeDeadlineSeconds is {job.activeDeadlineSeconds} for each \
                             {retries > 0 ? 'of ' + string(retries + 1) + ' attempts' : 'period \
                             between two suspensions'}",
                    ..Cel::NEVER
                },
                Cel {
                    when: "job.?preRunningDeadlineSeconds.orValue(0) > 0 && (retries > 0 || \
                           suspend)",
                    path: "{job}.preRunningDeadlineSeconds",
                    detail: "preRunningDeadlineSeconds is {job.preRunningDeadlineSeconds} for \
                             each {retries > 0 ? 'of ' + string(retries + 1) + ' attempts' : \
                             'period between two suspensions'}",
                    ..Cel::NEVER
                },
            ],
        },
    ],
};
