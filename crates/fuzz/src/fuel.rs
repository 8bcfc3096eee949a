//! No request costs more fuel a byte than the worst of those that are known.
//!
//! An input is a request with one part of it that is repeated until the request is large:
//! `{"request": ..., "repeat": POINTER}`. The part is an item of a list or an entry of an object,
//! and with `"within": true` the content of a text. `#` in it becomes the number of the repetition.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::modules::WAPC;
use crate::mutate;

/// What a byte costs at most, compared with an ordinary one. It is more than in a large request:
/// a text beyond 131,071 bytes is not looked at.
const WORST: f64 = 100.0;

/// How large a request becomes, in bytes.
const SIZE: usize = 40_000;

static ORDINARY: LazyLock<f64> = LazyLock::new(|| WAPC.ordinary().expect("a verdict"));

/// Checks the fuel of a request.
pub fn check(input: &[u8]) {
    if let Some(cost) = cost(input) {
        assert!(cost < WORST, "{cost}");
    }
}

/// What a byte of a request costs, compared with an ordinary one; `None` if the input is none.
pub fn cost(input: &[u8]) -> Option<f64> {
    let request = request(input, SIZE).filter(|request| request.len() > SIZE / 2)?;
    Some(WAPC.per_byte(&request).expect("a verdict") / *ORDINARY)
}

/// The request that an input stands for, of about this many bytes.
pub fn request(input: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut input: Value = serde_json::from_slice(input).ok()?;
    let repeat = input["repeat"].as_str()?.to_owned();
    let mut question = json!({"request": input["request"].take()});
    let space = size.checked_sub(question.to_string().len())?;
    let (above, key) = repeat.rsplit_once('/')?;
    let piece = question.pointer(&repeat)?.clone();
    if let Value::String(text) = &piece
        && input["within"] == true
    {
        let texts =
            (0..space / (piece.to_string().len() - 1)).map(|n| text.replace('#', &n.to_string()));
        *question.pointer_mut(&repeat)? = texts.collect::<String>().into();
        return Some(question.to_string().into_bytes());
    }
    match question.pointer_mut(above)? {
        Value::Array(items) => {
            let times = space / (piece.to_string().len() + 2);
            items.extend((0..times).map(|n| numbered(&piece, n)));
        }
        Value::Object(fields) => {
            let key = key.replace("~1", "/").replace("~0", "~");
            let times = space / (piece.to_string().len() + key.len() + 8);
            fields.extend((0..times).map(|n| (format!("{key}{n}"), numbered(&piece, n))));
        }
        _ => return None,
    }
    Some(question.to_string().into_bytes())
}

fn numbered(piece: &Value, n: usize) -> Value {
    match piece {
        Value::String(text) => text.replace('#', &n.to_string()).into(),
        Value::Array(items) => items.iter().map(|item| numbered(item, n)).collect(),
        Value::Object(fields) => {
            let number = |(key, value): (&String, &Value)| (key.clone(), numbered(value, n));
            fields.iter().map(number).collect::<Map<_, _>>().into()
        }
        value => value.clone(),
    }
}

/// Changes a request, or what is repeated in it.
pub fn mutate(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let input: Value = serde_json::from_slice(input).ok()?;
    let request = match input["repeat"].is_string() && rng.bool() {
        true => input["request"].clone(),
        false => {
            let request = input["request"].to_string();
            serde_json::from_slice(&mutate::json(request.as_bytes(), seed)?).ok()?
        }
    };
    let mut places = Vec::new();
    mutate::list(&request, &mut "/request".to_owned(), &mut places);
    let repeat = match input["repeat"].as_str() {
        Some(repeat) if places.iter().any(|place| place == repeat) && rng.u8(..4) > 0 => repeat,
        _ => rng.choice(&places)?,
    };
    Some(
        json!({"request": request, "repeat": repeat})
            .to_string()
            .into_bytes(),
    )
}
