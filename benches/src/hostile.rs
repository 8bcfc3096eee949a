//! Requests that cost the most of all that were found, for their size.

use rayjob_policy_core::syntax::shell::LONGEST_ARGUMENT;
use serde_json::{Map, Value, json};

/// What a byte of the worst large request costs, compared with an ordinary one. A request of
/// 3 MB at this rate takes a host about a second.
pub const WORST: f64 = 60.0;

/// A kind of request: what fills which field.
pub struct Hostile {
    /// What it is full of.
    pub name: &'static str,
    /// Where it is, as a JSON Pointer.
    field: &'static str,
    fill: Fill,
}

enum Fill {
    /// A list of these items.
    Items(fn(usize) -> Value),
    /// An object with these keys, all with the same value.
    Keys(fn(usize) -> String, fn() -> Value),
    /// A text: its beginning, and what follows again and again.
    Text(&'static str, fn(usize) -> String),
    /// This text again and again.
    Repeated(&'static str),
    /// The same, and then its brackets and quotes closed as often.
    Nested(&'static str),
    /// A value of about this number of bytes.
    Whole(fn(usize) -> Value),
}

use Fill::{Items, Keys, Nested, Repeated, Text, Whole};

/// The entrypoint, which is followed through the shells up to [`LONGEST_ARGUMENT`] bytes.
const ENTRYPOINT: &str = "/spec/entrypoint";

/// Every kind.
pub const ALL: &[Hostile] = &[
    hostile(
        "unknown keys",
        "/spec",
        Keys(|n| format!("u{n}"), || json!(1)),
    ),
    hostile(
        "invalid labels",
        "/metadata/labels",
        Keys(|n| format!("k{n}!"), || json!("v")),
    ),
    hostile(
        "empty worker groups",
        "/spec/rayClusterSpec/workerGroupSpecs",
        Items(|_| json!({})),
    ),
    hostile(
        "groups of one name",
        "/spec/rayClusterSpec/workerGroupSpecs",
        Items(|_| group()),
    ),
    hostile(
        "start parameters",
        "/spec/rayClusterSpec/headGroupSpec/rayStartParams",
        Keys(|n| format!("--k {n}"), || json!("v;'")),
    ),
    hostile(
        "deletion rules",
        "/spec/deletionStrategy/deletionRules",
        Items(deletion_rule),
    ),
    hostile(
        "keys in runtimeEnvYAML",
        "/spec/runtimeEnvYAML",
        Text("", |n| format!("k{n}: 1\n")),
    ),
    hostile(
        "merges in runtimeEnvYAML",
        "/spec/runtimeEnvYAML",
        Text("env_vars: &a {a: 1}\n", |_| "<<: *a\n".into()),
    ),
    hostile(
        "aliases in runtimeEnvYAML",
        "/spec/runtimeEnvYAML",
        Text("a: &a [1]\n", |n| format!("k{n}: *a\n")),
    ),
    hostile(
        "packages in runtimeEnvYAML",
        "/spec/runtimeEnvYAML",
        Text("pip: [", |_| "a,".into()),
    ),
    hostile(
        "variables in runtimeEnvYAML",
        "/spec/runtimeEnvYAML",
        Text("env_vars:\n", |n| format!("  K{n}: 1\n")),
    ),
    hostile("commands in entrypoint", ENTRYPOINT, Repeated("a;")),
    hostile(
        "variables in entrypoint",
        ENTRYPOINT,
        Text("python ", |_| "$A ".into()),
    ),
    hostile(
        "words in command",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/command",
        Items(|_| json!("a")),
    ),
    hostile(
        "named ports",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/ports",
        Items(port),
    ),
    hostile(
        "variables",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/env",
        Items(|_| json!({"name": ""})),
    ),
    hostile(
        "sources of variables",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/envFrom",
        Items(|_| json!({})),
    ),
    hostile(
        "mounts",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/volumeMounts",
        Items(|n| json!({"name": format!("v{n}"), "mountPath": "/"})),
    ),
    hostile(
        "limits",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/resources/limits",
        Keys(|n| format!("r{n}"), || json!("1x")),
    ),
    hostile(
        "containers",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/initContainers",
        Items(|_| json!({"name": ""})),
    ),
    hostile(
        "volumes",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/volumes",
        Items(|_| json!({"name": ""})),
    ),
    hostile(
        "projected sources",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/volumes/0/projected/sources",
        Items(|_| json!({})),
    ),
    hostile(
        "tolerations",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/tolerations",
        Items(|_| json!({})),
    ),
    hostile(
        "spread constraints",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/topologySpreadConstraints",
        Items(|_| json!({})),
    ),
    hostile(
        "label keys of pod affinity",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/affinity/podAffinity\
         /requiredDuringSchedulingIgnoredDuringExecution",
        Whole(pod_affinity),
    ),
    hostile(
        "node labels",
        "/spec/rayClusterSpec/headGroupSpec/template/spec/nodeSelector",
        Keys(|n| format!("k{n}!"), || json!("v!")),
    ),
];

/// What bash or sh reads in a special way.
const SYNTAX: [&str; 36] = [
    "$(",
    "${",
    "\"$(",
    "`",
    "(",
    "((",
    "'",
    "{",
    "{a,",
    "[",
    "[a]",
    "*",
    "~:",
    "x=~:",
    "=",
    "--x=*",
    "$$",
    "$(A",
    "\\",
    "\\\n",
    "<<E\n",
    "a;",
    "if ",
    "case a in a) ",
    "\"",
    "#\n",
    "a ",
    "''",
    "://*",
    "{1..",
    "}",
    "$'",
    "<(",
    "!",
    "a=(",
    "for a in ",
];

/// Requests whose entrypoint is full of the syntax of shells.
pub fn entrypoints() -> impl Iterator<Item = Hostile> {
    SYNTAX.into_iter().flat_map(|syntax| {
        let fills = [Repeated(syntax), Nested(syntax)];
        fills.map(|fill| hostile(syntax, ENTRYPOINT, fill))
    })
}

const fn hostile(name: &'static str, field: &'static str, fill: Fill) -> Hostile {
    Hostile { name, field, fill }
}

fn group() -> Value {
    json!({
        "groupName": "w", "rayStartParams": {}, "template": {"spec": {"containers": [
            {"name": "w", "image": "rayproject/ray:2.52.0"}]}},
    })
}

fn deletion_rule(n: usize) -> Value {
    json!({"policy": "DeleteCluster", "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": n}})
}

/// A term that selects many labels and takes as many from the pod.
fn pod_affinity(bytes: usize) -> Value {
    let keys = |letter: char| {
        let keys = (0..bytes / 24).map(|n| format!("{letter}{n}"));
        keys.collect::<Vec<_>>()
    };
    let expressions =
        (0..bytes / 120).map(|n| json!({"key": format!("s{n}"), "operator": "Exists"}));
    json!([{
        "topologyKey": "zone",
        "labelSelector": {"matchExpressions": expressions.collect::<Vec<_>>()},
        "matchLabelKeys": keys('a'), "mismatchLabelKeys": keys('b'),
    }])
}

fn port(n: usize) -> Value {
    json!({"name": format!("p{n}"), "containerPort": n % 65_535 + 1})
}

impl Hostile {
    /// Two sizes in bytes. What a request costs must not grow faster than its size.
    pub fn sizes(&self) -> [usize; 2] {
        match self.field {
            ENTRYPOINT => [LONGEST_ARGUMENT / 8, LONGEST_ARGUMENT],
            _ => [50_000, 400_000],
        }
    }

    /// The creation of a RayJob of about this many bytes.
    pub fn create(&self, bytes: usize) -> Vec<u8> {
        request(&json!({"operation": "CREATE", "object": self.job(bytes)}))
    }

    /// An UPDATE that changes nothing, of about this many bytes.
    pub fn update(&self, bytes: usize) -> Vec<u8> {
        let job = self.job(bytes / 2);
        request(&json!({"operation": "UPDATE", "object": job, "oldObject": job}))
    }

    fn job(&self, bytes: usize) -> Value {
        let mut job = json!({
            "apiVersion": "ray.io/v1", "kind": "RayJob",
            "metadata": {"name": "train", "namespace": "ml"},
            "spec": {
                "entrypoint": "python train.py",
                "rayClusterSpec": {"headGroupSpec": {"rayStartParams": {}, "template": {"spec": {
                    "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}]}}}},
            },
        });
        let filled = self.fill.up_to(bytes);
        let mut place = &mut job;
        for key in self.field.split('/').skip(1) {
            place = match (place, key.parse::<usize>()) {
                (Value::Array(items), Ok(index)) => &mut items[index],
                (place, Ok(_)) => {
                    *place = json!([{"name": "a"}]);
                    &mut place[0]
                }
                (place, Err(_)) => &mut place[key],
            };
        }
        match (place, filled) {
            (Value::Object(fields), Value::Object(filled)) => fields.extend(filled),
            (place, filled) => *place = filled,
        }
        job
    }
}

impl Fill {
    fn up_to(&self, bytes: usize) -> Value {
        match self {
            Items(item) => {
                let size = item(bytes).to_string().len() + 1;
                Value::Array((0..bytes / size).map(item).collect())
            }
            Keys(key, value) => {
                let size = key(bytes).len() + value().to_string().len() + 4;
                let entries = (0..bytes / size).map(|n| (key(n), value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            Text(beginning, piece) => {
                // In JSON, a line break has two bytes.
                let size = Value::from(piece(bytes)).to_string().len() - 2;
                let pieces = (0..bytes / size).map(piece);
                Value::from(format!("{beginning}{}", pieces.collect::<String>()))
            }
            Repeated(text) => Value::from(text.repeat(bytes / text.len())),
            Nested(open) => {
                let close = open.chars().rev().map(|c| match c {
                    '(' => ')',
                    '{' => '}',
                    c => c,
                });
                let close: String = close.collect();
                let count = bytes / (2 * open.len());
                Value::from(open.repeat(count) + &close.repeat(count))
            }
            Whole(value) => value(bytes),
        }
    }
}

fn request(change: &Value) -> Vec<u8> {
    let mut request = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
        "resource": {"group": "ray.io", "version": "v1", "resource": "rayjobs"},
        "name": "train", "namespace": "ml", "userInfo": {"username": "alice"},
    });
    for (key, value) in change.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    json!({"request": request}).to_string().into_bytes()
}
