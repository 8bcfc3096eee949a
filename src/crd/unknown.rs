//! What was meant by a field that a schema does not know.

use super::Schema;
use super::claim::Demand;
use super::mistake::Mistake;
use super::node::Node;
use super::place::Place;
use crate::json::Quoted;
use crate::release::Release;
use crate::syntax::nearest::nearest;

/// How deep below an object a field is looked for.
const DEEPEST: usize = 4;

/// A field that the object in this place does not have.
pub(super) fn mistake(
    schema: &Schema,
    place: Place<'_>,
    node: &'static Node,
    key: &str,
) -> Mistake {
    let release = schema.release;
    let has_it = |release, api_version| {
        let root = Node::root(release, api_version, schema.kind);
        root.and_then(|root| place.descend(root))
            .is_some_and(|node| node.field(key).is_some())
    };
    let unknown = |detail: String, advice: String| Mistake::new(Demand::Name, detail, advice);
    let name = Quoted(key);
    if schema.api_version != super::STORED && has_it(release, super::STORED) {
        return unknown(
            format!("{name} is not a field of {}", schema.api_version),
            format!("Write apiVersion: {}, which has it", super::STORED),
        );
    }
    let releases: Vec<_> = Release::ALL
        .into_iter()
        .filter(|&release| has_it(release, schema.api_version))
        .collect();
    match *releases {
        [first, ..] if first > release => {
            return unknown(
                format!("{name} is not a field in KubeRay {release}, it came with {first}"),
                format!("Remove it, or use KubeRay {first}"),
            );
        }
        [.., last] => {
            return unknown(
                format!(
                    "{name} is not a field in KubeRay {release}, the last release to have it was {last}"
                ),
                "Remove it".into(),
            );
        }
        [] => {}
    }
    let near = nearest(key, node.fields().map(|(name, _)| name));
    let detail = format!("{name} is not a field");
    let same = near.filter(|near| near.eq_ignore_ascii_case(key));
    if let Some(near) = same {
        return unknown(detail, format!("Write {near}"));
    }
    match (&*elsewhere(schema, place, key), near) {
        ([one], _) => unknown(detail, format!("It is a field of {one}; move it there")),
        ([one, other], _) => unknown(
            detail,
            format!("It is a field of {one} and of {other}; move it there"),
        ),
        (_, Some(near)) => unknown(detail, format!("Write {near}")),
        _ => unknown(detail, "Remove it".into()),
    }
}

/// The objects that have a field of this name, below the nearest object above
/// that has any such below it.
fn elsewhere(schema: &Schema, place: Place<'_>, key: &str) -> Vec<String> {
    let mut above = Some(place);
    while let Some(place) = above {
        let mut found = Vec::new();
        if let Some(node) = place.descend(schema.root) {
            search(node, place.path().to_string(), key, DEEPEST, &mut found);
        }
        if !found.is_empty() {
            return found;
        }
        above = place.above();
    }
    Vec::new()
}

fn search(node: &'static Node, path: String, key: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for (name, field) in node.fields() {
        if name == key {
            found.push(path.clone());
        }
        let below = if path.is_empty() {
            name.into()
        } else {
            format!("{path}.{name}")
        };
        match field.items() {
            Some(item) => search(item, below + "[]", key, depth, found),
            None => search(field, below, key, depth, found),
        }
    }
}
