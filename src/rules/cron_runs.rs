//! When the runs of a RayCronJob start, if they do.

use super::cron::{SCHEDULE, schedule};
use super::family;
use crate::context::Object;
use crate::example::Example;
use crate::json::{Path, Quoted};
use crate::kind::Kind;
use crate::release::Gate::RayCronJob;
use crate::release::Release::{V1_6, V1_7};
use crate::rule::{Level, Releases, Rule};
use crate::rule_doc::RuleDoc;

const TRAP: Rule = Rule {
    kind: Some(Kind::RayCronJob),
    releases: Releases::since(V1_6),
    ..Rule::TRAP
};

/// `kuberay v1.7.0`, and a place in its controller of RayCronJobs.
macro_rules! source {
    ($place:literal) => {
        concat!(
            "kuberay v1.7.0 ray-operator/controllers/ray/raycronjob_controller.go:",
            $place
        )
    };
}

family!("Runs of a RayCronJob", [
    (
        Rule {
            id: "trap-cron-gate-off",
            gate: Some((RayCronJob, false)),
            // Somebody may store it before the gate is switched on.
            level: Level::Warn,
            why: "without it the operator does not look at RayCronJobs",
            advice: "Start the operator with --feature-gates=RayCronJob=true",
            check: |context, report| {
                if context.gates.is_set(RayCronJob) {
                    report.add(Path::default().at("kind"), "the feature gate RayCronJob is off");
                }
            },
            ..TRAP
        },
        RuleDoc {
            what: "The settings say that the feature gate `RayCronJob` is off, so no RayCronJob ever runs. Without a word \
                   about it in the settings this is not checked, although the gate is off by default: see whether the \
                   operator's `--feature-gates` has `RayCronJob=true`.",
            source: "kuberay v1.7.0 ray-operator/main.go:main",
            bad: &[Example::cron("{}")],
            good: &[Example::job("{}")],
        },
    ),
    (
        Rule {
            id: "trap-cron-never",
            // It runs when it must not.
            level: Level::Deny,
            why: "KubeRay takes that for a run that is due: it makes a RayJob at once, again when that is gone, and in 1.6 again \
                  at every look",
            advice: "Write a date that exists, or use suspend to keep it from running",
            check: |context, report| {
                let Some(schedule) = schedule(context) else { return };
                if schedule.times.never_matches() {
                    let detail = format!("schedule {} never comes", Quoted(schedule.text));
                    report.add(Path::default().at(SCHEDULE), detail);
                }
            },
            ..TRAP
        },
        RuleDoc {
            what: "`schedule` is valid, but no date matches it.",
            source: source!("Reconcile"),
            bad: &[
                Example::cron(r#"{"spec": {"schedule": "0 0 30 2 *"}}"#),
                Example::cron(r#"{"spec": {"schedule": "0 0 31 4,6,9,11 *"}}"#).on(V1_6),
            ],
            good: &[
                Example::cron(r#"{"spec": {"schedule": "0 0 29 2 *"}}"#),
                Example::cron(r#"{"spec": {"schedule": "0 0 30 2 mon"}}"#),
            ],
        },
    ),
    (
        Rule {
            id: "trap-cron-sub-minute",
            releases: Releases::since(V1_7),
            // Runs are left out.
            level: Level::Warn,
            why: "the names of the RayJobs count minutes, so KubeRay takes a second run in a minute for done",
            advice: "Use @every 1m or more",
            check: |context, report| {
                let every = schedule(context).and_then(|schedule| schedule.times.every_seconds());
                if let Some(seconds) = every.filter(|seconds| *seconds < 60) {
                    let detail = format!("a run is due every {seconds} s");
                    report.add(Path::default().at(SCHEDULE), detail);
                }
            },
            ..TRAP
        },
        RuleDoc {
            what: "`schedule` is `@every` with less than a minute: there is one run a minute at most.",
            source: source!("getRayJobName"),
            bad: &[
                Example::cron(r#"{"spec": {"schedule": "@every 59s"}}"#),
                Example::cron(r#"{"spec": {"schedule": "@every 0s"}}"#),
            ],
            good: &[
                Example::cron(r#"{"spec": {"schedule": "@every 60s"}}"#),
                Example::cron(r#"{"spec": {"schedule": "@every 20s"}}"#).on(V1_6),
            ],
        },
    ),
    (
        Rule {
            id: "trap-cron-catch-up",
            releases: Releases::since(V1_7),
            // Few missed runs may be welcome.
            level: Level::Warn,
            why: "KubeRay makes up for every run that was due since then, all at once",
            advice: "To leave them out, delete the RayCronJob, with its RayJobs, and create it again",
            check: |context, report| {
                let stored = context.old.and_then(Object::cron);
                let Some((new, old)) = context.object.cron().zip(stored) else {
                    return;
                };
                if old.spec.suspend && !new.spec.suspend {
                    let detail = match &*new.status.last_schedule_time {
                        "" => "the RayCronJob is resumed, and nothing has run since it was created".into(),
                        last => format!("the RayCronJob is resumed, and the last run was due at {}", Quoted(last)),
                    };
                    report.add(Path::default().at("spec.suspend"), detail);
                }
            },
            ..TRAP
        },
        RuleDoc {
            what: "A RayCronJob is resumed: `suspend` goes from true to false.",
            source: source!("Reconcile"),
            bad: &[
                Example::cron(r#"{"spec": {"suspend": false}, "status": {"lastScheduleTime": "2026-01-01T03:00:00Z"}}"#)
                    .stored(r#"{"spec": {"suspend": true}, "status": {"lastScheduleTime": "2026-01-01T03:00:00Z"}}"#),
                Example::cron("{}").stored(r#"{"spec": {"suspend": true}}"#),
            ],
            good: &[
                Example::cron(r#"{"spec": {"suspend": true}}"#).stored("{}"),
                Example::cron("{}").stored(r#"{"spec": {"suspend": true}}"#).on(V1_6),
            ],
        },
    ),
    (
        Rule {
            id: "trap-cron-tz-upgrade",
            releases: Releases::between(V1_6, V1_6),
            // It runs, and 1.6 has no other way to name a time zone.
            level: Level::Off,
            why: "KubeRay 1.7 refuses a time zone here",
            advice: "When you upgrade, move it to timeZone, which came with 1.7",
            check: |context, report| {
                let Some(schedule) = schedule(context) else { return };
                if let Some(zone) = schedule.zone {
                    let detail = format!("schedule begins with the time zone {}", Quoted(zone));
                    report.add(Path::default().at(SCHEDULE), detail);
                }
            },
            ..TRAP
        },
        RuleDoc {
            what: "`schedule` begins with `TZ=` or `CRON_TZ=`, which 1.7 refuses.",
            source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayCronJobSpec",
            bad: &[Example::cron(r#"{"spec": {"schedule": "TZ=Europe/Berlin 0 3 * * *"}}"#)],
            good: &[Example::cron(r#"{"spec": {"schedule": "0 3 * * *"}}"#)],
        },
    ),
]);
