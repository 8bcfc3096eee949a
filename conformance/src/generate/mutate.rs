//! Changes of one field.

use serde_json::{Map, Number, Value, json};

use super::dice::Dice;
use super::grammar;
use super::place::Place;

/// Changes the field at a place, of which others have the given values.
pub fn change(dice: &Dice, object: &mut Value, place: &Place, known: &[Value]) {
    match dice.below(12) {
        0 | 1 => place.remove(dice, object),
        2 => place.set(dice, object, Value::Null),
        3..7 => {
            if let Some(value) = dice.choose(known).cloned() {
                place.set(dice, object, value);
            }
        }
        _ => place.update(dice, object, |dice, value| {
            let like = match value.is_null() {
                true => dice.choose(known).cloned().unwrap_or_default(),
                false => value.take(),
            };
            *value = beside(dice, place, like);
        }),
    }
}

/// A value beside another, in the same place and most often of the same type.
fn beside(dice: &Dice, place: &Place, value: Value) -> Value {
    if dice.one_in(60) {
        let others = [
            json!(null),
            json!(0),
            json!("x"),
            json!(true),
            json!([]),
            json!({}),
            json!([null]),
        ];
        return dice.choose(&others).cloned().unwrap_or_default();
    }
    match value {
        Value::Null => Value::Null,
        Value::Bool(value) => (!value).into(),
        Value::Number(value) => number(dice, &value),
        Value::String(value) => text(dice, place, &value).into(),
        Value::Array(items) => list(dice, place, items).into(),
        Value::Object(fields) => fields_beside(dice, place, fields).into(),
    }
}

fn number(dice: &Dice, value: &Number) -> Value {
    let value = value.as_i64().unwrap_or_default();
    const EDGES: &[i64] = &[0, 1, -1, 2, i32::MAX as i64, i32::MIN as i64];
    const BEYOND: &[i64] = &[
        i32::MAX as i64 + 1,
        i32::MIN as i64 - 1,
        i64::MAX,
        i64::MIN,
        1 << 32,
    ];
    match dice.below(20) {
        0..4 => (value + 1).into(),
        4..8 => (value - 1).into(),
        8 | 9 => (-value).into(),
        10 => dice.choose(BEYOND).copied().into(),
        11 => {
            let fractions = [3.0, 1e2, -0.0, 0.5, 1e10, 2_147_483_648.0];
            dice.choose(&fractions).copied().into()
        }
        _ => dice.choose(EDGES).copied().into(),
    }
}

/// A text beside another. Who reads it is known by the names of the fields.
fn text(dice: &Dice, place: &Place, value: &str) -> String {
    let mut names = place.upwards();
    match (
        names.next().unwrap_or_default(),
        names.next().unwrap_or_default(),
    ) {
        ("runtimeEnvYAML", _) => grammar::runtime_env(dice),
        ("schedule", _) => grammar::schedule(dice),
        ("timeZone", _) => grammar::time_zone(dice),
        ("rayVersion", _) => grammar::ray_version(dice),
        ("generateName" | "groupName", _) | ("name", "metadata") => grammar::name(dice),
        (_, "labels") => grammar::label_value(dice),
        _ => match dice.below(6) {
            0 => String::new(),
            1 => value.to_uppercase(),
            2 => value.to_lowercase(),
            3 => format!("{value} "),
            4 => dice.of(&["0", "1", "true", "false", "x", " "]).into(),
            _ => grammar::tweak(dice, value, &["-", "_", ".", "/", "0", "a"]),
        },
    }
}

fn list(dice: &Dice, place: &Place, mut items: Vec<Value>) -> Vec<Value> {
    let index = dice.index(&items);
    match (dice.below(8), index) {
        (0, Some(index)) => drop(items.remove(index)),
        (1, Some(index)) => items.insert(0, items[index].clone()),
        (2, Some(index)) => items.push(items[index].clone()),
        (3, Some(_)) => items.reverse(),
        (4, Some(index)) => items[index] = Value::Null,
        (5, _) => items.push(json!({})),
        (6, Some(index)) => items[index] = beside(dice, place, items[index].take()),
        _ => items.clear(),
    }
    items
}

/// Maps whose keys the user chooses.
const MAPS: &[&str] = &[
    "annotations",
    "clusterSelector",
    "labels",
    "rayStartParams",
    "resources",
];

fn fields_beside(dice: &Dice, place: &Place, mut fields: Map<String, Value>) -> Map<String, Value> {
    let name = place.upwards().next().unwrap_or_default();
    let keys: Vec<String> = fields.keys().cloned().collect();
    let key = dice.choose(&keys);
    match (dice.below(6), key) {
        (0, _) => fields.clear(),
        (1, Some(key)) => drop(fields.remove(key)),
        (2, Some(key)) => drop(fields.insert(key.clone(), Value::Null)),
        (3, Some(key)) => {
            let value = fields.remove(key).unwrap_or_default();
            let key = grammar::tweak(dice, key, &["-", "_", "/", "A"]);
            fields.insert(key, value);
        }
        (4, _) if MAPS.contains(&name) => {
            let key = match name {
                "labels" => grammar::label_key(dice),
                _ => dice
                    .of(&["", "x", "labels", "num-cpus", "CPU", "ray.io/cluster"])
                    .into(),
            };
            let value = dice.of(&["", "", "1", "x"]);
            fields.insert(key, value.into());
        }
        (_, Some(key)) => {
            let value = fields[key].take();
            fields[key] = beside(dice, place, value);
        }
        _ => drop(fields.insert("unknown".into(), json!(1))),
    }
    fields
}
