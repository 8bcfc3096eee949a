//! Descriptions of values that do not match a schema.

use serde_json::{Number, Value};

use super::date_time::is_date_time;
use super::node::{Format, Node, Type};
use crate::fix::Proposal;
use crate::json::Quoted;
use crate::rules::NAMELESS;
use crate::rules::crd::claim::Violation;
use crate::syntax::labels::check_label_value;
use crate::syntax::nearest::nearest;

/// A value or a missing field that violates a schema.
pub(super) struct Mistake {
    pub violation: Violation,
    /// What is wrong.
    pub detail: String,
    /// What to write instead.
    pub advice: String,
    /// The value or field that was most likely meant.
    pub proposal: Option<Proposal>,
}

/// What identifies an item of a list: some fields and their values, or no field
/// and the whole item.
pub(super) type ItemKey<'v> = Vec<(&'static str, Option<&'v Value>)>;

impl Mistake {
    pub fn new(violation: Violation, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            violation,
            detail: detail.into(),
            advice: advice.into(),
            proposal: None,
        }
    }

    /// A value of the wrong type.
    pub fn of_type(value: &Value, node: &Node) -> Option<Self> {
        let fits = match (node.kind, value) {
            (Type::Object, Value::Object(_))
            | (Type::Array, Value::Array(_))
            | (Type::String | Type::IntOrString, Value::String(_))
            | (Type::Boolean, Value::Bool(_))
            | (Type::Number, Value::Number(_)) => true,
            (Type::Integer | Type::IntOrString, Value::Number(number)) => is_integer(number),
            (_, Value::Null) => node.nullable,
            _ => false,
        };
        if fits {
            // The API server of Kubernetes 1.36 refuses it, older ones leave it to the operator,
            // which cannot read it.
            let is_port = node.kind == Type::IntOrString && node.pattern.is_none();
            let is_short = is_port || matches!(node.format, Some(Format::Int32));
            let is_beyond = is_short && value.is_number() && !is_int32(value);
            return is_beyond.then(|| {
                let advice = "Write a number from -2147483648 to 2147483647";
                Self::new(
                    Violation::TypeInvalid,
                    format!("{value} is not a 32-bit integer"),
                    advice,
                )
            });
        }
        let due = node.kind.name();
        let quoted = Self::quoted(value, node);
        let advice = match (node.kind, value) {
            _ if quoted.is_some() => "Put the value in quotes".into(),
            (_, Value::String(text)) if is_quoted(text, node.kind) => {
                format!("Write {text} without quotes")
            }
            (Type::Boolean, _) => "Write true or false".into(),
            (Type::Object, _) => "Write keys with values".into(),
            _ => format!("Write {due}"),
        };
        let detail = match value {
            Value::Null => format!("null is not {due}"),
            Value::Bool(_) | Value::Number(_) => format!("{value} is not {due}"),
            Value::String(text) => format!("{} is a string, not {due}", Quoted(text)),
            Value::Array(_) => format!("the value is a list, not {due}"),
            Value::Object(_) => format!("the value is an object, not {due}"),
        };
        Some(Self {
            proposal: quoted.map(|text| Proposal::Text(text.into())),
            ..Self::new(Violation::TypeInvalid, detail, advice)
        })
    }

    /// Returns the string that a number or a boolean becomes in quotes, if the
    /// field accepts it.
    fn quoted(value: &Value, node: &Node) -> Option<String> {
        // Without a pattern, such as that of a quantity, a string is the name
        // of a port.
        let is_due = match node.kind {
            Type::String => true,
            Type::IntOrString => node.pattern.is_some(),
            _ => false,
        };
        let is_bare = matches!(value, Value::Number(_) | Value::Bool(_));
        let text = (is_due && is_bare).then(|| value.to_string())?;
        Self::of_text(&text, node).is_none().then_some(text)
    }

    /// The same of a label, which a number in quotes need not be.
    pub fn of_label(self) -> Self {
        match &self.proposal {
            Some(Proposal::Text(text)) if check_label_value(text).is_err() => Self::new(
                self.violation,
                self.detail,
                "Write a text of letters, digits, '-', '_' and '.', with a letter or digit at \
                 each end",
            ),
            _ => self,
        }
    }

    /// A label selector where only the name of a RayCluster is allowed.
    pub fn of_selector(value: &Value) -> Option<Self> {
        (value.is_object() || value.is_array()).then(|| {
            Self::new(
                Violation::TypeInvalid,
                "clusterSelector names a RayCluster and is not a label selector",
                "Write ray.io/cluster: NAME in clusterSelector, where NAME is the name of the \
                 RayCluster",
            )
        })
    }

    /// A required field that is absent, or written without a value.
    pub fn missing(name: &str, is_written: bool) -> Self {
        let (detail, advice) = match is_written {
            true => (format!("{name} is empty"), format!("Give {name} a value")),
            false => (format!("{name} is missing"), format!("Add {name}")),
        };
        Self::new(Violation::Required, detail, advice)
    }

    /// An object without a name or generateName.
    pub fn nameless() -> Self {
        Self::new(
            Violation::Required,
            NAMELESS,
            "Add a name such as train-2, or a generateName such as train-",
        )
    }

    /// A string that its field does not accept.
    pub fn of_text(text: &str, node: &Node) -> Option<Self> {
        let length = || text.chars().count();
        let wrong =
            |detail: String, advice: String| Some(Self::new(Violation::Invalid, detail, advice));
        if !node.choices.is_empty() && !node.choices.contains(&text) {
            return Some(Self::of_choice(text, &node.choices));
        }
        if node.min_length.is_some_and(|least| length() < least) {
            return wrong(
                "the text is empty".into(),
                "Write a value, or remove the field".into(),
            );
        }
        if let Some(most) = node.max_length.filter(|&most| length() > most) {
            return wrong(
                format!("the text has {} characters, more than {most}", length()),
                "Shorten the value".into(),
            );
        }
        if node
            .pattern
            .as_ref()
            .is_some_and(|pattern| !pattern.is_match(text))
        {
            return match node.kind {
                Type::IntOrString => wrong(
                    format!("{} is not a quantity", Quoted(text)),
                    "Write a quantity such as 2, 500m or 16Gi".into(),
                ),
                _ => wrong(
                    format!("{} has a character that is not allowed there", Quoted(text)),
                    "Use letters and digits, with - _ . or / between them".into(),
                ),
            };
        }
        match node.format {
            Some(Format::DateTime) if !is_date_time(text) => wrong(
                format!("{} is not a time", Quoted(text)),
                "Write a time such as 2026-01-31T12:00:00Z".into(),
            ),
            _ => None,
        }
    }

    /// A string that is not one of the allowed values.
    fn of_choice(text: &str, choices: &[&'static str]) -> Self {
        let near = nearest(text, choices.iter().copied());
        let all = choices.join(", ");
        let (detail, advice) = match (choices, near) {
            ([only], _) => (
                format!("{} is not {only}", Quoted(text)),
                format!("Write {only}"),
            ),
            (_, Some(near)) => (
                format!("{} is not one of {all}", Quoted(text)),
                format!("Write {near}"),
            ),
            _ => (
                format!("{} is not one of {all}", Quoted(text)),
                format!("Write one of {all}"),
            ),
        };
        Self {
            proposal: near.map(|near| Proposal::Text(near.into())),
            ..Self::new(Violation::Invalid, detail, advice)
        }
    }

    /// A number that is too small.
    pub fn of_number(number: &Number, node: &Node) -> Option<Self> {
        let least = node.minimum?;
        let is_less = match number.as_i64() {
            Some(integer) => integer < i64::from(least),
            None => number
                .as_f64()
                .is_some_and(|float| float < f64::from(least)),
        };
        let detail = || format!("{number} is less than {least}");
        is_less.then(|| {
            Self::new(
                Violation::Invalid,
                detail(),
                format!("Write {least} or more"),
            )
        })
    }

    /// A list with too few items.
    pub fn of_list(items: &[Value], node: &Node) -> Option<Self> {
        let is_short = node.min_items.is_some_and(|least| items.len() < least);
        let advice = "Add an item, or remove the field";
        is_short.then(|| Self::new(Violation::Invalid, "the list is empty", advice))
    }

    /// A duplicate item of a list.
    pub fn duplicate(identity: &ItemKey<'_>) -> Self {
        let parts: Vec<String> = identity
            .iter()
            .map(|(key, value)| match value {
                Some(value) => format!("{key} {}", shown(value)).trim_start().into(),
                None => format!("no {key}"),
            })
            .collect();
        let keys: Vec<_> = identity.iter().map(|&(key, _)| key).collect();
        let advice = match &*keys {
            [""] => "Remove the duplicate".into(),
            keys => format!("Give the item another {}, or remove it", keys.join(" or ")),
        };
        let detail = format!("there is another item with {}", parts.join(" and "));
        Self::new(Violation::Duplicate, detail, advice)
    }
}

/// Returns whether a string is a value of this type in quotes.
fn is_quoted(text: &str, kind: Type) -> bool {
    let number = text.parse::<Number>();
    match kind {
        Type::Boolean => matches!(text, "true" | "false"),
        Type::Integer => number.is_ok_and(|number| is_integer(&number)),
        Type::Number => number.is_ok(),
        _ => false,
    }
}

/// Whether a number has 32 bits, as most of KubeRay's do.
fn is_int32(value: &Value) -> bool {
    let float = value.as_f64().unwrap_or_default();
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&float)
}

/// Returns whether the API server accepts a number as an integer. A float may be
/// off by one part in 10^9. Source: `github.com/go-openapi/swag v0.25.4`
/// `conv/convert.go:IsFloat64AJSONInteger`.
fn is_integer(number: &Number) -> bool {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    const ERROR: f64 = 1e-9;
    if number.is_i64() {
        return true;
    }
    number.as_f64().is_some_and(|float| {
        let rounded = float.round();
        let is_near = float == rounded || (float - rounded).abs() < ERROR * rounded.abs();
        float.abs() <= LARGEST && is_near
    })
}

/// Formats a value so that its author recognises it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => Quoted(text).to_string(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
