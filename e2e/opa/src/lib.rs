//! The hosts that run OPA's policies, each with the built module in it.

mod eval;
mod process;
mod rust;
mod server;

pub mod module;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use rayjob_policy_opa::EntryPoint;
use rayjob_policy_testkit::{Vector, examples, project, vectors};
use serde_json::{Value, json};

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
    /// settings.
    ///
    /// # Errors
    /// What the host says.
    fn ask(&mut self, input: &Value, settings: &Settings) -> Result<Vec<Value>>;
}

/// The settings of the policy, and where a host finds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings(pub Option<Value>);

impl Settings {
    /// OPA's `data` as a program hands it over: only the settings.
    fn as_document(&self) -> Value {
        self.0.clone().unwrap_or_else(|| json!({}))
    }

    /// OPA's `data` with the settings among others.
    fn as_store(&self) -> Value {
        let mut store =
            json!({"users": {"alice": "\u{7f}\u{b}\u{e0001}"}, "kuberay": {"rayjob": {}}});
        if let Some(settings) = &self.0 {
            store["kuberay"]["rayjob"]["settings"] = settings.clone();
        }
        store
    }
}

/// A case: an input, the settings, and what every entry point answers.
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The input.
    pub input: Value,
    /// The settings.
    pub settings: Settings,
    /// The answers, by the number of the entry point.
    pub answers: Vec<Value>,
}

impl Case {
    /// The case with what the policy answers natively.
    fn new(name: String, input: Value, settings: Option<Value>) -> Self {
        let text = input.to_string();
        let data = settings.as_ref().map(Value::to_string);
        let answer = |entry_point: EntryPoint| {
            let answer = entry_point.answer(text.as_bytes(), data.as_ref().map(String::as_bytes));
            serde_json::from_slice(&answer).expect("JSON")
        };
        let answers = EntryPoint::ALL.map(answer).into();
        let settings = Settings(settings);
        Self {
            name,
            input,
            settings,
            answers,
        }
    }

    /// Every vector as an AdmissionReview, those of the rules' examples too.
    pub fn reviews() -> Vec<Self> {
        cases(vectors().into_iter().chain(examples()), |vector| {
            (
                json!({"request": vector.request()}),
                vector.settings.clone(),
            )
        })
    }

    /// Every recorded vector as Gatekeeper's input, which brings its settings along.
    pub fn for_gatekeeper() -> Vec<Self> {
        cases(vectors(), |vector| {
            let parameters = vector.settings.clone().unwrap_or_else(|| json!({}));
            (
                json!({"parameters": parameters, "review": vector.request()}),
                None,
            )
        })
    }

    /// The object of every recorded vector by itself.
    pub fn objects() -> Vec<Self> {
        cases(vectors(), |vector| {
            (vector.request()["object"].clone(), vector.settings.clone())
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
        Self::new("3 MB".into(), input, None)
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
        Self::new("many findings".into(), input, None)
    }

    /// Asks a host, and compares.
    ///
    /// # Errors
    /// If it answers anything else.
    pub fn check(&self, host: &mut dyn Host) -> Result<()> {
        let answers = host.ask(&self.input, &self.settings);
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
    input: impl Fn(&Vector) -> (Value, Option<Value>),
) -> Vec<Case> {
    vectors
        .into_iter()
        .map(|vector| {
            let (input, settings) = input(&vector);
            Case::new(vector.name, input, settings)
        })
        .collect()
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
