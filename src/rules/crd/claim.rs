//! Assigns violations of a schema to rules.

use serde_json::Value;

use crate::rule::Rule;

/// Violations of the schemas that a rule reports. A place is written
/// `cluster.workerGroupSpecs[].groupName` or `job.entrypoint`; a trailing `*` matches
/// any rest.
#[derive(Debug)]
pub enum Claim {
    /// A violation in a place.
    Violation(Violation, &'static str),
    /// A CEL rule (`x-kubernetes-validations`) in a place, and its equivalent in Rust.
    Cel(&'static str, &'static str, Test),
}

/// How an object can violate a schema.
///
/// The names are those of the API server where it has one
/// (`k8s.io/apimachinery v0.34.3 pkg/util/validation/field/errors.go:ErrorType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The release does not serve the kind and version of the object.
    NotServed,
    /// The value does not have the field's type.
    TypeInvalid,
    /// A required field is missing.
    Required,
    /// The value is not allowed.
    Invalid,
    /// The list has duplicate items.
    Duplicate,
    /// The schema has no field of this name.
    UnknownField,
    /// The version of the object is deprecated.
    Deprecated,
}

/// Whether a CEL rule holds for a value and the one that it replaces. A rule
/// about both holds if nothing is replaced.
pub type Test = fn(&Value, Option<&Value>) -> bool;

/// Returns the first rule that claims a violation in a place.
pub(crate) fn rule(violation: Violation, place: &str) -> Option<&'static Rule> {
    let claims = |claim: &Claim| match *claim {
        Claim::Violation(claimed, at) => claimed == violation && is_at(place, at),
        Claim::Cel(..) => false,
    };
    super::claims().find_map(|(rule, all)| all.iter().any(claims).then_some(rule))
}

/// Returns the rule that claims a CEL rule in a place, and its equivalent in
/// Rust.
pub(crate) fn cel(text: &str, place: &str) -> Option<(&'static Rule, Test)> {
    let test = |claim: &Claim| match *claim {
        Claim::Cel(at, rule, test) => (rule == text && is_at(place, at)).then_some(test),
        Claim::Violation(..) => None,
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
