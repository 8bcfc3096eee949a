//! Writes YAML in block style. Strings are in quotes, so that no reader takes
//! one for something else.
#![allow(dead_code, reason = "not every test needs all of it")]

use serde_json::Value;

/// YAML in block style.
pub fn block(object: &Value) -> String {
    let mut lines = Vec::new();
    write(object, 0, &mut lines);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// YAML in block style with a comment on each line and one before it.
pub fn commented(object: &Value, line_break: &str) -> String {
    let mut lines = Vec::new();
    write(object, 0, &mut lines);
    let numbered = lines.iter().enumerate().map(|(number, line)| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        format!(
            "{:indent$}# before {number}{line_break}{line} # on {number} ü{line_break}",
            ""
        )
    });
    numbered.collect()
}

fn write(value: &Value, indent: usize, lines: &mut Vec<String>) {
    let is_scalar = |value: &Value| match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let is_word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
                let key = if is_word {
                    key.clone()
                } else {
                    scalar(&key.as_str().into())
                };
                if is_scalar(value) {
                    lines.push(format!("{:indent$}{key}: {}", "", scalar(value)));
                } else {
                    lines.push(format!("{:indent$}{key}:", ""));
                    write(value, indent + 2, lines);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let first = lines.len();
                if is_scalar(item) {
                    lines.push(format!("{:indent$}- {}", "", scalar(item)));
                } else {
                    write(item, indent + 2, lines);
                    lines[first].replace_range(indent..=indent, "-");
                }
            }
        }
        _ => lines.push(format!("{:indent$}{}", "", scalar(value))),
    }
}

/// JSON without the characters that YAML 1.1 has not or takes for line breaks.
fn scalar(value: &Value) -> String {
    let json = value.to_string();
    let json = json.replace('\u{7f}', "\\u007f");
    let json = json.replace('\u{85}', "\\u0085");
    let json = json.replace('\u{2028}', "\\u2028");
    json.replace('\u{2029}', "\\u2029")
}
