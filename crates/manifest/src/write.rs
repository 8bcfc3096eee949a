//! Writes objects as idiomatic YAML.

use rayjob_policy_yaml::MAX_KEY_LENGTH;
use serde_json::{Map, Value};

use crate::edit::is_plain;

/// Returns an object as a YAML document.
pub fn to_yaml(object: &Map<String, Value>) -> String {
    if object.is_empty() {
        return "{}\n".into();
    }
    let mut yaml = String::new();
    write_map(&mut yaml, object, 0);
    yaml
}

fn write_map(yaml: &mut String, map: &Map<String, Value>, indent: usize) {
    for (key, value) in map {
        // The first key of a list item follows its dash.
        if !yaml.ends_with("- ") {
            yaml.extend(std::iter::repeat_n(' ', indent));
        }
        let key = scalar(key);
        if key.len() > MAX_KEY_LENGTH {
            yaml.push_str(&format!("? {key}\n{:indent$}", ""));
        } else {
            yaml.push_str(&key);
        }
        yaml.push(':');
        write_value(yaml, value, indent);
    }
}

/// Writes a value after a colon or a dash.
fn write_value(yaml: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            yaml.push('\n');
            write_map(yaml, map, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            yaml.push('\n');
            for item in items {
                yaml.extend(std::iter::repeat_n(' ', indent));
                yaml.push('-');
                match item {
                    Value::Object(map) if !map.is_empty() => {
                        yaml.push(' ');
                        write_map(yaml, map, indent + 2);
                    }
                    _ => write_value(yaml, item, indent + 2),
                }
            }
        }
        Value::String(text) if is_block_text(text) => {
            push_line(yaml, block_header(text));
            for line in text.lines() {
                if !line.is_empty() {
                    yaml.extend(std::iter::repeat_n(' ', indent + 2));
                    yaml.push_str(line);
                }
                yaml.push('\n');
            }
        }
        Value::String(text) => push_line(yaml, &scalar(text)),
        _ => push_line(yaml, &value.to_string()),
    }
}

fn push_line(yaml: &mut String, text: &str) {
    yaml.push(' ');
    yaml.push_str(text);
    yaml.push('\n');
}

fn scalar(text: &str) -> String {
    if is_plain(&text.replace(' ', "_")) && !text.ends_with(' ') {
        text.into()
    } else {
        in_quotes(text)
    }
}

/// A string in double quotes, in JSON and in YAML.
pub(crate) fn in_quotes(text: &str) -> String {
    let json = Value::from(text).to_string();
    if !json.contains(needs_escape) {
        return json;
    }
    let escaped = json.chars().map(|c| match needs_escape(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.into(),
    });
    escaped.collect()
}

/// Whether YAML 1.1 has a character only as an escape: it forbids more of them
/// than JSON, and has more line breaks.
pub(crate) fn needs_escape(c: char) -> bool {
    let others = ['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'];
    c.is_control() || others.contains(&c)
}

/// The header of a string that is written as a block.
pub(crate) fn block_header(text: &str) -> &'static str {
    match text.ends_with('\n') {
        true => "|",
        false => "|-",
    }
}

/// Whether a string is best written as a block.
pub(crate) fn is_block_text(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !lines.is_empty()
        && !lines.starts_with([' ', '\n'])
        && !lines.ends_with('\n')
        && !text.contains(|c: char| needs_escape(c) && c != '\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::to_yaml;
    use crate::stream;

    fn read(yaml: &str) -> Value {
        let piece = stream::pieces(yaml).next().expect("a document");
        let (trees, error) = stream::read(yaml, &piece);
        assert_eq!(error, None, "{yaml}");
        trees[0].value(trees[0].root()).expect("a value")
    }

    fn written(value: &Value) -> String {
        to_yaml(value.as_object().expect("an object"))
    }

    #[test]
    fn an_object_is_written_as_people_write_it() {
        let object = json!({"kind": "RayJob", "spec": {"entrypoint": "python train.py", "empty": {}, "suspend": false,
            "groups": [{"name": "a", "args": ["-c", "on"], "none": []}, {"name": "b"}], "env": "pip:\n  - x\n\n  - y\n",
            "nested": [["a"], [{"b": 1}]], "version": "1.7"}});
        let yaml = r#"kind: RayJob
spec:
  empty: {}
  entrypoint: python train.py
  env: |
    pip:
      - x

      - y
  groups:
  - args:
    - "-c"
    - "on"
    name: a
    none: []
  - name: b
  nested:
  -
    - a
  -
    - b: 1
  suspend: false
  version: "1.7"
"#;
        assert_eq!(written(&object), yaml);
        assert_eq!(read(yaml), object);
        assert_eq!(written(&json!({})), "{}\n");
        assert_eq!(written(&json!({"a": "b\nc\n"})), "a: |\n  b\n  c\n");
    }

    #[test]
    fn a_long_key_is_written_as_yaml_takes_it() {
        for length in [1024, 1025] {
            let key = "k".repeat(length);
            let object = json!({"a": [{key.clone(): 1, "z": 2}], key: {"b": "c"}});
            let yaml = written(&object);
            assert_eq!(yaml.contains("? k"), length > 1024);
            assert_eq!(read(&yaml), object, "{length}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[ -~\n\t\u{85}\u{e9}\u{2028}\u{feff}\u{1f680}]{0,12}",
            prop::sample::select(
                &[
                    "yes",
                    "~",
                    "1_0",
                    "- a",
                    "a: b",
                    "a #b",
                    "2020-01-01",
                    "x\n",
                    "a\nb",
                    " a\nb",
                    "a\n\n"
                ][..]
            )
            .prop_map(str::to_owned),
        ];
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ -~]{0,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(value in value()) {
            let object: Map<_, _> = [("key".to_owned(), value)].into_iter().collect();
            let yaml = to_yaml(&object);
            prop_assert_eq!(read(&yaml), Value::Object(object), "{}", yaml);
        }
    }
}
