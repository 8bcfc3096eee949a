//! A host's answers to questions about the cluster, as policy-server gives them.

use std::error::Error;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Value, json};
use wapc::HostCallback;

/// The answers to the questions of one module.
#[derive(Debug)]
pub struct Cluster {
    answer: Answer,
    asked: Mutex<Vec<String>>,
}

#[derive(Debug)]
enum Answer {
    Objects(Vec<Value>),
    Text(String),
    Error(String),
}

/// A request for a list, as in `kubewarden policy-evaluator src/callback_requests.rs`; here
/// unknown fields are errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRequest {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    label_selector: Option<String>,
    field_selector: Option<String>,
    field_masks: Option<Vec<String>>,
}

type HostResult = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

impl Cluster {
    /// A cluster with these objects; those without a namespace are in `default`.
    pub fn of(objects: Vec<Value>) -> Arc<Self> {
        Self::new(Answer::Objects(objects))
    }

    /// A host that answers each question with this text.
    pub fn saying(text: impl Into<String>) -> Arc<Self> {
        Self::new(Answer::Text(text.into()))
    }

    /// A host that answers each question with this error.
    pub fn failing(error: impl Into<String>) -> Arc<Self> {
        Self::new(Answer::Error(error.into()))
    }

    fn new(answer: Answer) -> Arc<Self> {
        Arc::new(Self {
            answer,
            asked: Mutex::new(Vec::new()),
        })
    }

    /// What was asked, in order: `apps/v1 Deployment`.
    ///
    /// # Panics
    /// If a question has panicked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }

    /// What waPC calls when the module asks.
    pub(crate) fn host_callback(self: Arc<Self>) -> Box<HostCallback> {
        Box::new(move |_, binding, namespace, operation, payload| {
            self.answer([binding, namespace, operation], payload)
        })
    }

    fn answer(&self, [binding, namespace, operation]: [&str; 3], payload: &[u8]) -> HostResult {
        if [binding, namespace] != ["kubewarden", "kubernetes"] {
            return Err(format!("unknown namespace {binding}/{namespace}").into());
        }
        let request: ListRequest = serde_json::from_slice(payload)?;
        match (operation, &request.namespace) {
            ("list_resources_all", None) | ("list_resources_by_namespace", Some(_)) => {}
            _ => return Err(format!("{operation} does not take this request").into()),
        }
        let resource = format!("{} {}", request.api_version, request.kind);
        self.asked.lock().expect("no panic").push(resource);
        match &self.answer {
            Answer::Objects(objects) => Ok(request.list(objects).to_string().into_bytes()),
            Answer::Text(text) => Ok(text.clone().into_bytes()),
            Answer::Error(error) => Err(error.clone().into()),
        }
    }
}

impl ListRequest {
    /// The list that answers it.
    fn list(&self, objects: &[Value]) -> Value {
        assert_eq!(
            self.field_selector, None,
            "this host knows no field selector"
        );
        let items = objects.iter().filter(|object| self.is_about(object));
        let items: Vec<_> = items.map(|object| self.masked(object)).collect();
        let kind = format!("{}List", self.kind);
        json!({"apiVersion": self.api_version, "kind": kind, "metadata": {}, "items": items})
    }

    fn is_about(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let namespace = metadata["namespace"].as_str().unwrap_or("default");
        let wanted = self
            .namespace
            .as_deref()
            .map(|it| if it.is_empty() { "default" } else { it });
        // An API server converts between the versions of a group.
        let group = |version: &str| version.rsplit_once('/').map(|(group, _)| group.to_owned());
        object["kind"] == *self.kind
            && object["apiVersion"].as_str().map(group) == Some(group(&self.api_version))
            && wanted.is_none_or(|wanted| wanted == namespace)
            && self.selects(&metadata["labels"])
    }

    /// Whether the label selector, of the form `key in (a,b)`, selects an object.
    fn selects(&self, labels: &Value) -> bool {
        let Some(selector) = &self.label_selector else {
            return true;
        };
        let (key, values) = selector.split_once(" in ").expect("a set-based selector");
        let values = values.trim_matches(['(', ')']).split(',');
        values.map(Value::from).any(|value| labels[key] == value)
    }

    /// The fields of an object that the module asks for.
    fn masked(&self, object: &Value) -> Value {
        let masks = self.field_masks.iter().flatten();
        let mut masked = json!({});
        for mask in masks {
            let path: Vec<_> = mask.split('.').collect();
            keep(&path, object, &mut masked);
        }
        masked
    }
}

/// Copies a field, in every item where there are lists on the way.
fn keep(path: &[&str], from: &Value, to: &mut Value) {
    match (path, from) {
        ([], value) => *to = value.clone(),
        (path, Value::Array(items)) => {
            if !to.is_array() {
                *to = items.iter().map(|_| json!({})).collect();
            }
            for (item, kept) in items.iter().zip(to.as_array_mut().into_iter().flatten()) {
                keep(path, item, kept);
            }
        }
        ([key, rest @ ..], value) => {
            if let Some(value) = value.get(key) {
                keep(rest, value, &mut to[key]);
            }
        }
    }
}
