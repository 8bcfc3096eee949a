//! The name, schedule and time zone of a RayCronJob.

use super::metadata::name;
use super::{Entry, Family};
use crate::cel::Cel;
use crate::example::Example;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{Path, Quoted};
use crate::rayjob::RayCronJob;
use crate::release::Release::{self, V1_6, V1_7};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::cron::{self, Schedule};
use crate::syntax::time_zone;

/// The longest name of a RayCronJob, in bytes.
const LONGEST: usize = 36;

/// Parses a schedule into the time zone prefix, if any, and the times. From 1.7
/// on, a separate rule refuses the prefix, so this does not check that the zone
/// exists.
fn read(release: Release, text: &str) -> Result<(Option<&str>, Schedule), String> {
    let (zone, times) = cron::split_zone(text).map_err(|error| error.to_string())?;
    let unknown = zone.filter(|zone| release < V1_7 && !time_zone::is_loadable(zone));
    if let Some(zone) = unknown {
        return Err(format!("{} is not a time zone", Quoted(zone)));
    }
    let schedule = Schedule::parse(times).map_err(|error| error.to_string())?;
    Ok((zone, schedule))
}

/// A schedule that KubeRay can parse.
pub(super) struct Readable<'s> {
    /// The text as written.
    pub text: &'s str,
    /// The time zone prefix.
    pub zone: Option<&'s str>,
    /// The times after the prefix.
    pub times: Schedule,
}

/// Returns the schedule, if KubeRay can parse it.
pub(super) fn schedule<'s>(cron: &'s RayCronJob<'_>, release: Release) -> Option<Readable<'s>> {
    let text = &*cron.spec.schedule;
    let (zone, times) = read(release, text).ok()?;
    Some(Readable { text, zone, times })
}

/// The path of the schedule.
pub(super) const SCHEDULE: &str = "spec.schedule";

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayCronJobSpec";

const CRON: Rule = Rule {
    releases: Releases::since(V1_7),
    ..Rule::OPERATOR
};

pub(super) const FAMILY: Family = Family {
    title: "RayCronJob",
    entries: &[
        Entry {
            rule: Rule {
                id: "cron-name-too-long",
                position: Position::cron(10),
                why: "KubeRay appends a hyphen and up to 10 digits to name each RayJob, and a \
                      RayJob name has at most 47 bytes",
                advice: "Use a name of at most 36 bytes, or a generateName of at most 31",
                check: Check::RayCronJob(|cron, _, report| {
                    let (field, written, name) = name(&cron.metadata);
                    if name.len() > LONGEST {
                        let bytes = name.len();
                        let written = Quoted(written);
                        report.add(
                            Path::default().at(field),
                            format!("{written} gives a name of {bytes} bytes"),
                        );
                    }
                }),
                ..CRON
            },
            doc: RuleDoc {
                what: "The name is longer than 36 bytes. A `generateName` produces names 5 bytes \
                       longer than itself.",
                source: SOURCE,
                messages: &["RayCronJob name should be no more than"],
                bad: &[
                    Example::cron(
                        r#"{"metadata": {"name": "a23456789012345678901234567890123456y"}}"#,
                    ),
                    Example::cron(
                        r#"{"metadata": {"name": null,
                                      "generateName": "a2345678901234567890123456789012"}}"#,
                    ),
                ],
                good: &[
                    Example::cron(
                        r#"{"metadata": {"name": "a2345678901234567890123456789012345y"}}"#,
                    ),
                    Example::cron(
                        r#"{"metadata": {"name": null,
                                      "generateName": "a234567890123456789012345678901"}}"#,
                    ),
                ],
            },
            cel: &[Cel {
                when: "bytes(name).size() > 36",
                path: "metadata.name",
                detail: "{quoted(name)} gives a name of {bytes(name).size()} bytes",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "cron-schedule-tz",
                position: Position::cron(20),
                why: "since 1.7, KubeRay reads the time zone only from timeZone",
                advice: "Remove TZ= or CRON_TZ= and its zone from schedule, and set timeZone to \
                         that zone",
                check: Check::RayCronJob(|cron, _, report| {
                    let schedule = &*cron.spec.schedule;
                    if schedule.as_bytes().windows(2).any(|pair| pair == b"TZ") {
                        report.add(
                            Path::default().at(SCHEDULE),
                            format!("schedule is {}", Quoted(schedule)),
                        );
                    }
                }),
                ..CRON
            },
            doc: RuleDoc {
                what: "`schedule` contains `TZ` in uppercase.",
                source: SOURCE,
                messages: &["cannot use TZ or CRON_TZ in schedule"],
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": "TZ=Europe/Berlin 0 3 * * *"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "CRON_TZ=UTC @daily"}}"#),
                ],
                good: &[Example::cron(
                    r#"{"spec": {"schedule": "0 3 * * *", "timeZone": "Europe/Berlin"}}"#,
                )],
            },
            cel: &[Cel {
                when: "schedule.contains('TZ')",
                path: "spec.schedule",
                detail: "schedule is {quoted(schedule)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "cron-schedule-invalid",
                position: Position::cron(30),
                releases: Releases::since(V1_6),
                why: "KubeRay starts no jobs for a schedule that it cannot parse",
                advice: "Write minute, hour, day of month, month and day of week, such as 0 3 * * \
                         *, or use @daily or @every 90m",
                check: Check::RayCronJob(|cron, context, report| {
                    let schedule = &*cron.spec.schedule;
                    if let Err(error) = read(context.release, schedule) {
                        report.add(
                            Path::default().at(SCHEDULE),
                            format!("schedule {}: {error}", Quoted(schedule)),
                        );
                    }
                }),
                ..CRON
            },
            doc: RuleDoc {
                what: "KubeRay cannot parse `schedule`, which must be five fields or a descriptor \
                       such as `@daily`. In 1.6, a `TZ=` or `CRON_TZ=` prefix with an existing \
                       zone is allowed; a zone with nothing after it crashes the operator.",
                source: SOURCE,
                messages: &["invalid cron schedule"],
                bad: &[
                    Example::cron(r#"{"spec": {"schedule": "0 24 * * *"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "0 0 3 * * *"}}"#),
                    Example::cron(r#"{"spec": {"schedule": ""}}"#).on(V1_6),
                    Example::cron(r#"{"spec": {"schedule": "TZ=UTC"}}"#).on(V1_6),
                    Example::cron(r#"{"spec": {"schedule": "TZ=Europe/Bonn 0 3 * * *"}}"#).on(V1_6),
                ],
                good: &[
                    Example::cron(r#"{"spec": {"schedule": "*/5 8-18 * jan-jun mon-fri"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "@every 1h30m"}}"#),
                    Example::cron(r#"{"spec": {"schedule": "CRON_TZ=Europe/Berlin 0 3 * * *"}}"#)
                        .on(V1_6),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "cron-timezone-empty",
                position: Position::cron(40),
                why: "it does not name a time zone",
                advice: "Set timeZone to a zone such as Europe/Berlin, or remove it to use the \
                         operator's time zone",
                fixes: &[FixTemplate {
                    title: "remove timeZone: the operator's time zone applies",
                    safe: true,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::RayCronJob(|cron, _, report| {
                    if cron.spec.time_zone.as_deref() == Some("") {
                        report.add(Path::default().at("spec.timeZone"), "timeZone is empty");
                    }
                }),
                ..CRON
            },
            doc: RuleDoc {
                what: "`timeZone` is set, but empty.",
                source: SOURCE,
                messages: &["timeZone must not be empty"],
                bad: &[Example::cron(r#"{"spec": {"timeZone": ""}}"#)],
                good: &[Example::cron(r#"{"spec": {"timeZone": null}}"#)],
            },
            cel: &[Cel {
                when: "object.spec.?timeZone.orValue('UTC') == ''",
                path: "spec.timeZone",
                detail: "timeZone is empty",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "cron-timezone-invalid",
                position: Position::cron(50),
                why: "KubeRay starts no jobs in a time zone that it cannot load",
                advice: "Use a name from the IANA time zone database such as Europe/Berlin, or UTC",
                fixes: &[FixTemplate {
                    title: "use the closest matching time zone",
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::RayCronJob(|cron, _, report| {
                    let zone = cron.spec.time_zone.as_deref();
                    let Some(zone) = zone.filter(|zone| !time_zone::is_loadable(zone)) else {
                        return;
                    };
                    let path = Path::default().at("spec.timeZone");
                    let detail = format!("{} is not a time zone", Quoted(zone));
                    let finding = report.add(path, detail);
                    if let Some(near) = time_zone::nearest(zone) {
                        finding
                            .advise(format!("Set timeZone to {near}"))
                            .propose(Some(near));
                    }
                }),
                ..CRON
            },
            doc: RuleDoc {
                what: "`timeZone` is not `UTC`, `Local` or the name of a time zone in the IANA \
                       database; names are case-sensitive.",
                source: SOURCE,
                messages: &["invalid time zone"],
                bad: &[
                    Example::cron(r#"{"spec": {"timeZone": "europe/berlin"}}"#),
                    Example::cron(r#"{"spec": {"timeZone": "+01:00"}}"#),
                ],
                good: &[
                    Example::cron(r#"{"spec": {"timeZone": "Europe/Berlin"}}"#),
                    Example::cron(r#"{"spec": {"timeZone": "Local"}}"#),
                ],
            },
            cel: &[],
        },
    ],
};
