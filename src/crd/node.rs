//! The schemas in the CustomResourceDefinitions of KubeRay's releases.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::OnceLock;

use serde_json::Value;

use super::pattern::Pattern;
use crate::json::{self, Json, Text};
use crate::kind::Kind;
use crate::release::Release;

/// The schemas of all releases, each part of them once. `conformance/oracle/common/schemas`
/// generates the file from KubeRay's own.
const SCHEMAS: &str = include_str!("schemas.json");

/// The contents of the file.
#[derive(Debug, Default)]
struct Schemas {
    /// Names of nodes, by release, apiVersion and kind.
    schemas: Named<&'static str>,
    nodes: Named<Node>,
}

/// Values in the order of their names.
type Named<T> = Vec<(&'static str, T)>;

fn find<'n, T>(values: &'n Named<T>, name: &str) -> Option<(&'static str, &'n T)> {
    let place = values.binary_search_by(|(known, _)| (*known).cmp(name));
    let (name, value) = values.get(place.ok()?)?;
    Some((*name, value))
}

/// The schema of a value: a structural schema of Kubernetes.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub kind: Type,
    /// The fields of an object.
    properties: Named<Name>,
    /// The schema of every value of a map.
    additional_properties: Option<Name>,
    /// The schema of every item of a list.
    items: Option<Name>,
    /// The required fields.
    pub required: Vec<&'static str>,
    /// The default, which fills an absent field.
    pub default: Option<Value>,
    /// Whether `null` is a value, and not the same as absent.
    pub nullable: bool,
    /// Whether an object keeps the fields that are not in `properties`.
    pub open: bool,
    /// The allowed strings.
    pub choices: Vec<&'static str>,
    pub minimum: Option<i32>,
    pub min_items: Option<usize>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<Pattern>,
    pub format: Option<Format>,
    /// The fields that identify an item of a list; if there are none, the whole
    /// item does.
    pub unique: Option<Vec<&'static str>>,
    /// The texts of CEL rules.
    pub rules: Vec<&'static str>,
}

/// The name of a node, which is looked up once.
#[derive(Debug)]
struct Name {
    name: &'static str,
    node: OnceLock<Option<&'static Node>>,
}

impl Name {
    fn of(json: &'static Json<'static>) -> Option<Self> {
        let name = text(json)?;
        let node = OnceLock::new();
        Some(Self { name, node })
    }

    fn node(&self) -> Option<&'static Node> {
        *self.node.get_or_init(|| named(self.name))
    }
}

/// A type of JSON Schema, and `x-kubernetes-int-or-string`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "int-or-string" => Self::IntOrString,
            _ => return None,
        })
    }

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

/// The format of a string or an integer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    DateTime,
    Int32,
}

impl Format {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" => Self::DateTime,
            "int32" => Self::Int32,
            _ => return None,
        })
    }
}

impl Node {
    /// Returns the schema of a whole object, if the release serves it.
    pub fn root(release: Release, api_version: &str, kind: Kind) -> Option<&'static Self> {
        let name = format!("{release} {api_version} {}", kind.as_str());
        let (_, root) = find(&schemas().schemas, &name)?;
        named(root)
    }

    /// Returns the named fields of an object, in alphabetical order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'static Self)> {
        let parts = self.properties.iter();
        parts.filter_map(|(name, part)| Some((*name, part.node()?)))
    }

    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<(&'static str, &'static Self)> {
        let (name, part) = find(&self.properties, name)?;
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

/// Returns whether any object of any release has a field with this name.
pub(super) fn is_field(name: &str) -> bool {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names = BTreeSet::new();
        for (_, node) in &schemas().nodes {
            for (name, _) in &node.properties {
                names.insert((*name).to_owned());
            }
        }
        names
    });
    names.contains(name)
}

fn named(name: &str) -> Option<&'static Node> {
    let (_, node) = find(&schemas().nodes, name)?;
    Some(node)
}

/// Reads the file on first use. A test ensures that all of it can be read.
fn schemas() -> &'static Schemas {
    static READ: OnceLock<Schemas> = OnceLock::new();
    READ.get_or_init(|| Schemas::read().unwrap_or_default())
}

impl Schemas {
    fn read() -> Option<Self> {
        static FILE: OnceLock<Json<'static>> = OnceLock::new();
        let file = FILE.get_or_init(|| json::read(SCHEMAS.as_bytes()).unwrap_or_default());
        let mut read = Self::default();
        for (part, json) in entries(file)? {
            match &**part {
                "schemas" => read.schemas = all(json, text)?,
                "nodes" => read.nodes = all(json, Node::of)?,
                _ => return None,
            }
        }
        Some(read)
    }
}

impl Node {
    fn of(json: &'static Json<'static>) -> Option<Self> {
        let mut node = Self::default();
        for (key, value) in entries(json)? {
            match &**key {
                "type" => node.kind = Type::parse(text(value)?)?,
                "properties" => node.properties = all(value, Name::of)?,
                "additionalProperties" => node.additional_properties = Some(Name::of(value)?),
                "items" => node.items = Some(Name::of(value)?),
                "required" => node.required = texts(value)?,
                "default" => node.default = Some(constant(value)?),
                "nullable" => node.nullable = is_true(value),
                "open" => node.open = is_true(value),
                "enum" => node.choices = texts(value)?,
                "minimum" => node.minimum = Some(number(value)?),
                "minItems" => node.min_items = Some(number(value)?),
                "minLength" => node.min_length = Some(number(value)?),
                "maxLength" => node.max_length = Some(number(value)?),
                "pattern" => node.pattern = Some(Pattern::named(text(value)?)?),
                "format" => node.format = Some(Format::parse(text(value)?)?),
                "unique" => node.unique = Some(texts(value)?),
                "rules" => node.rules = texts(value)?,
                _ => return None,
            }
        }
        Some(node)
    }
}

fn entries(json: &'static Json<'static>) -> Option<&'static [(Text<'static>, Json<'static>)]> {
    match json {
        Json::Object(entries) => Some(entries),
        _ => None,
    }
}

/// The entries of an object, which are in the order of their names.
fn all<T>(
    json: &'static Json<'static>,
    of: fn(&'static Json<'static>) -> Option<T>,
) -> Option<Named<T>> {
    let entries = entries(json)?.iter();
    entries
        .map(|(name, value)| Some((&**name, of(value)?)))
        .collect()
}

fn text(json: &'static Json<'static>) -> Option<&'static str> {
    match json {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

fn texts(json: &'static Json<'static>) -> Option<Vec<&'static str>> {
    match json {
        Json::List(items) => items.iter().map(text).collect(),
        _ => None,
    }
}

fn number<T: FromStr>(json: &Json<'_>) -> Option<T> {
    match json {
        Json::Number(written) => written.parse().ok(),
        _ => None,
    }
}

fn is_true(json: &Json<'_>) -> bool {
    matches!(json, Json::Boolean(true))
}

/// A value without parts.
fn constant(json: &'static Json<'static>) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Boolean(value) => (*value).into(),
        Json::Number(written) => Value::Number(written.parse().ok()?),
        Json::Text(text) => (**text).into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Node, Schemas, find, schemas};
    use crate::kind::Kind;
    use crate::release::Release;

    #[test]
    fn the_file_is_read() {
        assert!(Schemas::read().is_some());
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
        let is_known = |name: &str| find(nodes, name).is_some();
        assert!(schemas.iter().all(|(_, root)| is_known(root)));
        let has_parts = |node: &Node| {
            let parts = node.properties.iter().map(|(_, part)| part);
            let mut parts = parts.chain(&node.additional_properties).chain(&node.items);
            parts.all(|part| is_known(part.name))
        };
        assert!(nodes.iter().all(|(_, node)| has_parts(node)));
    }
}
