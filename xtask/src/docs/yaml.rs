//! JSON merge patches as a reader would write them: the part of a manifest
//! that they are about, in YAML.

use anyhow::Result;
use yaml_serde::{Mapping, Value};

/// A merge patch as YAML, in the order in which it was written. A field that
/// it removes becomes a comment.
///
/// # Errors
/// If the patch is not a JSON object.
pub fn of_patch(patch: &str) -> Result<String> {
    let fields: Mapping = serde_json::from_str(patch)?;
    let mut yaml = String::new();
    write(&mut yaml, &fields, "")?;
    Ok(yaml)
}

fn write(yaml: &mut String, fields: &Mapping, indent: &str) -> Result<()> {
    for (key, value) in fields {
        let name = yaml_serde::to_string(key)?;
        let name = name.trim_end();
        match value {
            Value::Null => add(yaml, indent, &format!("# no {name}")),
            Value::Mapping(fields) if !fields.is_empty() => {
                add(yaml, indent, &format!("{name}:"));
                write(yaml, fields, &format!("{indent}  "))?;
            }
            _ => {
                let field = Mapping::from_iter([(key.clone(), value.clone())]);
                add(yaml, indent, &yaml_serde::to_string(&field)?);
            }
        }
    }
    Ok(())
}

fn add(yaml: &mut String, indent: &str, lines: &str) {
    for line in lines.lines() {
        // The empty lines of a text stay empty.
        if !line.is_empty() {
            yaml.push_str(indent);
        }
        yaml.push_str(line);
        yaml.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::of_patch;

    #[test]
    fn a_patch_reads_like_a_manifest() {
        let patch = r#"{"spec": {"submissionMode": "HTTPMode", "backoffLimit": 1, "rayClusterSpec": null,
            "clusterSelector": {"ray.io/cluster": "true"}, "labels": {}, "groups": [{"name": "a", "n": null}],
            "runtimeEnvYAML": "pip:\n  x: null\n\n  y: 1\n"}}"#;
        let yaml = "\
spec:
  submissionMode: HTTPMode
  backoffLimit: 1
  # no rayClusterSpec
  clusterSelector:
    ray.io/cluster: 'true'
  labels: {}
  groups:
  - name: a
    n: null
  runtimeEnvYAML: |
    pip:
      x: null

      y: 1
";
        assert_eq!(of_patch(patch).expect("YAML"), yaml);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let patch = r##"{"a": {"b: c": ["- x", "#", "", " ", "1.0", "true", "\tt", "x\n\n y\n"]}, "~": 1.5}"##;
        let yaml = of_patch(patch).expect("YAML");
        let read: serde_json::Value = yaml_serde::from_str(&yaml).expect("YAML");
        let patch: serde_json::Value = serde_json::from_str(patch).expect("JSON");
        assert_eq!(read, patch, "{yaml}");
    }
}
