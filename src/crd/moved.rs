//! Fields that stand where people used to write them, or think that they do.

use serde_json::{Map, Value};

use super::runtime_env::{Form, RuntimeEnv};
use crate::fix::Proposal;

/// Fields that KubeRay has elsewhere or under another name, where the schemas
/// do not tell.
pub(super) struct Moved {
    /// The fields, as claims name places; `*` begins any that end so.
    at: &'static [&'static str],
    /// The last release that had them, if the schemas do not tell.
    pub last: Option<&'static str>,
    /// What was meant by such a field among others.
    pub meant: fn(&str, &Map<String, Value>) -> Meant,
}

/// What was meant by a field.
pub(super) struct Meant {
    /// What to write instead: a sentence without a full stop.
    pub advice: String,
    pub proposal: Option<Proposal>,
}

impl Meant {
    fn advice(advice: &str) -> Self {
        Self {
            advice: advice.into(),
            proposal: None,
        }
    }
}

static MOVED: &[Moved] = &[
    Moved {
        at: &["job.runtimeEnv"],
        last: Some("1.0"),
        meant: runtime_env,
    },
    Moved {
        at: &["job.runtimeEnvironment", "job.runtime_env"],
        last: None,
        meant: runtime_env,
    },
    Moved {
        at: &[
            "job.conda",
            "job.envVars",
            "job.env_vars",
            "job.pip",
            "job.pyModules",
            "job.py_modules",
            "job.workingDir",
            "job.working_dir",
            "job.rayClusterSpec.runtimeEnv",
            "job.rayClusterSpec.runtime_env",
        ],
        last: None,
        meant: |_, _| Meant::advice("Write it in runtimeEnvYAML of the job, which is a text"),
    },
    Moved {
        at: &["job.deletionPolicy"],
        last: None,
        meant: |_, _| {
            Meant::advice(
                "Write deletionStrategy, which took its place in KubeRay 1.5: deletionRules, each with a policy and a condition",
            )
        },
    },
    Moved {
        at: &["job.deletionStrategy"],
        last: None,
        meant: |_, _| {
            Meant::advice(
                "Write deletionPolicy, one policy for jobs that succeed and jobs that fail",
            )
        },
    },
    Moved {
        at: &["job.args", "job.command"],
        last: None,
        meant: |_, _| Meant::advice("Write the command as entrypoint, on one line"),
    },
    Moved {
        at: &["job.spec", "job.rayClusterSpec.spec"],
        last: None,
        meant: |_, _| Meant::advice("Remove it, and move its fields one level up"),
    },
    Moved {
        at: &["job.rayClusterSpec.metadata"],
        last: None,
        meant: |_, _| {
            Meant::advice("Remove it: a RayCluster gets the labels and annotations of its RayJob")
        },
    },
    Moved {
        at: &["*.resourceClaims[].source"],
        last: Some("1.3.0"),
        meant: claim_source,
    },
];

/// What is known of a field.
pub(super) fn moved(field: &str) -> Option<&'static Moved> {
    let is_at = |at: &&str| match at.strip_prefix('*') {
        Some(end) => field.ends_with(end),
        None => field == *at,
    };
    MOVED.iter().find(|moved| moved.at.iter().any(is_at))
}

fn runtime_env(key: &str, fields: &Map<String, Value>) -> Meant {
    const FIELD: &str = "runtimeEnvYAML";
    let is_set = |value: &Value| !value.is_null();
    if fields.get(FIELD).is_some_and(is_set) {
        return Meant::advice("Remove it, and add to runtimeEnvYAML what is missing there");
    }
    let value = fields.get(key).unwrap_or(&Value::Null);
    let Some(env) = RuntimeEnv::read(value) else {
        return Meant::advice("Write it as text in runtimeEnvYAML");
    };
    let how = match env.form {
        Form::Base64 => "Decode it, and write it as text in runtimeEnvYAML",
        Form::Text => "Write it in runtimeEnvYAML",
        Form::Mapping => "Write it as text in runtimeEnvYAML (runtimeEnvYAML: |)",
    };
    let keys = match env.respelt.is_empty() {
        true => String::new(),
        false => format!(", with the keys {}", env.respelt.join(" and ")),
    };
    Meant {
        advice: format!("{how}{keys}"),
        proposal: Some(Proposal::Field(
            FIELD,
            Some(Value::from(env.text).to_string()),
        )),
    }
}

/// Kubernetes dropped `source`, and its fields went one level up.
fn claim_source(key: &str, fields: &Map<String, Value>) -> Meant {
    let known = ["resourceClaimTemplateName", "resourceClaimName"];
    let source = fields.get(key).and_then(Value::as_object);
    let named = known
        .into_iter()
        .find_map(|name| Some((name, source?.get(name)?.as_str()?)));
    let Some((name, value)) = named else {
        return Meant::advice("Write resourceClaimTemplateName or resourceClaimName beside name");
    };
    let is_all = source.is_some_and(|source| source.len() == 1)
        && !known.iter().any(|&name| fields.contains_key(name));
    let json = Value::from(value).to_string();
    Meant {
        advice: format!("Write {name} beside name, without source"),
        proposal: is_all.then_some(Proposal::Field(name, Some(json))),
    }
}
