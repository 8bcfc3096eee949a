//! Changes of an input that keep it readable: a fuzzer that changes bytes rarely gets past the
//! reader.
//!
//! Objects get fields and values that the rules' examples have, or values that nobody expects.
//! Texts get the words of their grammar.

use fastrand::Rng;
use rayjob_policy_core::json::pointer_step;
use rayjob_policy_manifest::{stream, write};
use serde_json::{Map, Value, json};

use crate::vocabulary::VOCABULARY;

/// A mutator: an input and a seed in, another input out; `None` if it is none of the form that
/// the mutator knows.
pub type Mutate = fn(&[u8], u64) -> Option<Vec<u8>>;

/// Changes a JSON document.
pub fn json(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed);
    let mut value = serde_json::from_slice(input).ok()?;
    change(&mut rng, &mut value);
    Some(match rng.u8(..8) {
        0 => respelled(&value, rng.usize(..)).into_bytes(),
        _ => value.to_string().into_bytes(),
    })
}

/// Changes the objects of a manifest, and writes it as YAML or JSON.
pub fn manifest(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed);
    if rng.bool() {
        return yaml(input, seed);
    }
    let text = std::str::from_utf8(input).ok()?;
    let piece = stream::pieces(text).next()?;
    let (trees, _) = stream::read(text, &piece);
    let tree = trees.first()?;
    let mut value = tree.value(tree.root()).ok()?;
    change(&mut rng, &mut value);
    Some(
        match &value {
            Value::Object(object) if rng.bool() => write::to_yaml(object),
            value if rng.bool() => serde_json::to_string_pretty(value).ok()?,
            value => value.to_string(),
        }
        .into_bytes(),
    )
}

/// Changes a text of YAML.
pub fn yaml(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    const WORDS: &[&str] = &[
        ": ",
        "- ",
        "? ",
        ", ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "<<: *a",
        "!!str ",
        "!!binary ",
        "!!float ",
        "! ",
        "|",
        "|-\n",
        ">+2\n",
        "'",
        "\"",
        "# ",
        "\n",
        "\n\n",
        "\r\n",
        "  ",
        "\t",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "~",
        "yes",
        "010",
        "0x1F",
        "1_0",
        "1:30",
        ".inf",
        ".NaN",
        "1e3",
        "2001-01-01",
        "é",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\\x41",
        "\\u00e9",
        "\\\n",
        "{{ .Values.a }}",
        "${A}",
        "apiVersion: ray.io/v1\n",
        "kind: RayJob\n",
        "spec:\n",
    ];
    Some(words(&mut Rng::with_seed(seed), input, WORDS))
}

/// Changes a text of a shell.
pub fn shell(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    const WORDS: &[&str] = &[
        " ",
        "'",
        "\"",
        "\\",
        "`",
        "$A",
        "${A}",
        "${A:-b}",
        "${A:?}",
        "${A^^}",
        "$(",
        ")",
        "((",
        "))",
        "[[ ",
        " ]]",
        "$'a\\n'",
        "$\"",
        "#",
        ";",
        ";;",
        "&",
        "&&",
        "|",
        "||",
        "|&",
        "<",
        ">",
        ">>",
        "<<E\n",
        "\nE\n",
        "<<<",
        "2>&1",
        "&>",
        "(",
        "{ ",
        "; }",
        "{a,b}",
        "~",
        "*",
        "?",
        "[a-z]",
        "!",
        "if ",
        "then ",
        "fi",
        "for a in ",
        "do ",
        "done",
        "case ",
        " in ",
        "esac",
        "while ",
        "function f",
        "a=b ",
        "a[0]=",
        "$$",
        "$(A)",
        "$$(A)",
        "\n",
        "\r",
        "\t",
        "\\\n",
        "python ",
        "bash -c ",
        "exec ",
        "é",
        "{\"a\": 1}",
    ];
    Some(words(&mut Rng::with_seed(seed), input, WORDS))
}

/// Writes JSON with the keys of each object turned by some places, blanks, and characters as
/// escapes.
pub fn respelled(value: &Value, turn: usize) -> String {
    match value {
        Value::Object(fields) => {
            let write = |(key, value): (&String, &Value)| {
                format!("{} :\t{}", escaped(key, turn), respelled(value, turn))
            };
            let mut fields: Vec<_> = fields.iter().map(write).collect();
            if !fields.is_empty() {
                let turn = turn % fields.len();
                fields.rotate_left(turn);
            }
            format!("{{\n{} }}", fields.join(" ,"))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| respelled(item, turn)).collect();
            format!("[ {}]", items.join(",\r\n"))
        }
        Value::String(text) => escaped(text, turn),
        value => value.to_string(),
    }
}

/// A JSON string in which one of some characters is escaped.
fn escaped(text: &str, turn: usize) -> String {
    let mut written = String::from("\"");
    for (place, c) in text.chars().enumerate() {
        let is_special = c < ' ' || matches!(c, '"' | '\\');
        if is_special || (place + turn).is_multiple_of(5) {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.for_each(|unit| written += &format!("\\u{unit:04x}"));
        } else {
            written.push(c);
        }
    }
    written + "\""
}

/// Changes up to four places of a value.
fn change(rng: &mut Rng, value: &mut Value) {
    for _ in 0..rng.usize(1..=4) {
        let mut places = Vec::new();
        list(value, &mut String::new(), &mut places);
        let Some(place) = rng.choice(&places) else {
            return;
        };
        let field = place.rsplit('/').find(|key| key.parse::<usize>().is_err());
        let field = field.unwrap_or_default().to_owned();
        let other = rng
            .choice(&places)
            .and_then(|place| value.pointer(place))
            .cloned();
        if let Some(place) = value.pointer_mut(place) {
            change_at(rng, &field, place, other.unwrap_or_default());
        }
    }
}

/// Lists the places of a value as JSON Pointers.
pub(crate) fn list(value: &Value, at: &mut String, places: &mut Vec<String>) {
    places.push(at.clone());
    let length = at.len();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                *at += "/";
                *at += &pointer_step(key);
                list(value, at, places);
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                *at += &format!("/{index}");
                list(value, at, places);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn change_at(rng: &mut Rng, field: &str, place: &mut Value, other: Value) {
    match rng.u8(..10) {
        0..=2 => {
            if let Some(value) = rng.choice(VOCABULARY.values(field)) {
                *place = value.clone();
            }
        }
        3 => *place = hostile(rng),
        4 => *place = other,
        _ => match place {
            Value::Object(fields) => change_fields(rng, fields),
            Value::Array(items) => change_items(rng, items),
            Value::String(text) => change_text(rng, text),
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or_default();
                *place = number.wrapping_add(rng.i64(-2..=2)).into();
            }
            Value::Bool(flag) => *flag = !*flag,
            Value::Null => *place = hostile(rng),
        },
    }
}

fn change_fields(rng: &mut Rng, fields: &mut Map<String, Value>) {
    let keys: Vec<_> = fields.keys().cloned().collect();
    let key = rng.choice(&keys).cloned();
    match (rng.u8(..5), key) {
        (0, Some(key)) => drop(fields.remove(&key)),
        (1, Some(key)) => {
            let value = fields.remove(&key).unwrap_or_default();
            let key = rng
                .choice(VOCABULARY.fields())
                .map(|(name, _)| name.clone());
            fields.insert(key.unwrap_or_default(), value);
        }
        (2, Some(mut key)) => {
            let value = fields[&key].clone();
            change_text(rng, &mut key);
            fields.insert(key, value);
        }
        _ => {
            if let Some((name, values)) = rng.choice(VOCABULARY.fields()) {
                let value = rng.choice(values).cloned().unwrap_or_default();
                fields.insert(name.clone(), value);
            }
        }
    }
}

fn change_items(rng: &mut Rng, items: &mut Vec<Value>) {
    let item = rng.choice(items.iter()).cloned();
    match (rng.u8(..6), item) {
        (0, Some(_)) => drop(items.remove(rng.usize(..items.len()))),
        (1, Some(_)) => rng.shuffle(items),
        (2, Some(item)) => {
            let times = rng.usize(1..40);
            items.extend(std::iter::repeat_n(item, times));
        }
        (3, Some(mut item)) => {
            change_at(rng, "", &mut item, Value::Null);
            items.push(item);
        }
        (4, Some(item)) => items.insert(0, item),
        _ => items.push(hostile(rng)),
    }
}

fn change_text(rng: &mut Rng, text: &mut String) {
    const WORDS: &[&str] = &[
        "-",
        "_",
        ".",
        "/",
        ":",
        "0",
        "1",
        "a",
        "A",
        " ",
        "\n",
        "$A",
        "'",
        "\"",
        "\\",
        "{",
        "\0",
        "*",
        "=",
        ",",
        "@",
        "#",
        "%",
        "é",
        "\u{10ffff}",
        "Mi",
        "m",
        "ray.io/",
        "xxxxxxxx",
    ];
    *text = String::from_utf8_lossy(&words(rng, text.as_bytes(), WORDS)).into_owned();
}

/// A value that nobody expects.
fn hostile(rng: &mut Rng) -> Value {
    let all = [
        json!(null),
        json!(0),
        json!(-1),
        json!(i32::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.5),
        json!(1e300),
        json!(-0.0),
        json!(3.0),
        json!(true),
        json!(""),
        json!("x"),
        json!(" "),
        json!("0"),
        json!("\u{0}"),
        json!("é"),
        json!("x".repeat(300)),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!({"": null}),
    ];
    rng.choice(all).unwrap_or_default()
}

/// Changes a text by words and lines of it, and by words of its grammar.
fn words(rng: &mut Rng, input: &[u8], words: &[&str]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(input).into_owned();
    for _ in 0..rng.usize(1..=4) {
        let at = boundary(&text, rng.usize(..=text.len()));
        let end = boundary(&text, (at + rng.usize(..12)).min(text.len()));
        let line = text[at..]
            .find('\n')
            .map_or(text.len(), |length| at + length + 1);
        match rng.u8(..8) {
            0 => text.replace_range(at..end, ""),
            1 => {
                let piece = text[at..line].to_owned();
                let to = boundary(&text, rng.usize(..=text.len()));
                text.insert_str(to, &piece);
            }
            2 => text.replace_range(at..line, ""),
            3 => {
                let piece = text[at..end].repeat(rng.usize(1..8));
                text.insert_str(at, &piece);
            }
            4 => text.replace_range(at..end, rng.choice(words).unwrap_or(&"")),
            _ => text.insert_str(at, rng.choice(words).unwrap_or(&"")),
        }
    }
    text.into_bytes()
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
