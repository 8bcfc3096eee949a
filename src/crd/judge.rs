//! The verdict on an object in a file.

use serde::Serialize;
use serde_json::Value;

use super::{Schema, check};
use crate::admit::admit_with;
use crate::finding::Finding;
use crate::fix::Operation;
use crate::json::Path;
use crate::rule::Level;
use crate::settings::Settings;
use crate::verdict::{Graded, Verdict};

/// What a request must have for the policy to judge its object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'r> {
    uid: &'static str,
    kind: GroupVersionKind<'r>,
    operation: &'static str,
    object: &'r Value,
    old_object: Option<&'r Value>,
}

#[derive(Serialize)]
struct GroupVersionKind<'r> {
    group: &'r str,
    version: &'r str,
    kind: &'r str,
}

#[derive(Serialize)]
struct Question<'r> {
    request: Request<'r>,
}

/// Judges an object as it is written in a file: first what the API server makes
/// of it, then, as stored, what the operator would. `old` is the object that it
/// replaces, if it does.
///
/// What the API server refuses in a place stands for what the operator would
/// say of it. What the policy cannot read is denied, as at admission. That it
/// cannot is only told if nothing that the API server refuses explains it.
pub fn judge(object: &Value, old: Option<&Value>, settings: &Settings) -> Verdict {
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
    let verdict = admit_stored(readable.clone(), old, settings);
    if verdict.code == Some(400) && !findings.iter().any(is_refusal) {
        return Verdict {
            findings,
            ..verdict
        };
    }
    // In quotes the value may be refused for another reason.
    let is_quoted = |refusal: &Finding| {
        let place = refusal.path.to_pointer();
        readable.pointer(&place) != object.pointer(&place)
    };
    for later in verdict.findings {
        let is_covered = |refusal: &&mut Graded| {
            is_refusal(refusal)
                && !is_quoted(&refusal.finding)
                && covers(&refusal.finding, &later.finding, object)
        };
        match findings.iter_mut().find(is_covered) {
            Some(refusal) if is_written(object, &later.finding.path) => {
                refusal.finding.or_offer(&later.finding);
            }
            Some(_) => {}
            None => findings.push(tell_empty(later, object)),
        }
    }
    Verdict::of(findings)
}

fn is_refusal(graded: &Graded) -> bool {
    graded.level == Level::Deny && graded.finding.rule.id.starts_with("crd-")
}

/// Whether what the API server refuses is all that can be said of the place of
/// another finding: the same place, or one below it where nothing is written.
fn covers(refusal: &Finding, other: &Finding, object: &Value) -> bool {
    let (refused, place) = (&refusal.path, &other.path);
    place == refused || (place.is_below(refused) && !is_written(object, refused))
}

fn is_written(object: &Value, place: &Path) -> bool {
    let value = object.pointer(&place.to_pointer());
    value.is_some_and(|value| !value.is_null())
}

/// Says of a field that the API server drops, because it is written without a
/// value, that it is the one.
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
/// policy can read the object and all findings come at once.
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

/// The verdict on an admission request for the object.
fn admit_stored(object: Value, old: Option<&Value>, settings: &Settings) -> Verdict {
    let schema = Schema::of_object(settings.release, &object);
    let stored = |mut object: Value| {
        if let Some(schema) = &schema {
            schema.store(&mut object);
        }
        object
    };
    let (object, old) = (stored(object), old.cloned().map(stored));
    let text = |field: &str| {
        object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let question = Question {
        request: Request {
            uid: "file",
            kind: GroupVersionKind {
                group,
                version,
                kind,
            },
            operation: if old.is_some() { "UPDATE" } else { "CREATE" },
            object: &object,
            old_object: old.as_ref(),
        },
    };
    let question = serde_json::to_vec(&question).unwrap_or_default();
    admit_with(&question, settings)
}
