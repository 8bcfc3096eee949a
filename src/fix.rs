//! Ways to fix an object.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::finding::Finding;
use crate::json::{self, Json, Path};

/// A way to fix an object.
#[derive(Debug)]
pub struct FixTemplate {
    /// What it does: a short imperative sentence, without a full stop.
    pub title: &'static str,
    /// Whether a tool may apply it unasked: whatever else is in the object, it
    /// contradicts no written value, changes neither what KubeRay runs nor what it
    /// deletes, and introduces no new finding.
    pub safe: bool,
    /// The edits, in order.
    pub edits: &'static [Edit],
}

/// One change of an object.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Removes a field.
    Remove(At),
    /// Sets a field to a value, given as JSON.
    Set(At, &'static str),
    /// Sets the field of the finding to the text that the check proposes.
    SetProposed,
    /// Makes the field of the finding the one that the check proposes.
    RenameProposed,
    /// Removes the field of the finding, if that is what the check proposes.
    RemoveProposed,
}

/// The most likely intended field of a finding.
#[derive(Clone, Debug)]
pub enum Proposal {
    /// The field with this text.
    Text(Cow<'static, str>),
    /// A sibling field of this name, with the same value or with this one, as JSON.
    Field(&'static str, Option<String>),
    /// No field.
    Nothing,
}

/// A field that is changed.
#[derive(Clone, Copy, Debug)]
pub enum At {
    /// The field that the finding names.
    Finding,
    /// A field below the one that the finding names.
    Below(&'static str),
    /// A field of the job, from the job's `spec` on.
    Job(&'static str),
    /// A field of the RayCluster, from its `spec` on.
    Cluster(&'static str),
}

/// A fix for one finding: its title, whether it is safe, and a JSON Patch
/// (RFC 6902) of the object.
#[derive(Debug, Serialize)]
pub struct Fix {
    /// [`FixTemplate::title`]
    pub title: &'static str,
    /// [`FixTemplate::safe`]
    pub safe: bool,
    /// The operations, in order.
    pub patch: Vec<Operation>,
}

/// One operation of a JSON Patch.
#[derive(Debug, PartialEq, Eq)]
pub enum Operation {
    /// `remove`
    Remove(Path),
    /// `add`, which also replaces a field, and `replace` for an item of a list; the value is
    /// JSON.
    Add(Path, String),
    /// `move`, from one path to another.
    Move(Path, Path),
}

impl FixTemplate {
    /// Returns this fix for a finding; `None` if the check does not propose the edit
    /// of the fix.
    pub fn resolve(&self, finding: &Finding) -> Option<Fix> {
        let path = |at: At| match at {
            At::Finding => finding.path.clone(),
            At::Below(field) => finding.path.clone().at(field),
            At::Job(field) => Path::default().at(finding.kind.job_path()).at(field),
            At::Cluster(field) => Path::default().at(finding.kind.cluster_path()).at(field),
        };
        let mut patch = Vec::new();
        for edit in self.edits {
            match (*edit, finding.proposal.as_deref()) {
                (Edit::Remove(at), _) => patch.push(Operation::Remove(path(at))),
                (Edit::Set(at, json), _) => patch.push(Operation::Add(path(at), json.into())),
                (Edit::SetProposed, Some(Proposal::Text(text))) => {
                    let json = serde_json::to_string(text).ok()?;
                    patch.push(Operation::Add(path(At::Finding), json));
                }
                (Edit::RenameProposed, Some(Proposal::Field(name, json))) => {
                    let to = finding.path.clone().beside(name);
                    patch.push(Operation::Move(path(At::Finding), to.clone()));
                    patch.extend(json.clone().map(|json| Operation::Add(to, json)));
                }
                (Edit::RemoveProposed, Some(Proposal::Nothing)) => {
                    patch.push(Operation::Remove(path(At::Finding)));
                }
                _ => return None,
            }
        }
        Some(Fix {
            title: self.title,
            safe: self.safe,
            patch,
        })
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Remove(path) => {
                map.serialize_entry("op", "remove")?;
                map.serialize_entry("path", &path.to_pointer())?;
            }
            Self::Add(path, json) => {
                let value = json::read(json.as_bytes()).unwrap_or_default();
                // Before an item, `add` would insert another.
                let op = path.last_key().map_or("replace", |_| "add");
                map.serialize_entry("op", op)?;
                map.serialize_entry("path", &path.to_pointer())?;
                map.serialize_entry("value", &FixValue(&value))?;
            }
            Self::Move(from, to) => {
                map.serialize_entry("op", "move")?;
                map.serialize_entry("from", &from.to_pointer())?;
                map.serialize_entry("path", &to.to_pointer())?;
            }
        }
        map.end()
    }
}

/// A value that a fix sets. No fix sets a list or a decimal number, so they are
/// written as `null` to keep modules small.
struct FixValue<'v>(&'v Json<'v>);

impl Serialize for FixValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Absent | Json::Null | Json::List(_) => serializer.serialize_unit(),
            Json::Boolean(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.parse::<i64>().ok().serialize(serializer),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Object(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (&**key, FixValue(value))))
            }
        }
    }
}
