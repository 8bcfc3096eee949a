//! Converts a runtime environment in another form to the text that KubeRay
//! accepts in `runtimeEnvYAML`.

use serde_json::{Map, Value};

use crate::syntax::runtime_env;

/// The keys that Ray accepts in a runtime environment
/// (`ray 2.52.0 python/ray/runtime_env/runtime_env.py:RuntimeEnv.known_fields`).
const KEYS: [&str; 16] = [
    "config",
    "conda",
    "container",
    "env_vars",
    "excludes",
    "image_uri",
    "java_jars",
    "mpi",
    "nsight",
    "pip",
    "py_executable",
    "py_modules",
    "rocprof_sys",
    "uv",
    "worker_process_setup_hook",
    "working_dir",
];

/// A parsed runtime environment.
pub(super) struct RuntimeEnv {
    /// The form in which it was written.
    pub form: Form,
    /// The Ray keys that were spelled differently, such as `envVars`.
    pub respelt: Vec<&'static str>,
    /// The text for `runtimeEnvYAML`.
    pub text: String,
}

/// The form of a runtime environment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As required up to KubeRay 1.0.
    Base64,
    Text,
    Mapping,
}

impl RuntimeEnv {
    /// Parses a value; returns `None` if its meaning is unclear.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Self::of_mapping(Form::Mapping, fields),
            Value::String(text) => match runtime_env::from_base64(text) {
                Some(decoded) => Self::of_text(Form::Base64, &decoded),
                None => Self::of_text(Form::Text, text),
            },
            _ => None,
        }
    }

    fn of_mapping(form: Form, fields: &Map<String, Value>) -> Option<Self> {
        let mut respelt = Vec::new();
        let mut named = Map::new();
        for (key, value) in fields {
            let name = known(key).unwrap_or(key);
            respelt.extend(known(key).filter(|name| name != key));
            let value = match (name, value) {
                ("env_vars", Value::Object(variables)) => texts(variables),
                _ => value.clone(),
            };
            if named.insert(name.into(), value).is_some() {
                return None;
            }
        }
        Self::checked(form, respelt, to_yaml(&named))
    }

    fn of_text(form: Form, text: &str) -> Option<Self> {
        if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
            return Self::of_mapping(form, &fields);
        }
        let mut respelt = Vec::new();
        let mut named = String::with_capacity(text.len());
        for line in text.lines() {
            // A key of the outermost mapping starts its line.
            let key = line.split_once(':').map_or("", |(key, _)| key);
            let name = known(key).filter(|name| *name != key);
            named.push_str(name.unwrap_or(key));
            named.push_str(line.get(key.len()..)?);
            named.push('\n');
            respelt.extend(name);
        }
        Self::checked(form, respelt, named)
    }

    /// Returns the runtime environment if KubeRay accepts its text.
    fn checked(form: Form, respelt: Vec<&'static str>, text: String) -> Option<Self> {
        let is_taken = !text.trim().is_empty() && runtime_env::RuntimeEnv::read(&text).is_ok();
        is_taken.then_some(Self {
            form,
            respelt,
            text,
        })
    }
}

/// Returns the Ray key for a name in any case, with or without underscores.
fn known(written: &str) -> Option<&'static str> {
    let letters = |key: &str| {
        let letters = key.chars().filter(|c| !matches!(c, '_' | '-'));
        letters.collect::<String>().to_ascii_lowercase()
    };
    KEYS.into_iter()
        .find(|key| letters(key) == letters(written))
}

/// Converts environment variables to strings, as Ray requires.
fn texts(variables: &Map<String, Value>) -> Value {
    let text = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        _ => value.clone(),
    };
    let variables = variables.iter();
    Value::Object(
        variables
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
    )
}

/// Formats a mapping as people write it, with values nested deeper than one
/// level on one line.
fn to_yaml(fields: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    for (key, value) in fields {
        let key = scalar(key);
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                lines.push(format!("{key}:"));
                let entry = |(key, value): (&String, &Value)| {
                    format!("  {}: {}", scalar(key), inline(value))
                };
                lines.extend(fields.iter().map(entry));
            }
            Value::Array(items) if !items.is_empty() => {
                lines.push(format!("{key}:"));
                lines.extend(items.iter().map(|item| format!("- {}", inline(item))));
            }
            _ => lines.push(format!("{key}: {}", inline(value))),
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        _ => value.to_string(),
    }
}

fn scalar(text: &str) -> String {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "_./-=<>[]".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_harmless)
        && rayjob_policy_yaml::is_text(text);
    match is_plain {
        true => text.into(),
        false => Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::RuntimeEnv;

    fn text(value: Value) -> Option<String> {
        RuntimeEnv::read(&value).map(|env| env.text)
    }

    #[test]
    fn a_mapping_becomes_yaml_with_the_keys_of_ray() {
        let env = json!({
            "workingDir": "s3://a/b.zip", "pip": ["torch>=2.0", "on", "ray[serve]"], "excludes": [],
            "envVars": {"A": "x y", "PORT": 8080, "DEBUG": true, "EMPTY": ""},
            "conda": {"dependencies": ["pip", {"pip": ["torch"]}]},
        });
        let yaml = "conda:\n  dependencies: [\"pip\",{\"pip\":[\"torch\"]}]\n\
            env_vars:\n  A: \"x y\"\n  DEBUG: \"true\"\n  EMPTY: \"\"\n  PORT: \"8080\"\n\
            excludes: []\npip:\n- torch>=2.0\n- \"on\"\n- ray[serve]\n\
            working_dir: \"s3://a/b.zip\"\n";
        let env = RuntimeEnv::read(&env).expect("a runtime environment");
        assert_eq!(env.text, yaml);
        assert_eq!(env.respelt, ["env_vars", "working_dir"]);
    }

    #[test]
    fn base64_is_decoded_if_a_mapping_comes_of_it() {
        // {"env_vars": {"A": "b"}}
        assert_eq!(
            text(json!("eyJlbnZfdmFycyI6IHsiQSI6ICJiIn19")).as_deref(),
            Some("env_vars:\n  A: b\n")
        );
        // pip: [torch]
        assert_eq!(
            text(json!("cGlwOiBbdG9yY2hd\n")).as_deref(),
            Some("pip: [torch]\n")
        );
        // torch
        assert_eq!(text(json!("dG9yY2g=")), None);
    }

    #[test]
    fn a_text_keeps_all_but_its_keys() {
        let yaml = "# ours\nenvVars:  # two\n  envVars: b\npip:\n- a";
        let ray = "# ours\nenv_vars:  # two\n  envVars: b\npip:\n- a\n";
        assert_eq!(text(json!(yaml)).as_deref(), Some(ray));
        assert_eq!(
            text(json!("{\"workingDir\": \".\"}")).as_deref(),
            Some("working_dir: \".\"\n")
        );
    }

    #[test]
    fn what_is_no_runtime_environment_is_not_read() {
        for value in [
            json!(null),
            json!(7),
            json!(["torch"]),
            json!(""),
            json!("torch"),
            json!("pip: [torch"),
            json!({"env_vars": {}, "envVars": {}}),
        ] {
            assert_eq!(text(value.clone()), None, "{value}");
        }
    }
}
