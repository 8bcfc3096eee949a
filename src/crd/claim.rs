//! Which rule a mistake belongs to.

use serde_json::Value;

use crate::rule::Rule;
use crate::rules;

/// What a rule is about, as one place of the schema. A place is written
/// `job.rayClusterSpec.workerGroupSpecs[].groupName`; a `*` at its end is for
/// whatever follows.
#[derive(Debug)]
pub enum Claim {
    /// A demand of the schema that is not met there.
    Demand(Demand, &'static str),
    /// A CEL rule that stands there, and what it comes down to.
    Cel(&'static str, &'static str, Test),
}

/// What a schema demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// That the release serves the kind and version of an object.
    Kind,
    /// That a value has the field's type.
    Type,
    /// That a field is there.
    Presence,
    /// That a value is one of those that are allowed.
    Value,
    /// That a list has no item twice.
    Uniqueness,
    /// That a field has a name which the schema knows.
    Name,
    /// That the version of an object is not deprecated.
    Current,
}

/// Whether a CEL rule holds for a value and the one that it replaces. A rule
/// about both holds where nothing is replaced.
pub type Test = fn(&Value, Option<&Value>) -> bool;

/// The first rule that claims a demand in a place.
pub(super) fn rule(unmet: Demand, place: &str) -> Option<&'static Rule> {
    let claims = |claim: &Claim| match *claim {
        Claim::Demand(demand, at) => demand == unmet && is_at(place, at),
        Claim::Cel(..) => false,
    };
    rules::claims().find_map(|(rule, all)| all.iter().any(claims).then_some(rule))
}

/// The rule that claims a CEL rule in a place, and what that comes down to.
pub(super) fn cel(text: &str, place: &str) -> Option<(&'static Rule, Test)> {
    let test = |claim: &Claim| match *claim {
        Claim::Cel(at, rule, test) => (rule == text && is_at(place, at)).then_some(test),
        Claim::Demand(..) => None,
    };
    rules::claims().find_map(|(rule, all)| Some((rule, all.iter().find_map(test)?)))
}

fn is_at(place: &str, at: &str) -> bool {
    match at.strip_suffix('*') {
        Some(start) => place.starts_with(start),
        None => place == at,
    }
}

/// CEL's `has`: whether a field is there.
pub(crate) fn has(value: &Value, field: &str) -> bool {
    value.get(field).is_some_and(|value| !value.is_null())
}
