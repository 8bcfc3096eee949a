//! The hosts that run OPA's policies, each with the built module in it.

mod eval;
mod process;
mod rust;
mod server;

pub mod module;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rayjob_policy_core::live::Objects;
use rayjob_policy_opa::EntryPoint;
use rayjob_policy_testkit::{Vector, examples, project, vectors};
use serde_json::{Map, Value, json};

pub use eval::Eval;
pub use process::{Node, Python};
pub use rust::Rust;
pub use server::{Server, free_address, ready};

/// The entry points, in the order of their numbers.
pub const ENTRY_POINTS: [&str; 4] = [
    "kuberay/rayjob/main",
    "kuberay/rayjob/violation",
    "kuberay/rayjob/response",
    "kuberay/rayjob/findings",
];

/// A program with the module in it.
pub trait Host {
    /// What the module answers to an input at every entry point, with these
    /// data.
    ///
    /// # Errors
    /// What the host says.
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>>;
}

/// What a host finds in OPA's `data`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// The settings of the policy.
    pub settings: Option<Value>,
    /// The objects of the cluster, under the keys of their [form](Form).
    pub cluster: Map<String, Value>,
}

impl Data {
    /// OPA's `data` as a program hands it over: the settings, and what Kubewarden adds.
    fn as_document(&self) -> Value {
        let mut document = self.settings.clone().unwrap_or_else(|| json!({}));
        if let Value::Object(document) = &mut document {
            document.extend(self.cluster.clone());
        }
        document
    }

    /// OPA's `data` with the settings among others.
    fn as_store(&self) -> Value {
        let mut store =
            json!({"users": {"alice": "\u{7f}\u{b}\u{e0001}"}, "kuberay": {"rayjob": {}}});
        if let Some(settings) = &self.settings {
            store["kuberay"]["rayjob"]["settings"] = settings.clone();
        }
        for (key, value) in &self.cluster {
            store[key] = value.clone();
        }
        store
    }
}

/// Who keeps the objects of the cluster in OPA's `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `kubernetes[RESOURCE][NAMESPACE][NAME]`
    KubeMgmt,
    /// `inventory.namespace[NAMESPACE][APIVERSION][KIND][NAME]`
    Gatekeeper,
}

impl Form {
    /// The keys of the data for these objects.
    pub fn of(self, objects: &[Value]) -> Map<String, Value> {
        let mut data = json!({});
        for object in objects {
            let [namespace, name] = ["namespace", "name"].map(|key| &object["metadata"][key]);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let [namespace, name] = [text(namespace), text(name)];
            let [version, kind] = ["apiVersion", "kind"].map(|key| text(&object[key]));
            let place = match self {
                Self::KubeMgmt => {
                    let resource = format!("{}s", kind.to_lowercase());
                    &mut data["kubernetes"][resource][namespace][name]
                }
                Self::Gatekeeper => {
                    &mut data["inventory"]["namespace"][namespace][version][kind][name]
                }
            };
            *place = object.clone();
        }
        data.as_object().cloned().unwrap_or_default()
    }
}

/// A case: an input, the data, and what every entry point answers.
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The input.
    pub input: Value,
    /// The data.
    pub data: Data,
    /// The answers, by the number of the entry point.
    pub answers: Vec<Value>,
}

impl Case {
    /// The case with what the policy answers natively in a cluster of these objects.
    fn new(name: String, input: Value, data: Data, objects: &[Value]) -> Self {
        let text = input.to_string();
        let settings = data.settings.as_ref().map(Value::to_string);
        let cluster = Arc::new(Objects::new(objects.iter().cloned(), ""));
        let answer = |entry_point: EntryPoint| {
            let settings = settings.as_ref().map(String::as_bytes);
            let answer = entry_point.answer(text.as_bytes(), settings, Some(cluster.clone()));
            serde_json::from_slice(&answer).expect("JSON")
        };
        let answers = EntryPoint::ALL.map(answer).into();
        Self {
            name,
            input,
            data,
            answers,
        }
    }

    /// Every vector in a cluster, with the objects as Gatekeeper keeps them.
    pub fn with_inventory() -> Vec<Self> {
        let all = vectors().into_iter().chain(examples());
        let in_cluster = all.filter(|vector| !vector.cluster.is_empty());
        cases(in_cluster, |vector| {
            let cluster = Form::Gatekeeper.of(&vector.cluster);
            (
                review(vector),
                Data {
                    settings: vector.settings.clone(),
                    cluster,
                },
            )
        })
    }

    /// A job on a RayCluster that is missing, with data that do not tell.
    pub fn without_knowledge() -> Vec<Self> {
        let mut examples = examples().into_iter();
        let missing =
            examples.find(|vector| vector.name == "The bad example of live-raycluster-missing");
        let missing = missing.expect("the example");
        let nothing = [
            json!({}),
            json!({"kubernetes": 7, "inventory": "x".repeat(3_000_000)}),
            json!({"kubernetes": {"rayclusters": {"default": {"shared": []}}}}),
            json!({"inventory": {"namespace": {"default": {"ray.io/v1": {"RayCluster": {"a": {}}}}}}}),
            json!({"kubernetes": {"rayclusters": {"elsewhere": {}}}}),
        ];
        let case = |cluster: Value| {
            let cluster = cluster.as_object().cloned().unwrap_or_default();
            let data = Data {
                settings: missing.settings.clone(),
                cluster,
            };
            Self::new("nothing known".into(), review(&missing), data, &[])
        };
        nothing.into_iter().map(case).collect()
    }

    /// Every vector as an AdmissionReview, those of the rules' examples too, in a cluster
    /// whose objects are as kube-mgmt keeps them.
    pub fn reviews() -> Vec<Self> {
        cases(vectors().into_iter().chain(examples()), |vector| {
            let cluster = Form::KubeMgmt.of(&vector.cluster);
            (
                review(vector),
                Data {
                    settings: vector.settings.clone(),
                    cluster,
                },
            )
        })
    }

    /// Every recorded vector as Gatekeeper's input, which brings its settings along.
    pub fn for_gatekeeper() -> Vec<Self> {
        cases(vectors(), |vector| {
            let parameters = vector.settings.clone().unwrap_or_else(|| json!({}));
            let cluster = Form::Gatekeeper.of(&vector.cluster);
            (
                json!({"parameters": parameters, "review": vector.request()}),
                Data {
                    settings: None,
                    cluster,
                },
            )
        })
    }

    /// The object of every recorded vector by itself.
    pub fn objects() -> Vec<Self> {
        cases(vectors(), |vector| {
            let cluster = Form::KubeMgmt.of(&vector.cluster);
            let data = Data {
                settings: vector.settings.clone(),
                cluster,
            };
            (vector.request()["object"].clone(), data)
        })
    }

    /// A request of 3 MB.
    pub fn big() -> Self {
        let entrypoint = "x".repeat(3_000_000);
        let spec =
            json!({"entrypoint": entrypoint, "clusterSelector": {"ray.io/cluster": "shared"}});
        let input = json!({"request": {
            "uid": "1",
            "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
            "operation": "CREATE",
            "object": {"metadata": {"name": "train"}, "spec": spec},
        }});
        Self::new("3 MB".into(), input, Data::default(), &[])
    }

    /// A request in which so much is found that the findings take 50 KB.
    pub fn long() -> Self {
        let template =
            json!({"spec": {"containers": [{"name": "ray", "image": "rayproject/ray:2.52.0"}]}});
        let groups: Vec<_> = (0..100)
            .map(|group| json!({"groupName": format!("g{group}"), "minReplicas": -1, "template": template}))
            .collect();
        let cluster = json!({"headGroupSpec": {"template": template}, "workerGroupSpecs": groups});
        let input = json!({"request": {
            "uid": "1",
            "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
            "operation": "CREATE",
            "object": {"metadata": {"name": "train"}, "spec": {"rayClusterSpec": cluster}},
        }});
        Self::new("many findings".into(), input, Data::default(), &[])
    }

    /// Asks a host, and compares.
    ///
    /// # Errors
    /// If it answers anything else.
    pub fn check(&self, host: &mut dyn Host) -> Result<()> {
        let answers = host.ask(&self.input, &self.data);
        let answers = answers.with_context(|| self.name.clone())?;
        for ((answer, expected), name) in answers.iter().zip(&self.answers).zip(ENTRY_POINTS) {
            ensure!(
                answer == expected,
                "{}: {name} is {answer:#} instead of {expected:#}",
                self.name
            );
        }
        ensure!(answers.len() == self.answers.len(), "{}", self.name);
        Ok(())
    }
}

fn cases(
    vectors: impl IntoIterator<Item = Vector>,
    input: impl Fn(&Vector) -> (Value, Data),
) -> Vec<Case> {
    let case = |vector: Vector| {
        let (input, data) = input(&vector);
        Case::new(vector.name, input, data, &vector.cluster)
    };
    vectors.into_iter().map(case).collect()
}

fn review(vector: &Vector) -> Value {
    json!({"request": vector.request()})
}

/// The module that `cargo xtask build` wrote.
///
/// # Errors
/// If it is missing.
pub fn built() -> Result<Vec<u8>> {
    std::fs::read(project("dist/policy-opa.wasm")).context("`cargo xtask build` makes the module")
}

/// A tool that `make rust` installs; `None` if it could not, which is told,
/// past the test harness, in one line.
pub fn tool(file: &str, what: &str) -> Option<PathBuf> {
    let tool = project(file);
    if tool.exists() {
        return Some(tool);
    }
    let line = format!("skipped: {what}: {file} is missing, which `make rust` installs\n");
    std::io::stderr().write_all(line.as_bytes()).ok();
    None
}
