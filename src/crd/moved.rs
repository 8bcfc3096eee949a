//! Fields that no longer exist, or that belong in another place.

use serde_json::{Map, Value};

use super::runtime_env::{Form, RuntimeEnv};
use crate::fix::Proposal;

/// Fields whose intended meaning the schemas do not show.
pub(super) struct Moved {
    /// The fields, written like the places of claims; a leading `*` matches any
    /// beginning.
    at: &'static [&'static str],
    /// The last release that had them, if it is older than the schemas.
    pub last: Option<&'static str>,
    meaning: Meaning,
}

/// The intended meaning of a field.
enum Meaning {
    /// No other field: only advice.
    Advice(&'static str),
    /// The field with this name.
    Field(&'static str),
    /// Depends on the value, and on the fields next to it.
    Value(fn(&Value, &Map<String, Value>) -> Meant),
}

/// What was meant by a field: advice, and a fix if there is one.
pub(super) struct Meant {
    /// What to write instead: a sentence without a full stop.
    pub advice: String,
    pub proposal: Option<Proposal>,
}

impl Meant {
    fn advice(advice: impl Into<String>) -> Self {
        Self {
            advice: advice.into(),
            proposal: None,
        }
    }

    /// A field with another name. The fix must not replace an existing field.
    pub fn field(name: &'static str, beside: &Map<String, Value>) -> Self {
        let is_free = !beside.contains_key(name);
        Self {
            proposal: is_free.then_some(Proposal::Field(name, None)),
            ..Self::advice(format!("Write {name}"))
        }
    }
}

impl Moved {
    /// Returns what is known about a field.
    pub fn find(field: &str) -> Option<&'static Self> {
        let is_at = |at: &&str| match at.strip_prefix('*') {
            Some(end) => field.ends_with(end),
            None => field == *at,
        };
        MOVED.iter().find(|moved| moved.at.iter().any(is_at))
    }

    /// Returns what was meant by the field, given its value and all fields next
    /// to it.
    pub fn meant(&self, value: &Value, beside: &Map<String, Value>) -> Meant {
        match self.meaning {
            Meaning::Advice(advice) => Meant::advice(advice),
            Meaning::Field(name) => Meant::field(name, beside),
            Meaning::Value(meant) => meant(value, beside),
        }
    }
}

static MOVED: &[Moved] = &[
    Moved {
        at: &["job.runtimeEnv"],
        last: Some("1.0"),
        meaning: Meaning::Value(runtime_env),
    },
    Moved {
        at: &["*.resourceClaims[].source"],
        last: Some("1.3.0"),
        meaning: Meaning::Value(claim_source),
    },
    Moved {
        at: &["job.runtimeEnvironment", "job.runtime_env"],
        last: None,
        meaning: Meaning::Value(runtime_env),
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
            "cluster.runtimeEnv",
            "cluster.runtime_env",
        ],
        last: None,
        meaning: Meaning::Advice("Move it to the job's runtimeEnvYAML, as text"),
    },
    Moved {
        at: &["job.deletionPolicy"],
        last: None,
        meaning: Meaning::Advice(
            "Use deletionStrategy, which replaced it in KubeRay 1.5, and \
                                  write deletionRules, each with a policy and a condition",
        ),
    },
    Moved {
        at: &["job.deletionStrategy"],
        last: None,
        meaning: Meaning::Advice(
            "Use deletionPolicy, a single policy for jobs that succeed and \
                                  jobs that fail",
        ),
    },
    Moved {
        at: &["job.args", "job.command"],
        last: None,
        meaning: Meaning::Advice("Write the command in entrypoint, on one line"),
    },
    Moved {
        at: &["job.jobSubmissionId", "job.submissionId"],
        last: None,
        meaning: Meaning::Field("jobId"),
    },
    Moved {
        at: &["job.maxRetries", "job.restartPolicy", "job.retries"],
        last: None,
        meaning: Meaning::Advice(
            "Remove it, and set backoffLimit to the number of retries of a \
                                  failed job",
        ),
    },
    Moved {
        at: &["job.timeout", "job.timeoutSeconds"],
        last: None,
        meaning: Meaning::Advice("Use activeDeadlineSeconds, a number of seconds"),
    },
    Moved {
        at: &["job.clusterName", "job.rayClusterName"],
        last: None,
        meaning: Meaning::Advice(
            "Remove it; to run on an existing RayCluster, set ray.io/cluster \
                                  in clusterSelector to its name",
        ),
    },
    Moved {
        at: &["job.entrypointMemory", "job.entrypointNumMemory"],
        last: None,
        meaning: Meaning::Advice("Remove it: KubeRay cannot reserve memory for the entrypoint"),
    },
    Moved {
        at: &["job.spec", "cluster.spec"],
        last: None,
        meaning: Meaning::Advice("Remove it, and move its fields one level up"),
    },
    Moved {
        at: &[
            "job.submitterPodTemplate.backoffLimit",
            "job.submitterPodTemplate.spec.backoffLimit",
        ],
        last: None,
        meaning: Meaning::Advice("Move it to submitterConfig"),
    },
    Moved {
        at: &["cluster.apiVersion", "cluster.kind"],
        last: None,
        meaning: Meaning::Advice("Remove it: rayClusterSpec is only the spec of a RayCluster"),
    },
    Moved {
        at: &["cluster.annotations", "cluster.labels", "cluster.metadata"],
        last: None,
        meaning: Meaning::Advice(
            "Remove it: a RayCluster gets the labels and annotations of its \
                                  RayJob",
        ),
    },
    Moved {
        at: &["cluster.version"],
        last: None,
        meaning: Meaning::Field("rayVersion"),
    },
    Moved {
        at: &["cluster.enableAutoscaling"],
        last: None,
        meaning: Meaning::Field("enableInTreeAutoscaling"),
    },
    Moved {
        at: &["cluster.idleTimeoutSeconds", "cluster.upscalingMode"],
        last: None,
        meaning: Meaning::Advice("Move it to autoscalerOptions"),
    },
    Moved {
        at: &[
            "cluster.headGroupSpec.annotations",
            "cluster.workerGroupSpecs[].annotations",
        ],
        last: None,
        meaning: Meaning::Advice("Move it to template.metadata"),
    },
    Moved {
        at: &["cluster.workerGroupSpecs[].name"],
        last: None,
        meaning: Meaning::Field("groupName"),
    },
    // KubeRay's API server, version 2, puts the template's resources in its place (`kuberay v1.7.0
    // apiserversdk/util/template.go:NewComputeTemplateMiddleware`).
    Moved {
        at: &[
            "cluster.headGroupSpec.computeTemplate",
            "cluster.workerGroupSpecs[].computeTemplate",
        ],
        last: None,
        meaning: Meaning::Advice(
            "Write resources and tolerations in template; only version 2 of KubeRay's API server \
             reads a computeTemplate",
        ),
    },
    // Programs in Go write null into the metadata of pod templates.
    Moved {
        at: &["*.creationTimestamp"],
        last: None,
        meaning: Meaning::Value(|_, _| Meant {
            proposal: Some(Proposal::Nothing),
            ..Meant::advice("Remove it: only the object itself has one, and the API server sets it")
        }),
    },
    Moved {
        at: &["*.containers[].envVars"],
        last: None,
        meaning: Meaning::Advice("Use env, a list in which each item has a name and a value"),
    },
];

fn runtime_env(value: &Value, beside: &Map<String, Value>) -> Meant {
    const FIELD: &str = "runtimeEnvYAML";
    if beside.contains_key(FIELD) {
        return Meant::advice("Remove it, and add anything that is missing to runtimeEnvYAML");
    }
    let Some(env) = RuntimeEnv::read(value) else {
        return Meant::advice("Write it as text in runtimeEnvYAML");
    };
    let how = match env.form {
        Form::Base64 => "Decode it, and write it as text in runtimeEnvYAML",
        Form::Text => "Write it in runtimeEnvYAML",
        Form::Mapping => "Write it as text in runtimeEnvYAML (runtimeEnvYAML: |)",
    };
    let keys = match &*env.respelt {
        [] => String::new(),
        [key] => format!(", with the key {key}"),
        keys => format!(", with the keys {}", keys.join(" and ")),
    };
    Meant {
        advice: format!("{how}{keys}"),
        proposal: Some(Proposal::Field(
            FIELD,
            Some(Value::from(env.text).to_string()),
        )),
    }
}

/// Kubernetes removed `source`; its fields are now next to `name`.
fn claim_source(value: &Value, beside: &Map<String, Value>) -> Meant {
    let known = ["resourceClaimTemplateName", "resourceClaimName"];
    let source = value.as_object();
    let one = source.filter(|source| source.len() == 1);
    let is_free = !known.iter().any(|&name| beside.contains_key(name));
    for name in known {
        if let Some(Value::String(text)) = source.and_then(|source| source.get(name)) {
            let json = Value::from(&**text).to_string();
            return Meant {
                advice: format!("Write {name} next to name, without source"),
                proposal: one
                    .filter(|_| is_free)
                    .map(|_| Proposal::Field(name, Some(json))),
            };
        }
    }
    Meant::advice("Write resourceClaimTemplateName or resourceClaimName next to name")
}
