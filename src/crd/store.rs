//! Converts an object to what an API server stores.

use serde_json::{Map, Number, Value};

use super::node::Node;

/// Removes fields that an object of this schema cannot have: unknown fields,
/// and fields that are `null`.
///
/// Source: `k8s.io/apiextensions-apiserver v0.34.3` `pkg/apiserver/schema/pruning/algorithm.go`
/// and `pkg/apiserver/schema/defaulting/prunenulls.go`.
pub(super) fn prune(value: &mut Value, node: &Node) {
    match value {
        Value::Object(fields) => prune_fields(fields, node),
        Value::Array(items) => {
            if let Some(node) = node.items() {
                items.iter_mut().for_each(|item| prune(item, node));
            }
        }
        Value::Number(number) => round(number),
        _ => {}
    }
}

fn prune_fields(fields: &mut Map<String, Value>, node: &Node) {
    fields.retain(|key, value| {
        let field = node.field(key).map(|(_, field)| field);
        let Some(node) = field.or_else(|| node.values()) else {
            return node.open;
        };
        prune(value, node);
        !value.is_null() || node.nullable
    });
}

/// Rewrites a number like the API server, which has only 64-bit integers and
/// 64-bit floats: `3.0` becomes `3`.
fn round(number: &mut Number) {
    let whole = number.as_f64().filter(|float| float.fract() == 0.0);
    let Some(whole) = whole.filter(|_| !number.is_i64()) else {
        return;
    };
    let (as_signed, as_unsigned) = (whole as i64, whole as u64);
    if as_signed as f64 == whole && as_signed != i64::MAX {
        *number = as_signed.into();
    } else if as_unsigned as f64 == whole && as_unsigned != u64::MAX {
        *number = as_unsigned.into();
    } else if let Some(float) = Number::from_f64(whole) {
        *number = float;
    }
}

/// Fills in the defaults of fields that are absent.
///
/// Source: `k8s.io/apiextensions-apiserver v0.34.3` `pkg/apiserver/schema/defaulting/algorithm.go`.
pub(super) fn default(value: &mut Value, node: &Node) {
    match value {
        Value::Object(fields) => {
            for (name, field) in node.fields() {
                match fields.get_mut(name) {
                    None => {
                        if let Some(filling) = &field.default {
                            fields.insert(name.into(), filling.clone());
                        }
                    }
                    Some(value) => default(value, field),
                }
            }
            if let Some(node) = node.values() {
                fields.values_mut().for_each(|value| default(value, node));
            }
        }
        Value::Array(items) => {
            if let Some(node) = node.items() {
                items.iter_mut().for_each(|item| default(item, node));
            }
        }
        _ => {}
    }
}
