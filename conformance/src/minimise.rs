//! Takes away from a disagreement what does not matter to it.

use anyhow::Result;
use serde_json::Value;

use crate::generate::Fresh;

/// Makes an object smaller, part by part, as long as it stays of interest: it
/// drops fields, items and gates, and shortens texts.
///
/// # Errors
/// What the judge of interest says.
pub fn minimise(
    mut smallest: Fresh,
    mut is_of_interest: impl FnMut(&Fresh) -> Result<bool>,
) -> Result<Fresh> {
    loop {
        let mut shrunk = false;
        let mut at = 0;
        // A candidate that is taken makes way for another at the same place.
        while let Some(candidate) = candidate(&smallest, at) {
            if is_of_interest(&candidate)? {
                smallest = candidate;
                shrunk = true;
            } else {
                at += 1;
            }
        }
        if !shrunk {
            return Ok(smallest);
        }
    }
}

/// The n-th way to make an object smaller, the greatest steps first.
fn candidate(fresh: &Fresh, mut n: usize) -> Option<Fresh> {
    let mut candidate = fresh.clone();
    if n < fresh.gates.len() {
        let gate = fresh.gates.keys().nth(n)?.clone();
        candidate.gates.remove(&gate);
        return Some(candidate);
    }
    n -= fresh.gates.len();
    shrink(&mut candidate.object, &mut n).then_some(candidate)
}

/// Makes the n-th change in a value or its parts; counts down those passed by.
fn shrink(value: &mut Value, n: &mut usize) -> bool {
    match value {
        Value::Object(fields) => {
            if let Some(key) = fields.keys().nth(*n).cloned() {
                fields.remove(&key);
                return true;
            }
            *n -= fields.len();
            fields.values_mut().any(|value| shrink(value, n))
        }
        Value::Array(items) => {
            if *n < items.len() {
                items.remove(*n);
                return true;
            }
            *n -= items.len();
            items.iter_mut().any(|value| shrink(value, n))
        }
        Value::String(text) => {
            let characters: Vec<char> = text.chars().collect();
            let mut piece = characters.len();
            while piece > 0 {
                let pieces = characters.len().div_ceil(piece);
                if *n < pieces {
                    let (from, to) = (*n * piece, (*n + 1) * piece);
                    let kept = characters.iter().enumerate();
                    let kept = kept.filter(|(index, _)| !(from..to).contains(index));
                    *text = kept.map(|(_, character)| character).collect();
                    return true;
                }
                *n -= pieces;
                piece /= 2;
            }
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::minimise;
    use crate::generate::Fresh;

    fn smallest(object: Value, is_of_interest: fn(&Value) -> bool) -> Value {
        let gates = json!({"A": true}).as_object().cloned().unwrap_or_default();
        let fresh = Fresh { object, gates };
        let smallest = minimise(fresh, |fresh| Ok(is_of_interest(&fresh.object)));
        let smallest = smallest.expect("no error");
        assert!(smallest.gates.is_empty());
        smallest.object
    }

    #[test]
    fn what_does_not_matter_goes() {
        let object = json!({"a": {"b": [1, {"c": "x"}, 2], "d": 3}, "e": "f"});
        let kept = smallest(object, |object| {
            object
                .pointer("/a/b")
                .and_then(Value::as_array)
                .is_some_and(|list| list.contains(&json!(2)))
        });
        assert_eq!(kept, json!({"a": {"b": [2]}}));
    }

    #[test]
    fn a_text_is_shortened_to_the_characters_that_matter() {
        let kept = smallest(json!({"a": "one, two: three é four"}), |object| {
            let text = object["a"].as_str().unwrap_or_default();
            text.contains(':') && text.contains('é')
        });
        assert_eq!(kept, json!({"a": ":é"}));
    }
}
