//! Checks what an API server refuses in an object's own metadata, for any kind.
//!
//! Source: `k8s.io/apimachinery v0.35.0`
//! `pkg/api/validation/objectmeta.go:ValidateObjectMetaAccessor`, as
//! `k8s.io/apiextensions-apiserver` calls it, with `NameIsDNSSubdomain`. Fields that the API server
//! itself writes are not checked, and values of the wrong type are left to the schema.

use serde_json::{Map, Value};

use super::check::Checker;
use super::mistake::Mistake;
use super::place::Place;
use crate::json::Quoted;
use crate::rules::crd::claim::Violation;
use crate::syntax::labels::{LabelError, check_label_key, check_label_value};
use crate::syntax::names::{is_dns1123_label, is_dns1123_subdomain};

/// The maximum size of all annotations together, in bytes.
const MOST_ANNOTATED: usize = 256 << 10;

/// The number of bytes of a `generateName` that go into a name.
const LONGEST_PREFIX: usize = 58;

/// The finalizers that exclude each other.
const OPPOSITES: [&str; 2] = ["orphan", "foregroundDeletion"];

impl Checker<'_> {
    /// Checks the metadata of an object.
    pub fn metadata(&mut self, object: &Value) {
        let metadata = match object.get("metadata") {
            None | Some(Value::Null) => &Map::new(),
            Some(Value::Object(metadata)) => metadata,
            Some(_) => return,
        };
        let place = Place::Field(&Place::Top, "metadata");
        self.names(&place, metadata);
        self.labels(&place, metadata);
        self.annotations(&place, metadata);
        self.finalizers(&place, metadata);
        self.owners(&place, metadata);
    }

    fn names(&mut self, above: &Place<'_>, metadata: &Map<String, Value>) {
        let text = |field| text(metadata.get(field));
        let (name, prefix, namespace) = (text("name"), text("generateName"), text("namespace"));
        let is_unnamed = name == Some("");
        let faulty = [
            ("name", name, &is_name as &dyn Fn(&str) -> bool),
            ("generateName", prefix, &|prefix| {
                is_prefix(prefix, is_unnamed)
            }),
            ("namespace", namespace, &|name| {
                is_dns1123_label(name.as_bytes())
            }),
        ];
        for (field, text, is_valid) in faulty {
            let written = text.filter(|text| !text.is_empty());
            if let Some(text) = written.filter(|text| !is_valid(text)) {
                let detail = format!("{} cannot be a {field}", Quoted(text));
                let advice = match field {
                    "namespace" => {
                        "Use lower-case letters, digits and -, with a letter or digit \
                                    at both ends"
                    }
                    _ => {
                        "Use lower-case letters, digits and -, starting with a letter and not \
                          ending in -"
                    }
                };
                self.wrong(Place::Field(above, field), detail, advice);
            }
        }
        if is_unnamed && prefix == Some("") {
            self.add(Place::Field(above, "name"), Mistake::nameless());
        }
    }

    fn labels(&mut self, above: &Place<'_>, metadata: &Map<String, Value>) {
        let place = Place::Field(above, "labels");
        for (key, value) in fields(metadata.get("labels")) {
            self.key(Place::Key(&place, key), key, check_label_key(key));
            let text = text(Some(value)).unwrap_or_default();
            if let Err(error) = check_label_value(text) {
                let advice = "Use at most 63 letters, digits, -, _ and ., or use an annotation, \
                              which can hold any text";
                let detail = format!("{} {error}", Quoted(text));
                self.wrong(Place::Key(&place, key), detail, advice);
            }
        }
    }

    fn annotations(&mut self, above: &Place<'_>, metadata: &Map<String, Value>) {
        let place = Place::Field(above, "annotations");
        let mut size = 0_usize;
        for (key, value) in fields(metadata.get("annotations")) {
            // In these keys the case of the DNS name does not matter.
            let lower = key.chars().filter_map(|c| c.to_lowercase().next());
            let lower: String = lower.collect();
            self.key(Place::Key(&place, key), key, check_label_key(&lower));
            let text = text(Some(value)).unwrap_or_default();
            size = size.saturating_add(key.len()).saturating_add(text.len());
        }
        if size > MOST_ANNOTATED {
            let detail = format!("{size} bytes in total, more than {MOST_ANNOTATED}");
            self.wrong(place, detail, "Move large texts to a ConfigMap");
        }
    }

    fn finalizers(&mut self, above: &Place<'_>, metadata: &Map<String, Value>) {
        let place = Place::Field(above, "finalizers");
        let finalizers = items(metadata.get("finalizers"));
        for (index, finalizer) in finalizers.iter().enumerate() {
            if let Some(text) = text(Some(finalizer)) {
                self.key(Place::Item(&place, index), text, check_label_key(text));
            }
        }
        if OPPOSITES
            .iter()
            .all(|name| finalizers.iter().any(|finalizer| finalizer == name))
        {
            let detail = format!("both {}", OPPOSITES.join(" and "));
            self.wrong(place, detail, "Keep only one of them");
        }
    }

    fn owners(&mut self, above: &Place<'_>, metadata: &Map<String, Value>) {
        let place = Place::Field(above, "ownerReferences");
        let mut is_controlled = false;
        for (index, owner) in items(metadata.get("ownerReferences")).iter().enumerate() {
            let item = Place::Item(&place, index);
            let text = |field| text(owner.get(field));
            let version = text("apiVersion").map(group_version);
            let (kind, name, uid) = (text("kind"), text("name"), text("uid"));
            let empty = [
                ("apiVersion", version.map(|(_, version)| version)),
                ("kind", kind),
                ("name", name),
                ("uid", uid),
            ];
            for (field, _) in empty.into_iter().filter(|(_, text)| *text == Some("")) {
                let advice = format!("Write the {field} of the owner");
                let detail = format!("the owner has no {field}");
                self.wrong(Place::Field(&item, field), detail, advice);
            }
            if (version, kind) == (Some(("", "v1")), Some("Event")) {
                self.wrong(item, "an Event cannot be an owner", "Remove it");
            }
            if owner.get("controller") == Some(&Value::Bool(true)) {
                if is_controlled {
                    let advice = "Keep controller: true for only one owner";
                    self.wrong(item, "another owner is already the controller", advice);
                }
                is_controlled = true;
            }
        }
    }

    /// Checks a key of labels or annotations, or a name with the same syntax.
    fn key(&mut self, place: Place<'_>, key: &str, verdict: Result<(), LabelError>) {
        if let Err(error) = verdict {
            let advice = "Use a name such as team, with or without a DNS prefix, as in \
                          example.com/team";
            self.wrong(place, format!("the name {}: {error}", Quoted(key)), advice);
        }
    }

    fn wrong(&mut self, place: Place<'_>, detail: impl Into<String>, advice: impl Into<String>) {
        self.add(place, Mistake::new(Violation::Invalid, detail, advice));
    }
}

fn is_name(name: &str) -> bool {
    is_dns1123_subdomain(name.as_bytes())
}

/// Returns whether the API server accepts a `generateName`, and the name that
/// it may generate from it. It validates `ab-` as if it were `aa`.
fn is_prefix(prefix: &str, makes_name: bool) -> bool {
    let masked = match prefix.as_bytes() {
        [begin @ .., _, b'-'] => [begin, b"a"].concat(),
        bytes => bytes.to_vec(),
    };
    let kept = prefix.bytes().take(LONGEST_PREFIX);
    let name: Vec<_> = kept.chain(*b"xxxxx").collect();
    is_dns1123_subdomain(&masked) && (!makes_name || is_dns1123_subdomain(&name))
}

/// Returns the group and the version in an `apiVersion`; both are empty if it
/// is invalid.
fn group_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        Some((_, version)) if version.contains('/') => ("", ""),
        Some(parts) => parts,
        None => ("", api_version),
    }
}

/// Returns a string, which is empty if absent, or `None` for another type.
fn text(value: Option<&Value>) -> Option<&str> {
    match value {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    }
}

fn fields(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
