//! Places in objects.

use serde_json::Value;

use super::dice::Dice;

/// The fields that lead to a place, from the outermost; `#` is any item of a
/// list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(Vec<String>);

const ITEM: &str = "#";

impl Place {
    /// Reads `spec.rayClusterSpec.workerGroupSpecs.#.labels`.
    pub fn parse(path: &str) -> Self {
        Self(path.split('.').map(Into::into).collect())
    }

    /// All places in a value, and what is there.
    pub fn all(value: &Value) -> Vec<(Self, &Value)> {
        let mut all = Vec::new();
        Self::default().list(value, &mut all);
        all
    }

    fn list<'v>(self, value: &'v Value, all: &mut Vec<(Self, &'v Value)>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.child(key).list(value, all);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.child(ITEM).list(item, all);
                }
            }
            _ => {}
        }
        if !self.0.is_empty() {
            all.push((self, value));
        }
    }

    fn child(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.into());
        Self(keys)
    }

    /// The fields, from the innermost.
    pub fn upwards(&self) -> impl Iterator<Item = &str> {
        self.0.iter().rev().map(String::as_str)
    }

    /// Changes what is at the place, in a list in one of its items. What leads
    /// to it is made if it is not there.
    pub fn update(&self, dice: &Dice, object: &mut Value, change: impl FnOnce(&Dice, &mut Value)) {
        let mut value = object;
        for key in &self.0 {
            if key == ITEM {
                if !value.is_array() {
                    *value = Value::Array(Vec::new());
                }
                let Value::Array(items) = value else { return };
                if items.is_empty() {
                    items.push(Value::Null);
                }
                let index = dice.below(items.len());
                value = &mut items[index];
            } else {
                if !value.is_object() {
                    *value = Value::Object(serde_json::Map::new());
                }
                value = &mut value[key];
            }
        }
        change(dice, value);
    }

    /// Sets what is at the place.
    pub fn set(&self, dice: &Dice, object: &mut Value, new: Value) {
        self.update(dice, object, |_, value| *value = new);
    }

    /// Takes the field or item at the place away.
    pub fn remove(&self, dice: &Dice, object: &mut Value) {
        let Some((last, parent)) = self.0.split_last() else {
            return;
        };
        Self(parent.to_vec()).update(dice, object, |dice, parent| match parent {
            Value::Object(fields) => drop(fields.remove(last)),
            Value::Array(items) => {
                if let Some(index) = dice.index(items) {
                    items.remove(index);
                }
            }
            _ => {}
        });
    }
}
