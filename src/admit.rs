//! The one entry: an admission request in, a verdict out.

use crate::context::{Context, Object};
use crate::finding::Finding;
use crate::json::{self, Json};
use crate::kind::Kind;
use crate::rayjob::{RayCronJob, RayJob};
use crate::request::{AnyObject, Judged, Question};
use crate::rule::Level;
use crate::rules;
use crate::settings::{Settings, SettingsError};
use crate::verdict::{Graded, Verdict};

/// What is said to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The `uid` of the request, which the host expects back; empty if there is
    /// none, or if it could not be read.
    pub uid: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// How a host makes settings of those that a question brings along.
type Choose<'c> = &'c dyn Fn(&Json<'_>) -> Result<Settings, SettingsError>;

/// Answers a question with the settings that it brings along: JSON with a
/// `request` (an AdmissionRequest) and `settings`, or, as Gatekeeper has it, a
/// `review` and `parameters`. A RayJob or RayCronJob by itself is judged as if
/// it were to be created. Without settings the defaults hold.
///
/// It is total: what cannot be read is denied, with one line that says why.
pub fn admit(question: &[u8]) -> Verdict {
    answer(question, &Settings::from_json).verdict
}

/// Answers a question with these settings, whatever it brings along.
pub fn admit_with(question: &[u8], settings: &Settings) -> Verdict {
    answer(question, &|_| Ok(settings.clone())).verdict
}

/// Answers a question for a host that has settings of its own. Once there is
/// something to judge it is asked for them, and told what the question brings
/// along ([`Json::Absent`] if nothing).
///
/// The question is read as one about a RayJob, which most are, and once more
/// only if it turns out to be about something else.
pub fn answer(question: &[u8], settings: Choose<'_>) -> Answer {
    match json::read::<Question<'_, RayJob<'_>>>(question) {
        Ok(read) => Answer {
            uid: read.uid().into(),
            verdict: match read.judged() {
                _ if read.is_object() => answer_object(question, &read, settings),
                Ok(Some(judged)) if judged.kind == Kind::RayCronJob => {
                    answer_cron(question, settings)
                }
                Ok(Some(judged)) => decide(&judged, Object::RayJob, settings(read.settings())),
                Ok(None) => Verdict::accept(),
                Err(error) => Verdict::unreadable(&error),
            },
        },
        Err(error) => {
            let read = json::read::<Question<'_, AnyObject>>(question).unwrap_or_default();
            Answer {
                uid: read.uid().into(),
                verdict: match read.judged() {
                    _ if read.is_object() => Verdict::unreadable(&error),
                    Ok(Some(judged)) if judged.kind == Kind::RayCronJob => {
                        answer_cron(question, settings)
                    }
                    Ok(None) => Verdict::accept(),
                    _ => Verdict::unreadable(&error),
                },
            }
        }
    }
}

fn answer_cron(question: &[u8], settings: Choose<'_>) -> Verdict {
    match json::read::<Question<'_, RayCronJob<'_>>>(question) {
        Ok(read) => match read.judged() {
            Ok(Some(judged)) => decide(&judged, Object::RayCronJob, settings(read.settings())),
            Ok(None) => Verdict::accept(),
            Err(error) => Verdict::unreadable(&error),
        },
        Err(error) => Verdict::unreadable(&error),
    }
}

/// Answers a question that is an object by itself. It brings no settings along:
/// whoever wrote it does not choose what it is judged by.
fn answer_object<O>(question: &[u8], read: &Question<'_, O>, settings: Choose<'_>) -> Verdict {
    let settings = || settings(&Json::Absent);
    match read.object_kind() {
        Ok(Some(Kind::RayJob)) => match json::read::<RayJob<'_>>(question) {
            Ok(job) => match Judged::alone(Kind::RayJob, &job) {
                Some(judged) => decide(&judged, Object::RayJob, settings()),
                None => Verdict::accept(),
            },
            Err(error) => Verdict::unreadable(&error),
        },
        Ok(Some(Kind::RayCronJob)) => match json::read::<RayCronJob<'_>>(question) {
            Ok(cron) => match Judged::alone(Kind::RayCronJob, &cron) {
                Some(judged) => decide(&judged, Object::RayCronJob, settings()),
                None => Verdict::accept(),
            },
            Err(error) => Verdict::unreadable(&error),
        },
        Ok(None) => Verdict::accept(),
        Err(error) => Verdict::unreadable(&error),
    }
}

fn decide<'q, O>(
    judged: &Judged<'q, O>,
    view: fn(&'q O) -> Object<'q>,
    settings: Result<Settings, SettingsError>,
) -> Verdict {
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return Verdict::invalid_settings(&error),
    };
    let context = Context {
        object: view(judged.object),
        old: judged.old.map(view),
        field_manager: judged.field_manager,
        release: settings.release,
        gates: settings.gates,
    };
    let findings = weigh(&context, &settings);
    match context.object.error() {
        Some(error) => Verdict::unreadable(&error),
        None => Verdict::of(findings),
    }
}

/// What the rules find, and what each finding does. On an UPDATE a finding
/// that the stored object had already is only a warning: otherwise nobody,
/// not even the operator, could write to an object from the time before the
/// policy.
fn weigh(context: &Context<'_>, settings: &Settings) -> Vec<Graded> {
    let judge = |context: &_| rules::judge(context, &|rule| settings.level(rule) != Level::Off);
    let findings = judge(context);
    let mut stored = match context.old {
        Some(object) if !findings.is_empty() => judge(&Context {
            object,
            old: None,
            ..*context
        }),
        _ => Vec::new(),
    };
    let weigh = |finding: Finding| {
        let known = stored.iter().position(|stored| finding.same_as(stored));
        let level = match known {
            Some(_) => Level::Warn,
            None => settings.level(finding.rule),
        };
        // Each stored finding excuses one new finding only.
        known.map(|index| stored.swap_remove(index));
        Graded {
            finding,
            level,
            stored: known.is_some(),
        }
    };
    findings.into_iter().map(weigh).collect()
}
