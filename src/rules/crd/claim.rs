//! Assigns mistakes to rules.

use serde_json::Value;

use crate::rule::Rule;

/// A part of the schema that a rule covers. A place is written
/// `cluster.workerGroupSpecs[].groupName` or `job.entrypoint`; a trailing `*` matches
/// any rest.
#[derive(Debug)]
pub enum Claim {
    /// An unmet demand of the schema in a place.
    Demand(Demand, &'static str),
    /// A CEL rule in a place, and its equivalent in Rust.
    Cel(&'static str, &'static str, Test),
}

/// A kind of demand that a schema makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The release serves the kind and version of the object.
    Kind,
    /// The value has the field's type.
    Type,
    /// The field is present.
    Presence,
    /// The value is allowed.
    Value,
    /// The list has no duplicate items.
    Uniqueness,
    /// The schema knows the name of the field.
    Name,
    /// The version of the object is not deprecated.
    Current,
}

/// Whether a CEL rule holds for a value and the one that it replaces. A rule
/// about both holds if nothing is replaced.
pub type Test = fn(&Value, Option<&Value>) -> bool;

/// Returns the first rule that claims a demand in a place.
pub(crate) fn rule(unmet: Demand, place: &str) -> Option<&'static Rule> {
    let claims = |claim: &Claim| match *claim {
        Claim::Demand(demand, at) => demand == unmet && is_at(place, at),
        Claim::Cel(..) => false,
    };
    super::claims().find_map(|(rule, all)| all.iter().any(claims).then_some(rule))
}

/// Returns the rule that claims a CEL rule in a place, and its equivalent in
/// Rust.
pub(crate) fn cel(text: &str, place: &str) -> Option<(&'static Rule, Test)> {
    let test = |claim: &Claim| match *claim {
        Claim::Cel(at, rule, test) => (rule == text && is_at(place, at)).then_some(test),
        Claim::Demand(..) => None,
    };
    super::claims().find_map(|(rule, all)| Some((rule, all.iter().find_map(test)?)))
}

fn is_at(place: &str, at: &str) -> bool {
    match at.strip_suffix('*') {
        Some(start) => place.starts_with(start),
        None => place == at,
    }
}

/// CEL's `has`: whether a field is present.
pub(super) fn has(value: &Value, field: &str) -> bool {
    value.get(field).is_some_and(|value| !value.is_null())
}
