//! The verdict on an object in a file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Schema, check};
use crate::admit;
use crate::finding::Finding;
use crate::fix::Operation;
use crate::json::Path;
use crate::rule::{Level, Origin};
use crate::settings::Settings;
use crate::verdict::{Graded, Verdict};

/// Judges an object as written in a file: first as the API server would, then,
/// as stored, as the operator would. `old` is the object that it replaces, if
/// any.
///
/// If the API server refuses a place, the operator's findings there are
/// dropped. An object that the policy cannot read is denied, as at admission.
/// This is reported only if no refusal by the API server explains it.
pub fn judge(object: &Value, old: Option<&Value>, settings: &Settings) -> Verdict {
    let settings = &settings.in_files().resolved(object);
    let weigh = |finding: Finding| Graded {
        level: settings.level(finding.rule),
        finding,
        stored: false,
    };
    let found = check(settings.release, object, old).into_iter().map(weigh);
    let mut findings: Vec<_> = found.filter(|graded| graded.level != Level::Off).collect();
    let mut readable = object.clone();
    for graded in findings.iter().filter(|graded| is_refusal(graded)) {
        quote(&mut readable, &graded.finding);
    }
    let verdict = judge_stored(readable.clone(), old, settings);
    if verdict.code == Some(400) && !findings.iter().any(is_refusal) {
        return Verdict {
            findings,
            ..verdict
        };
    }
    let refused = Refused::of(&findings, object, &readable);
    for later in verdict.findings {
        let refusal = refused.covering(&later.finding.path, object);
        match refusal.and_then(|index| findings.get_mut(index)) {
            Some(refusal) if is_written(object, &later.finding.path) => {
                refusal.finding.or_offer(&later.finding);
            }
            Some(_) => {}
            None => findings.push(tell_empty(later, object)),
        }
    }
    Verdict {
        unavailable: verdict.unavailable,
        ..Verdict::of(findings)
    }
}

fn is_refusal(graded: &Graded) -> bool {
    graded.level == Level::Deny && graded.finding.rule.origin == Origin::ApiServer
}

/// The places that the API server refuses, as JSON Pointers, each with the index of its first
/// finding.
struct Refused(BTreeMap<String, usize>);

impl Refused {
    /// The refusals among the findings. `readable` is the object in which values are quoted:
    /// such a value may be refused for another reason.
    fn of(findings: &[Graded], object: &Value, readable: &Value) -> Self {
        let mut places = BTreeMap::new();
        for (index, graded) in findings.iter().enumerate() {
            let place = graded.finding.path.to_pointer();
            if is_refusal(graded) && readable.pointer(&place) == object.pointer(&place) {
                places.entry(place).or_insert(index);
            }
        }
        Self(places)
    }

    /// The first refusal that makes a finding redundant: in the same place, or in one above
    /// it if nothing is written there.
    fn covering(&self, path: &Path, object: &Value) -> Option<usize> {
        let place = path.to_pointer();
        let above = place.match_indices('/').map(|(end, _)| &place[..end]);
        let unwritten = above.filter(|above| object.pointer(above).is_none_or(Value::is_null));
        let covering = unwritten.chain([&*place]);
        covering.filter_map(|it| self.0.get(it).copied()).min()
    }
}

fn is_written(object: &Value, place: &Path) -> bool {
    let value = object.pointer(&place.to_pointer());
    value.is_some_and(|value| !value.is_null())
}

/// Notes in a finding that the field is written without a value, so that the
/// API server drops it.
fn tell_empty(mut graded: Graded, object: &Value) -> Graded {
    let finding = &mut graded.finding;
    if object.pointer(&finding.path.to_pointer()) == Some(&Value::Null)
        && let Some(field) = finding.path.last_key()
    {
        finding.detail = format!("{}: {field} is empty", finding.detail);
    }
    graded
}

/// Puts a number or a boolean in quotes where a safe fix would, so that the
/// policy can read the object and report all findings at once.
fn quote(object: &mut Value, finding: &Finding) {
    let fixes = finding.fixes().filter(|fix| fix.safe);
    for operation in fixes.flat_map(|fix| fix.patch) {
        if let Operation::Add(path, json) = operation
            && let Some(value) = object.pointer_mut(&path.to_pointer())
        {
            *value = serde_json::from_str(&json).unwrap_or_default();
        }
    }
}

/// Returns the verdict on the object as the API server would store it.
fn judge_stored(object: Value, old: Option<&Value>, settings: &Settings) -> Verdict {
    let schema = Schema::of_object(settings.release, &object);
    let stored = |mut object: Value| {
        if let Some(schema) = &schema {
            schema.store(&mut object);
        }
        object.to_string()
    };
    let old = old.cloned().map(stored);
    let old = old.as_deref().map(str::as_bytes);
    admit::judge(stored(object).as_bytes(), old, settings)
}
