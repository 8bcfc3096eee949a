//! JSON without a known shape is read as serde_json reads it.
//!
//! Two differences are documented: a key that is written twice is an error, and so are more than
//! 64 levels. A third is serde_json's: it rounds numbers, and refuses those that are out of the
//! range of an `f64`, where only the text of a number is read here.

use rayjob_policy_core::json::{Json, Present, read, view};
use serde_json::Value;

/// Checks a document, also as a value that nothing reads.
pub fn check(document: &[u8]) {
    let expected = serde_json::from_slice::<Value>(document);
    let known = read::<Json<'_>>(document);
    match (&known, &expected) {
        (Ok(read), Ok(expected)) => assert!(is_same(read, expected), "{read:?} {expected:?}"),
        (Ok(_), Err(error)) => {
            let is_range = error.to_string().starts_with("number out of range");
            assert!(is_range, "{error}");
        }
        (Err(error), Ok(expected)) => {
            let problem = error.problem();
            let is_documented = problem.starts_with("specified twice")
                || problem.contains("nested too deeply") && depth(expected) > 64;
            assert!(is_documented, "{problem}");
        }
        (Err(_), Err(_)) => {}
    }
    let unread = [b"{\"unread\": ", document, b"}"].concat();
    if expected.is_ok() {
        assert!(read::<Nothing>(&unread).is_ok());
    }
}

view! {
    /// A request that is passed over unread.
    struct Nothing {
        "request" => request: Present,
    }
}

fn is_same(read: &Json<'_>, expected: &Value) -> bool {
    match (read, expected) {
        (Json::Null, Value::Null) => true,
        (Json::Boolean(read), Value::Bool(expected)) => read == expected,
        (Json::Number(read), Value::Number(expected)) => {
            let read: f64 = read.parse().expect("a number");
            let difference = read - expected.as_f64().expect("a number");
            difference.abs() <= read.abs() * 1e-15
        }
        (Json::Text(read), Value::String(expected)) => **read == **expected,
        (Json::List(read), Value::Array(expected)) => {
            let mut pairs = read.iter().zip(expected);
            read.len() == expected.len() && pairs.all(|(read, expected)| is_same(read, expected))
        }
        (Json::Object(read), Value::Object(expected)) => {
            let is_same = |key: &str, read| expected.get(key).is_some_and(|it| is_same(read, it));
            read.len() == expected.len() && read.iter().all(|(key, read)| is_same(key, read))
        }
        _ => false,
    }
}

fn depth(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => None,
    };
    below.map_or(0, |below| below + 1)
}
