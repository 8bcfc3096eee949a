//! The one entry: an admission request in, a verdict out.

use crate::finding::Finding;
use crate::json::{self, Json};
use crate::rayjob::{RayCronJob, RayJob};
use crate::request::{AnyObject, Judged, Question};
use crate::rule::Level;
use crate::rules;
use crate::settings::Settings;
use crate::subject::{Kind, Object, Subject};
use crate::verdict::{Verdict, Weighed};

/// Answers a question with the settings that it brings along: JSON with a
/// `request` (an AdmissionRequest) and `settings`, or, as Gatekeeper has it, a
/// `review` and `parameters`. Without settings the defaults hold.
///
/// It is total: what cannot be read is denied, with one line that says why.
pub fn admit(question: &[u8]) -> Verdict {
    answer(question, None)
}

/// Answers a question with these settings, whatever it brings along.
pub fn admit_with(question: &[u8], settings: &Settings) -> Verdict {
    answer(question, Some(settings))
}

/// Reads the question as one about a RayJob, which most are, and once more
/// only if it turns out to be about something else.
fn answer(question: &[u8], settings: Option<&Settings>) -> Verdict {
    let fault = match json::read::<Question<'_, RayJob<'_>>>(question) {
        Ok(read) => match read.judged() {
            Ok(Some(judged)) if judged.kind == Kind::RayCronJob => {
                return answer_cron(question, settings);
            }
            Ok(Some(judged)) => {
                return decide(&judged, Object::RayJob, read.settings(), settings);
            }
            Ok(None) => return Verdict::accept(),
            Err(fault) => fault,
        },
        Err(fault) => match json::read::<Question<'_, AnyObject>>(question)
            .as_ref()
            .map(Question::judged)
        {
            Ok(Ok(Some(judged))) if judged.kind == Kind::RayCronJob => {
                return answer_cron(question, settings);
            }
            Ok(Ok(None)) => return Verdict::accept(),
            _ => fault,
        },
    };
    Verdict::unreadable(&fault)
}

fn answer_cron(question: &[u8], settings: Option<&Settings>) -> Verdict {
    match json::read::<Question<'_, RayCronJob<'_>>>(question) {
        Ok(read) => match read.judged() {
            Ok(Some(judged)) => decide(&judged, Object::RayCronJob, read.settings(), settings),
            Ok(None) => Verdict::accept(),
            Err(fault) => Verdict::unreadable(&fault),
        },
        Err(fault) => Verdict::unreadable(&fault),
    }
}

fn decide<'q, O>(
    judged: &Judged<'q, O>,
    view: fn(&'q O) -> Object<'q>,
    given: &Json<'_>,
    settings: Option<&Settings>,
) -> Verdict {
    let settings = match settings {
        Some(settings) => Ok(settings.clone()),
        None => Settings::from_json(given),
    };
    let settings = match settings {
        Ok(settings) => settings,
        Err(fault) => return Verdict::invalid_settings(&fault),
    };
    let subject = Subject {
        object: view(judged.object),
        old: judged.old.map(view),
        field_manager: judged.field_manager,
        release: settings.release,
        gates: settings.gates,
    };
    let findings = weigh(&subject, &settings);
    match subject.object.fault() {
        Some(fault) => Verdict::unreadable(&fault),
        None => Verdict::of(findings),
    }
}

/// What the rules find, and what each finding does. On an UPDATE a finding
/// that the stored object had already is only a warning: otherwise nobody,
/// not even the operator, could write to an object from the time before the
/// policy.
fn weigh(subject: &Subject<'_>, settings: &Settings) -> Vec<Weighed> {
    let judge = |subject: &_| rules::judge(subject, &|rule| settings.level(rule) != Level::Off);
    let findings = judge(subject);
    let mut stored = match subject.old {
        Some(object) if !findings.is_empty() => judge(&Subject {
            object,
            old: None,
            ..*subject
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
        Weighed {
            finding,
            level,
            stored: known.is_some(),
        }
    };
    findings.into_iter().map(weigh).collect()
}
