//! The verdict on an object in a file.

use serde::Serialize;
use serde_json::Value;

use super::{Schema, check};
use crate::admit::admit_with;
use crate::finding::Finding;
use crate::rule::Level;
use crate::settings::Settings;
use crate::subject::Kind;
use crate::verdict::{Verdict, Weighed};

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
/// An object that the API server refuses may be one that the policy cannot
/// read; then the verdict is the API server's.
pub fn judge(object: &Value, old: Option<&Value>, settings: &Settings) -> Verdict {
    let weigh = |finding: Finding| Weighed {
        level: settings.level(finding.rule),
        finding,
        stored: false,
    };
    let refused = check(settings.release, object, old).into_iter().map(weigh);
    let mut findings: Vec<_> = refused
        .filter(|weighed| weighed.level != Level::Off)
        .collect();
    let verdict = admit_stored(object, old, settings);
    if verdict.code == Some(400) && findings.is_empty() {
        return verdict;
    }
    findings.extend(verdict.findings);
    Verdict::of(findings)
}

/// The verdict on an admission request for the object.
fn admit_stored(object: &Value, old: Option<&Value>, settings: &Settings) -> Verdict {
    let text = |field: &str| {
        object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let schema = Kind::ALL
        .into_iter()
        .find(|known| known.as_str() == kind)
        .and_then(|kind| Schema::of(settings.release, api_version, kind));
    let stored = |object: &Value| {
        let mut object = object.clone();
        if let Some(schema) = &schema {
            schema.store(&mut object);
        }
        object
    };
    let (object, old) = (stored(object), old.map(stored));
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
