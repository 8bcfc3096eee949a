//! The schemas in the CustomResourceDefinitions of KubeRay's releases.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::pattern::Pattern;
use crate::kind::Kind;
use crate::release::Release;

/// The schemas of all releases, each part of them once. `conformance/oracle/common/schemas`
/// generates the file from KubeRay's own.
const SCHEMAS: &str = include_str!("schemas.json");

/// The contents of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Schemas {
    /// Names of nodes, by release, apiVersion and kind.
    #[serde(borrow)]
    schemas: BTreeMap<&'static str, &'static str>,
    #[serde(borrow)]
    nodes: BTreeMap<&'static str, Node>,
}

/// The schema of a value: a structural schema of Kubernetes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Node {
    #[serde(rename = "type")]
    pub kind: Type,
    /// The fields of an object.
    #[serde(borrow)]
    properties: BTreeMap<&'static str, Name>,
    /// The schema of every value of a map.
    additional_properties: Option<Name>,
    /// The schema of every item of a list.
    items: Option<Name>,
    /// The required fields.
    #[serde(borrow)]
    pub required: Vec<&'static str>,
    /// The default, which fills an absent field.
    pub default: Option<Value>,
    /// Whether `null` is a value, and not the same as absent.
    pub nullable: bool,
    /// Whether an object keeps the fields that are not in `properties`.
    pub open: bool,
    /// The allowed strings.
    #[serde(rename = "enum", borrow)]
    pub choices: Vec<&'static str>,
    pub minimum: Option<i32>,
    pub min_items: Option<usize>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<Pattern>,
    pub format: Option<Format>,
    /// The fields that identify an item of a list; if there are none, the whole
    /// item does.
    #[serde(borrow)]
    pub unique: Option<Vec<&'static str>>,
    /// The texts of CEL rules.
    #[serde(borrow)]
    pub rules: Vec<&'static str>,
}

/// The name of a node, which is looked up once.
#[derive(Debug)]
struct Name {
    name: &'static str,
    node: OnceLock<Option<&'static Node>>,
}

impl<'de: 'static> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <&str>::deserialize(deserializer)?;
        let node = OnceLock::new();
        Ok(Self { name, node })
    }
}

impl Name {
    fn node(&self) -> Option<&'static Node> {
        *self.node.get_or_init(|| named(self.name))
    }
}

/// A type of JSON Schema, and `x-kubernetes-int-or-string`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Type {
    #[default]
    Object,
    Array,
    String,
    Boolean,
    Integer,
    Number,
    IntOrString,
}

impl Type {
    /// Returns the type, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "a string",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::IntOrString => "an integer or a string",
        }
    }
}

/// The format of a string.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    DateTime,
}

impl Node {
    /// Returns the schema of a whole object, if the release serves it.
    pub fn root(release: Release, api_version: &str, kind: Kind) -> Option<&'static Self> {
        let name = format!("{release} {api_version} {}", kind.as_str());
        named(schemas().schemas.get(&*name)?)
    }

    /// Returns the named fields of an object, in alphabetical order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'static Self)> {
        let field = |(&name, part): (&&'static str, &Name)| Some((name, part.node()?));
        self.properties.iter().filter_map(field)
    }

    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<(&'static str, &'static Self)> {
        let (&name, part) = self.properties.get_key_value(name)?;
        Some((name, part.node()?))
    }

    /// Returns the default of a field.
    pub fn default_of(&self, name: &str) -> Option<&'static Value> {
        self.field(name)?.1.default.as_ref()
    }

    /// Returns whether some values of the type are not allowed.
    #[cfg(test)]
    pub fn narrows(&self) -> bool {
        !self.choices.is_empty()
            || self.minimum.is_some()
            || self.min_items.is_some()
            || self.min_length.is_some()
            || self.max_length.is_some()
            || self.pattern.is_some()
            || self.format.is_some()
    }

    /// Returns the schema of every value of a map.
    pub fn values(&self) -> Option<&'static Self> {
        self.additional_properties.as_ref()?.node()
    }

    /// Returns the schema of every item of a list.
    pub fn items(&self) -> Option<&'static Self> {
        self.items.as_ref()?.node()
    }
}

fn named(name: &str) -> Option<&'static Node> {
    schemas().nodes.get(name)
}

/// Parses the file on first use. A test ensures that it can be parsed.
fn schemas() -> &'static Schemas {
    static READ: OnceLock<Schemas> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(SCHEMAS).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Node, SCHEMAS, Schemas};
    use crate::kind::Kind;
    use crate::release::Release;

    fn schemas() -> Schemas {
        serde_json::from_str(SCHEMAS).unwrap()
    }

    #[test]
    fn every_release_has_its_kinds() {
        for release in Release::ALL {
            assert!(Node::root(release, "ray.io/v1", Kind::RayJob).is_some());
            assert!(Node::root(release, "ray.io/v1alpha1", Kind::RayJob).is_some());
            let cron = Node::root(release, "ray.io/v1", Kind::RayCronJob);
            assert_eq!(cron.is_some(), release >= Release::V1_6, "{release}");
        }
        assert!(Node::root(Release::V1_7, "ray.io/v1alpha1", Kind::RayCronJob).is_none());
        assert!(Node::root(Release::V1_7, "ray.io/v2", Kind::RayJob).is_none());
    }

    #[test]
    fn every_part_has_a_node() {
        let Schemas { schemas, nodes } = schemas();
        assert!(schemas.values().all(|root| nodes.contains_key(root)));
        let has_parts = |node: &Node| {
            let parts = node.properties.values();
            let mut parts = parts.chain(&node.additional_properties).chain(&node.items);
            parts.all(|part| nodes.contains_key(part.name))
        };
        assert!(nodes.values().all(has_parts));
    }

    #[test]
    fn a_default_has_no_parts() {
        let is_flat = |default: &Value| !default.is_array() && !default.is_object();
        let nodes = schemas().nodes;
        assert!(nodes.values().all(|node| node.default.iter().all(is_flat)));
    }
}
