//! The live state as a list of objects, such as kubectl prints.

use serde_json::{Value, json};

use super::{Inventory, Resource};

/// Objects of a cluster. Others are not known to be missing, unless there is one of the same
/// kind, and one in the same namespace: a list may be of some kinds and some namespaces only.
#[derive(Clone, Debug)]
pub struct Objects {
    objects: Vec<Value>,
    namespace: String,
}

impl Objects {
    /// These objects; lists among them stand for their items. `namespace` is that of objects
    /// which name none, and may be empty.
    pub fn new(objects: impl IntoIterator<Item = Value>, namespace: &str) -> Self {
        let items = |mut object: Value| {
            let kind = object.get("kind").and_then(Value::as_str);
            let is_list = kind.is_some_and(|kind| kind.ends_with("List"));
            match object.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) if is_list => items,
                _ => vec![object],
            }
        };
        Self {
            objects: objects.into_iter().flat_map(items).collect(),
            namespace: namespace.into(),
        }
    }

    /// The number of the objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl Inventory for Objects {
    fn list(&self, resource: Resource, namespace: &str) -> Option<Vec<u8>> {
        let namespace = match namespace {
            "" => &self.namespace,
            namespace => namespace,
        };
        let is_here = |object: &&Value| {
            let of = object.pointer("/metadata/namespace");
            of.and_then(Value::as_str) == Some(namespace)
        };
        let of_kind = self.objects.iter().filter(|object| resource.has(object));
        let items: Vec<_> = match resource.is_everywhere() {
            true => of_kind.clone().collect(),
            false => of_kind.clone().filter(is_here).collect(),
        };
        let knows_namespace =
            resource.is_everywhere() || self.objects.iter().any(|it| is_here(&it));
        (of_kind.count() > 0 && knows_namespace).then(|| json!({"items": items}).to_string().into())
    }
}
