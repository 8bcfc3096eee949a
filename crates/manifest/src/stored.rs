//! The stored objects; an object with the same name is an UPDATE.

use rayjob_policy_core::kind::Kind;
use serde_json::Value;

use crate::document;
use crate::stream;

/// A stored object.
pub(crate) struct Stored {
    id: Id,
    object: Value,
}

impl Stored {
    /// The stored object that an object in a manifest replaces.
    pub fn replaced<'s>(stored: &'s [Self], kind: Kind, object: &Value) -> Option<&'s Value> {
        let id = Id::of(kind, object);
        let stored = stored.iter().find(|stored| stored.id.is(&id))?;
        Some(&stored.object)
    }
}

/// The readable objects of a text.
pub(crate) fn read(text: &str) -> Vec<Stored> {
    let trees = stream::pieces(text).flat_map(|piece| stream::read(text, &piece).0);
    trees
        .flat_map(|tree| {
            let targets = document::targets(&tree);
            let objects = targets.filter_map(|target| {
                let kind = target.kind(&tree)?;
                let object = tree.value(target.object(&tree)?).ok()?;
                Some(Stored {
                    id: Id::of(kind, &object),
                    object,
                })
            });
            objects.collect::<Vec<_>>()
        })
        .collect()
}

/// The identity of an object.
struct Id {
    kind: Kind,
    namespace: String,
    name: String,
}

impl Id {
    fn of(kind: Kind, object: &Value) -> Self {
        let text = |pointer| {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Self {
            kind,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        }
    }

    /// Whether this stored object is the one in a manifest.
    fn is(&self, manifest: &Self) -> bool {
        let same_namespace = manifest.namespace.is_empty() || self.namespace == manifest.namespace;
        self.kind == manifest.kind && self.name == manifest.name && same_namespace
    }
}

#[cfg(test)]
mod tests {
    use rayjob_policy_core::kind::Kind;
    use serde_json::json;

    use super::{Stored, read};

    #[test]
    fn an_object_without_a_namespace_replaces_one_of_any() {
        let stored = read(
            "kind: RayJob\napiVersion: ray.io/v1\nmetadata: {name: a, namespace: x}\n---\n\
             kind: RayJob\napiVersion: ray.io/v1\nmetadata: {name: b}\n",
        );
        for (kind, namespace, name, replaced) in [
            (Kind::RayJob, "x", "a", Some("a")),
            (Kind::RayJob, "", "a", Some("a")),
            (Kind::RayJob, "", "b", Some("b")),
            (Kind::RayJob, "y", "a", None),
            (Kind::RayJob, "x", "b", None),
            (Kind::RayJob, "x", "c", None),
            (Kind::RayJob, "", "c", None),
            (Kind::RayCluster, "x", "a", None),
            (Kind::RayCluster, "", "a", None),
        ] {
            let object = json!({"metadata": {"name": name, "namespace": namespace}});
            let found = Stored::replaced(&stored, kind, &object);
            let found = found.and_then(|object| object["metadata"]["name"].as_str());
            assert_eq!(found, replaced, "{kind:?} {namespace}/{name}");
        }
    }
}
