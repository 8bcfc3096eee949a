//! Checks what an API server refuses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::mistake::{ItemKey, Mistake, shown};
use super::node::Node;
use super::place::Place;
use super::{Schema, unknown};
use crate::finding::Finding;
use crate::rule::Rule;
use crate::rules::crd::claim;

/// Walks an object along its schema, as it would be stored: `null` is absent,
/// and absent fields have their defaults.
///
/// Source: `k8s.io/apiextensions-apiserver v0.34.3`
/// `pkg/registry/customresource/strategy.go:Validate`,
/// `pkg/apiserver/schema/listtype/validation.go` and `k8s.io/kube-openapi`
/// `pkg/validation/validate`.
pub(super) struct Checker<'s> {
    pub schema: &'s Schema,
    pub findings: Vec<Finding>,
}

impl Checker<'_> {
    /// Checks a value, given the one that it replaces.
    pub fn value(
        &mut self,
        place: Place<'_>,
        node: &'static Node,
        new: &Value,
        old: Option<&Value>,
    ) {
        if let Some(mistake) = self.of_type(place, node, new) {
            return self.add(place, mistake);
        }
        let mistake = match new {
            Value::Object(fields) => {
                self.fields(place, node, fields, old);
                None
            }
            Value::Array(items) => {
                self.items(place, node, items);
                Mistake::of_list(items, node)
            }
            Value::String(text) => Mistake::of_text(text, node),
            Value::Number(number) => Mistake::of_number(number, node),
            Value::Null | Value::Bool(_) => None,
        };
        if let Some(mistake) = mistake {
            self.add(place, mistake);
        }
        for rule in &node.rules {
            self.cel(place, rule, new, old);
        }
    }

    fn of_type(&self, place: Place<'_>, node: &Node, value: &Value) -> Option<Mistake> {
        let mistake = Mistake::of_type(value, node)?;
        let pattern = place.pattern(self.schema.kind);
        let is_selector = pattern == "job.clusterSelector{}";
        let is_label = ["labels{}", "matchLabels{}", "nodeSelector{}"]
            .iter()
            .any(|end| pattern.ends_with(end));
        let selector = Mistake::of_selector(value).filter(|_| is_selector);
        Some(selector.unwrap_or(match is_label {
            true => mistake.of_label(),
            false => mistake,
        }))
    }

    fn fields(
        &mut self,
        place: Place<'_>,
        node: &'static Node,
        fields: &Map<String, Value>,
        old: Option<&Value>,
    ) {
        for (key, value) in fields {
            let (below, node) = match (node.field(key), node.values()) {
                (Some((name, field)), _) => (Place::Field(&place, name), field),
                (None, Some(values)) => (Place::Key(&place, key), values),
                (None, None) if node.open => continue,
                (None, None) => {
                    let mistake = unknown::mistake(self.schema, place, node, key, fields);
                    self.add(Place::Key(&place, key), mistake);
                    continue;
                }
            };
            if !value.is_null() || node.nullable {
                let old = old
                    .and_then(|old| old.get(key))
                    .filter(|old| !old.is_null());
                self.value(below, node, value, old);
            }
        }
        for &name in &node.required {
            let written = fields.get(name);
            if written.is_none_or(Value::is_null) && node.default_of(name).is_none() {
                let mistake = Mistake::missing(name, written.is_some());
                self.add(Place::Field(&place, name), mistake);
            }
        }
    }

    fn items(&mut self, place: Place<'_>, node: &'static Node, items: &[Value]) {
        let Some(item_node) = node.items() else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            self.value(Place::Item(&place, index), item_node, item, None);
        }
        let Some(keys) = &node.unique else { return };
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            // An item of another type has no keys; `null` counts as an item
            // without keys.
            if keys.is_empty() || item.is_object() || item.is_null() {
                let identity = identity(item, item_node, keys);
                if !seen.insert(format!("{identity:?}")) {
                    self.add(Place::Item(&place, index), Mistake::duplicate(&identity));
                }
            }
        }
    }

    fn cel(&mut self, place: Place<'_>, text: &str, new: &Value, old: Option<&Value>) {
        let Some((rule, holds)) = claim::cel(text, &place.pattern(self.schema.kind)) else {
            return;
        };
        if !holds(new, old) {
            let detail = match (new, old) {
                (Value::Object(fields), _) => set_of(fields),
                (_, Some(old)) if holds(new, None) => {
                    format!("{} replaces {}", shown(new), shown(old))
                }
                _ => format!("the value is {}", shown(new)),
            };
            let finding = self.finding(rule, place, detail);
            self.findings.push(finding);
        }
    }

    /// Adds the finding for a mistake in a place.
    pub fn add(&mut self, place: Place<'_>, mistake: Mistake) {
        let Some(rule) = claim::rule(mistake.violation, &place.pattern(self.schema.kind)) else {
            return;
        };
        let mut finding = self.finding(rule, place, mistake.detail);
        finding.proposal = mistake.proposal.map(Box::new);
        finding.advise(mistake.advice);
        self.findings.push(finding);
    }

    fn finding(&self, rule: &'static Rule, place: Place<'_>, detail: String) -> Finding {
        Finding::new(rule, self.schema.kind, place.path(), detail)
    }
}

/// Returns what identifies an item of a list: these fields, or the whole item.
fn identity<'v>(item: &'v Value, node: &'static Node, keys: &[&'static str]) -> ItemKey<'v> {
    let value = |&key: &&'static str| {
        let written = item.get(key).filter(|value| !value.is_null());
        (key, written.or_else(|| node.default_of(key)))
    };
    match keys {
        [] => vec![("", Some(item))],
        keys => keys.iter().map(value).collect(),
    }
}

/// Describes which fields of an object are set.
fn set_of(fields: &Map<String, Value>) -> String {
    let is_set = |(_, value): &(&String, &Value)| !value.is_null();
    let names: Vec<_> = fields
        .iter()
        .filter(is_set)
        .map(|(name, _)| &**name)
        .collect();
    match &*names {
        [] => "none of its fields is set".into(),
        [one] => format!("only {one} is set"),
        names => format!("{} are set", names.join(" and ")),
    }
}
