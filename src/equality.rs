//! Semantic equality of JSON values, as `equality.Semantic` has it for Kubernetes.

use crate::json::{self, Json, Text};
use crate::syntax::quantity::Quantity;

/// Whether two values, given as JSON, are the same to a reader who takes an
/// absent field for one with its zero value and `1000m` for `1`. The operator
/// and other writers in Go send back what they have read like this. What cannot
/// be read means anything.
pub(crate) fn semantically_equal(a: &[u8], b: &[u8]) -> bool {
    a == b
        || match (json::read::<Json<'_>>(a), json::read::<Json<'_>>(b)) {
            (Ok(a), Ok(b)) => means(&a, &b),
            _ => true,
        }
}

/// The same of two values that have been read.
pub(crate) fn means(a: &Json<'_>, b: &Json<'_>) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            let mut keys = a.iter().chain(b);
            keys.all(|(key, _)| {
                let (a, b) = (value(a, key), value(b, key));
                means(a, b) || (&**key == "numOfHosts" && hosts(a) == hosts(b))
            })
        }
        (Json::List(a), Json::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| means(a, b))
        }
        (Json::Boolean(a), Json::Boolean(b)) => a == b,
        (Json::Text(a), Json::Text(b)) if a == b => true,
        (Json::Number(a), Json::Number(b)) if a == b => true,
        _ => {
            let value = quantity(a);
            (is_zero(a) && is_zero(b)) || (value.is_some() && value == quantity(b))
        }
    }
}

/// Whether a writer in Go may leave it out.
pub(crate) fn is_zero(json: &Json<'_>) -> bool {
    match json {
        Json::Absent | Json::Null => true,
        Json::Boolean(value) => !value,
        Json::Number(_) => quantity(json) == Some(Quantity::ZERO),
        Json::Text(text) => text.is_empty(),
        Json::List(items) => items.is_empty(),
        Json::Object(entries) => entries.iter().all(|(_, value)| is_zero(value)),
    }
}

/// The `numOfHosts` that is stored after KubeRay has written the object: it leaves a 0 out, and the
/// API server fills in the default (`kuberay v1.7.0 ray-operator/apis/ray/v1/raycluster_types.go`).
fn hosts(json: &Json<'_>) -> Option<Quantity> {
    match is_zero(json) {
        true => Quantity::parse("1"),
        false => quantity(json),
    }
}

fn quantity(json: &Json<'_>) -> Option<Quantity> {
    match json {
        Json::Number(text) => Quantity::parse(text),
        Json::Text(text) => Quantity::parse(text),
        _ => None,
    }
}

/// The value of a key; objects keep their keys sorted.
fn value<'j, 'a>(entries: &'j [(Text<'a>, Json<'a>)], key: &str) -> &'j Json<'a> {
    let index = entries.binary_search_by(|(k, _)| (**k).cmp(key));
    let entry = index.ok().and_then(|index| entries.get(index));
    entry.map_or(&Json::Absent, |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::semantically_equal as same;

    #[test]
    fn a_text_means_what_another_writer_makes_of_it() {
        for (a, b) in [
            (
                "null",
                r#"{"suspend": false, "labels": {}, "name": "", "list": [], "n": 0.0}"#,
            ),
            (r#"{"a": 1, "b": [true]}"#, r#"{"b": [true], "a": 1.0}"#),
            (r#"{"cpu": "1000m"}"#, r#"{"cpu": "1"}"#),
            (r#"{"cpu": 0.5}"#, r#"{"cpu": "500m"}"#),
            (r#"{"cpu": 2}"#, r#"{"cpu": "2"}"#),
            (r#"{"cpu": 0}"#, r#"{"cpu": "0"}"#),
            (r#"[{"numOfHosts": 0}]"#, r#"[{"numOfHosts": 1}]"#),
            ("[{}]", r#"[{"numOfHosts": 1}]"#),
            (
                r#"[{"name": "a"}]"#,
                r#"[{"name": "a", "resources": {"limits": {}}}]"#,
            ),
            (
                r#"{"n": 18446744073709551616}"#,
                r#"{ "n": 18446744073709551616 }"#,
            ),
        ] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            assert!(same(a, b) && same(b, a), "{a:?} {b:?}");
        }
    }

    #[test]
    fn an_edit_changes_the_meaning() {
        for (a, b) in [
            ("null", r#"{"suspend": true}"#),
            (r#"{"a": 1}"#, r#"{"a": 2}"#),
            (r#"{"a": 1}"#, r#"{"b": 1}"#),
            (r#"{"a": "x"}"#, r#"{"a": "y"}"#),
            (r#"{"a": "1"}"#, r#"{"a": "1m"}"#),
            (r#"{"n": 0}"#, r#"{"n": 1}"#),
            (r#"{"numOfHosts": 0}"#, r#"{"numOfHosts": 2}"#),
            ("{}", r#"{"numOfHosts": -1}"#),
            (r#"{"a": true}"#, r#"{"a": "true"}"#),
            ("[1, 2]", "[2, 1]"),
            ("[1]", "[1, 0]"),
            ("[{}]", "[]"),
            (r#"{"a": [1]}"#, r#"{"a": {"b": 1}}"#),
        ] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            assert!(!same(a, b) && !same(b, a), "{a:?} {b:?}");
        }
    }
}
