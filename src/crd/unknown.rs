//! Advice for fields that a schema does not know.

use std::iter;

use serde_json::{Map, Value};

use super::Schema;
use super::mistake::Mistake;
use super::moved::{Meant, Moved};
use super::node::{Node, Type, is_field};
use super::place::Place;
use crate::fix::Proposal;
use crate::json::Quoted;
use crate::release::Release;
use crate::rules::crd::claim::Violation;
use crate::syntax::nearest::nearest;

/// Describes a field that the object in this place does not have; `fields`
/// holds all fields of the object.
pub(super) fn mistake(
    schema: &Schema,
    place: Place<'_>,
    node: &'static Node,
    key: &str,
    fields: &Map<String, Value>,
) -> Mistake {
    let release = schema.release;
    let name = Quoted(key);
    let value = fields.get(key).unwrap_or(&Value::Null);
    let has_it = |release, api_version| {
        let root = Node::root(release, api_version, schema.kind);
        let field = root.and_then(|root| place.descend(root)?.field(key));
        // An object with another shape was meant for another field.
        field.is_some_and(|(_, field)| !value.is_object() || fits(value, field))
    };
    if schema.api_version != super::STORED && has_it(release, super::STORED) {
        return unknown(
            format!("{name} is not a field of {}", schema.api_version),
            format!("Use apiVersion: {}, which has it", super::STORED),
        );
    }
    if is_of_worker_groups(schema, place, key) {
        return of_worker_groups(key, value);
    }
    let releases: Vec<_> = Release::ALL
        .into_iter()
        .filter(|&release| has_it(release, schema.api_version))
        .collect();
    let moved = Moved::find(&format!("{}.{key}", place.pattern(schema.kind)));
    let last = match *releases {
        [first, ..] if first > release => {
            let meant = moved.map(|moved| moved.meant(value, fields).advice);
            let remedy = meant.as_deref().unwrap_or("Remove it");
            return unknown(
                format!("{name} is not a field in KubeRay {release} (added in {first})"),
                format!("{remedy}, or use KubeRay {first}"),
            );
        }
        [.., last] => Some(last.as_str()),
        [] => moved.and_then(|moved| moved.last),
    };
    let detail = match last {
        Some(last) => format!("{name} is not a field in KubeRay {release} (removed after {last})"),
        None => format!("{name} is not a field"),
    };
    if let Some(moved) = moved {
        return meant(detail, moved.meant(value, fields));
    }
    if last.is_some() {
        return unknown(detail, "Remove it".into());
    }
    let alike = node.fields().filter(|(_, field)| is_like(value, field));
    let near = nearest(key, alike.map(|(name, _)| name));
    let same = near.filter(|near| near.eq_ignore_ascii_case(key));
    let homes = match same {
        Some(_) => Vec::new(),
        None => homes(schema, place, key, value),
    };
    match (&*homes, near) {
        ([one], _) => unknown(detail, format!("Move it to {one}")),
        ([one, other], _) => unknown(detail, format!("Move it to {one} or {other}")),
        (_, Some(near)) => meant(detail, Meant::field(near, fields)),
        _ => unknown(detail, "Remove it".into()),
    }
}

fn unknown(detail: String, advice: String) -> Mistake {
    Mistake::new(Violation::UnknownField, detail, advice)
}

fn meant(detail: String, Meant { advice, proposal }: Meant) -> Mistake {
    Mistake {
        proposal,
        ..unknown(detail, advice)
    }
}

/// Returns whether a field of the head is one that worker groups have.
fn is_of_worker_groups(schema: &Schema, place: Place<'_>, key: &str) -> bool {
    let cluster = match place {
        Place::Field(cluster, "headGroupSpec") => cluster.descend(schema.root),
        _ => None,
    };
    cluster
        .and_then(|cluster| cluster.field("workerGroupSpecs")?.1.items())
        .is_some_and(|group| group.field(key).is_some())
}

fn of_worker_groups(key: &str, value: &Value) -> Mistake {
    let detail = format!("{key} is a field of worker groups, and the head is always one pod");
    let is_more = key.ends_with("eplicas") && value.as_u64().is_some_and(|count| count > 1);
    match is_more {
        true => unknown(
            detail,
            "Remove it, and set the number of pods in a worker group".into(),
        ),
        false => Mistake {
            proposal: Some(Proposal::Nothing),
            ..unknown(detail, "Remove it".into())
        },
    }
}

/// The number of levels below an object to search for a field.
const DEEPEST: usize = 6;

/// Names with a different meaning in each object. The search for them covers
/// only this many levels down and up.
const COMMON: [&str; 5] = ["annotations", "labels", "metadata", "namespace", "spec"];
const CLOSE: usize = 2;

/// Parts with a field of almost any name, which is unlikely to be the one that
/// was meant.
const APART: [&str; 12] = [
    "autoscalerOptions",
    "ephemeralContainers",
    "gcsFaultToleranceOptions",
    "headService",
    "historyServerOptions",
    "initContainers",
    "managedFields",
    "networkPolicy",
    "ownerReferences",
    "status",
    "submitterPodTemplate",
    "volumes",
];

/// Returns the objects that have such a field: the closest ones below the
/// nearest ancestor that has any.
fn homes(schema: &Schema, place: Place<'_>, key: &str, value: &Value) -> Vec<String> {
    let (depth, height) = match key {
        "name" => return Vec::new(),
        // An object can have a hundred thousand fields that no schema knows.
        key if !is_field(key) => return Vec::new(),
        key if COMMON.contains(&key) => (CLOSE, CLOSE),
        _ => (DEEPEST, usize::MAX),
    };
    let search = Search { key, value };
    let mut from = "";
    for place in iter::successors(Some(place), |place| place.above()).take(height.saturating_add(1))
    {
        let mut level: Vec<_> = place
            .descend(schema.root)
            .map(|node| (place.path().to_string(), node))
            .into_iter()
            .collect();
        for _ in 0..depth {
            let (homes, below) = search.level(level, from);
            if !homes.is_empty() {
                return homes;
            }
            level = below;
        }
        if let Place::Field(_, name) = place {
            from = name;
        }
    }
    Vec::new()
}

/// The field to search for.
struct Search<'s> {
    key: &'s str,
    value: &'s Value,
}

impl Search<'_> {
    /// Returns the objects that have the field, and the objects one level below
    /// all of them. `from` is where the search came from.
    fn level(
        &self,
        objects: Vec<(String, &'static Node)>,
        from: &str,
    ) -> (Vec<String>, Vec<(String, &'static Node)>) {
        let (mut homes, mut below) = (Vec::new(), Vec::new());
        for (path, node) in objects {
            let field = node
                .field(self.key)
                .filter(|(_, field)| fits(self.value, field));
            // Pod-level resources need a Kubernetes feature gate, and are rare.
            let is_pod = node.field("containers").is_some();
            if field.is_some() && !path.is_empty() && !(is_pod && self.key == "resources") {
                homes.push(path.clone());
            }
            let parts = node.fields().filter(|(name, _)| {
                let is_other_group = from == "headGroupSpec" && *name == "workerGroupSpecs"
                    || from == "workerGroupSpecs" && *name == "headGroupSpec";
                !APART.contains(name) && *name != from && !is_other_group
            });
            below.extend(parts.map(|(name, field)| {
                let path = match path.is_empty() {
                    true => name.into(),
                    false => format!("{path}.{name}"),
                };
                match field.items() {
                    Some(item) => (path + "[]", item),
                    None => (path, field),
                }
            }));
        }
        (homes, below)
    }
}

/// Returns whether a value may have been written for a field: the value and its
/// contents have the right sort of type, but can still be invalid.
fn fits(value: &Value, node: &Node) -> bool {
    is_like(value, node)
        && match value {
            Value::Object(fields) => fields.iter().all(|(key, value)| {
                let field = node.field(key).map(|(_, field)| field);
                let field = field.or_else(|| node.values());
                field.map_or(node.open, |field| is_like(value, field))
            }),
            Value::Array(items) => node
                .items()
                .is_none_or(|node| items.iter().all(|item| is_like(item, node))),
            _ => true,
        }
}

/// Returns whether a value is of the same sort as those of a field.
fn is_like(value: &Value, node: &Node) -> bool {
    match value {
        Value::Null => true,
        Value::Object(_) => node.kind == Type::Object,
        Value::Array(_) => node.kind == Type::Array,
        Value::String(text) if !node.choices.is_empty() => {
            nearest(text, node.choices.iter().copied()).is_some()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            !matches!(node.kind, Type::Object | Type::Array)
        }
    }
}
