//! Whether and when the runs of a RayCronJob start.

use super::cron::{SCHEDULE, schedule};
use super::{Entry, Family};
use crate::context::Object;
use crate::example::Example;
use crate::json::{Path, Quoted};
use crate::release::Gate::RayCronJob;
use crate::release::Release::{V1_6, V1_7};
use crate::rule::{Check, Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

const TRAP: Rule = Rule {
    releases: Releases::since(V1_6),
    ..Rule::TRAP
};

/// A place in the RayCronJob controller of `kuberay v1.7.0`.
macro_rules! source {
    ($place:literal) => {
        concat!(
            "kuberay v1.7.0 ray-operator/controllers/ray/raycronjob_controller.go:",
            $place
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Runs of a RayCronJob",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-cron-gate-off",
                gate: Some((RayCronJob, false)),
                // A user may create it before the gate is enabled.
                level: Level::Warn,
                why: "without it, the operator ignores RayCronJobs",
                advice: "Start the operator with --feature-gates=RayCronJob=true",
                check: Check::RayCronJob(|_, context, report| {
                    if context.gates.is_set(RayCronJob) {
                        report.add(
                            Path::default().at("kind"),
                            "the feature gate RayCronJob is off",
                        );
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "The settings say that the feature gate `RayCronJob` is off, so no \
                       RayCronJob ever runs. If the settings do not mention the gate, the rule \
                       does not apply, although the gate is off by default: check whether the \
                       operator's `--feature-gates` includes `RayCronJob=true`.",
                source: "kuberay v1.7.0 ray-operator/main.go:main",
                messages: &[],
                bad: &[Example::cron("{}")],
                good: &[Example::job("{}")],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-never",
                // It runs when it should not.
                level: Level::Deny,
                why: "KubeRay treats this as a run that must start now: it creates a RayJob, \
                      another when that one is gone, and in 1.6 another on every reconcile",
                advice: "Use a date that exists, or set suspend to true to stop the runs",
                check: Check::RayCronJob(|cron, context, report| {
                    let Some(schedule) = schedule(cron, context.release) else {
                        return;
                    };
                    if schedule.times.never_matches() {
                        let detail =
                            format!("schedule {} never matches a date", Quoted(schedule.text));
                        report.add(Path::default().at(SCHEDULE), detail);
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`schedule` is valid, but no date matches it.",
                source: source!("Reconcile"),
                messages: &[],
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": "0 0 30 2 *"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "0 0 31 4,6,9,11 *"}}"#).on(V1_6),
                ],
                good: &[
                    Example::cron(r#"{"spec": {"schedule": "0 0 29 2 *"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "0 0 30 2 mon"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-sub-minute",
                releases: Releases::since(V1_7),
                // KubeRay skips runs.
                level: Level::Warn,
                why: "RayJob names count minutes, so KubeRay treats a second run in the same \
                      minute as already done",
                advice: "Use @every 1m or more",
                check: Check::RayCronJob(|cron, context, report| {
                    let every = schedule(cron, context.release)
                        .and_then(|schedule| schedule.times.every_seconds());
                    if let Some(seconds) = every.filter(|seconds| *seconds < 60) {
                        let detail = format!("a run is scheduled every {seconds} s");
                        report.add(Path::default().at(SCHEDULE), detail);
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`schedule` is `@every` with less than a minute: KubeRay starts at most one \
                       run per minute.",
                source: source!("getRayJobName"),
                messages: &[],
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": "@every 59s"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "@every 0s"}}"#),
                ],
                good: &[
                    Example::cron(r#"{"spec": {"schedule": "@every 60s"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "@every 20s"}}"#).on(V1_6),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-catch-up",
                releases: Releases::since(V1_7),
                // A few missed runs may be welcome.
                level: Level::Warn,
                why: "KubeRay starts every run missed since then, all at once",
                advice: "To skip these runs, delete the RayCronJob and its RayJobs, and create it \
                         again",
                check: Check::RayCronJob(|cron, context, report| {
                    let Some(Object::RayCronJob(old)) = context.old else {
                        return;
                    };
                    if old.spec.suspend && !cron.spec.suspend {
                        let detail = match &*cron.status.last_schedule_time {
                            "" => "the RayCronJob is resumed, and nothing has run since it was \
                                 created"
                                .into(),
                            last => format!(
                                "the RayCronJob is resumed, and the last run was scheduled for {}",
                                Quoted(last)
                            ),
                        };
                        report.add(Path::default().at("spec.suspend"), detail);
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "A RayCronJob is resumed: `suspend` changes from true to false.",
                source: source!("Reconcile"),
                messages: &[],
                bad: &[
                    Example::cron(
                        r#"{"spec": {"suspend": false},
                                      "status": {"lastScheduleTime": "2026-01-01T03:00:00Z"}}"#,
                    )
                    .stored(
                        r#"{"spec": {"suspend": true},
                                    "status": {"lastScheduleTime": "2026-01-01T03:00:00Z"}}"#,
                    ),
                    Example::cron("{}").stored(r#"{"spec": {"suspend": true}}"#),
                ],
                good: &[
                    Example::cron(r#"{"spec": {"suspend": true}}"#).stored("{}"),
                    Example::cron("{}")
                        .stored(r#"{"spec": {"suspend": true}}"#)
                        .on(V1_6),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-cron-tz-upgrade",
                releases: Releases::between(V1_6, V1_6),
                // It runs, and 1.6 has no other way to set a time zone.
                level: Level::Off,
                why: "KubeRay 1.7 refuses a time zone in schedule",
                advice: "When you upgrade to 1.7, move the time zone to timeZone, a new field in \
                         that release",
                check: Check::RayCronJob(|cron, context, report| {
                    let Some(schedule) = schedule(cron, context.release) else {
                        return;
                    };
                    if let Some(zone) = schedule.zone {
                        let detail = format!("schedule begins with the time zone {}", Quoted(zone));
                        report.add(Path::default().at(SCHEDULE), detail);
                    }
                }),
                ..TRAP
            },
            doc: RuleDoc {
                what: "`schedule` begins with `TZ=` or `CRON_TZ=`, which 1.7 refuses.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayCronJobSpec",
                messages: &[],
                bad: &[Example::cron(
                    r#"{"spec": {"schedule": "TZ=Europe/Berlin 0 3 * * *"}}"#,
                )],
                good: &[Example::cron(r#"{"spec": {"schedule": "0 3 * * *"}}"#)],
            },
            cel: &[],
        },
    ],
};
