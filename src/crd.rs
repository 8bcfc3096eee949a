//! An API server with KubeRay's CustomResourceDefinitions: what it refuses of
//! an object, and what it stores.
//!
//! This module is for files. An object in an admission request has already
//! passed these checks, so nothing here is called or linked there.
//!
//! ```
//! use rayjob_policy_core::crd::Schema;
//! use rayjob_policy_core::release::Release;
//! use rayjob_policy_core::kind::Kind;
//! use serde_json::json;
//!
//! let schema = Schema::of(Release::V1_7, "ray.io/v1", Kind::RayJob).unwrap();
//! let mut job = json!({"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
//!     "spec": {"backoffLimit": "2"}});
//! assert_eq!(schema.check(&job, None)[0].path.to_string(), "spec.backoffLimit");
//!
//! job["spec"]["backoffLimit"] = json!(null);
//! assert!(schema.check(&job, None).is_empty());
//! schema.store(&mut job);
//! assert_eq!(job["spec"]["submissionMode"], "K8sJobMode");
//! assert_eq!(job["spec"]["backoffLimit"], 0);
//! ```

use std::ptr;

use serde_json::Value;

use crate::finding::Finding;
use crate::json::{Path, Quoted};
use crate::kind::Kind;
use crate::release::Release;
use crate::rule::Level;
use crate::rules::crd::claim::{self, Violation};

mod check;
mod date_time;
mod judge;
mod metadata;
mod mistake;
mod moved;
mod node;
mod pattern;
mod place;
mod runtime_env;
mod store;
mod unknown;

pub use judge::judge;

use check::Checker;
use node::Node;
use place::Place;

/// The storage version, in which the operator also reads objects.
const STORED: &str = "ray.io/v1";

/// Returns what an API server refuses or warns about in an object as written:
/// the findings of [`Schema::check`], a kind that the release does not have, or
/// a deprecated version. Objects of other groups and kinds are ignored.
pub fn check(release: Release, object: &Value, old: Option<&Value>) -> Vec<Finding> {
    match (Schema::of_object(release, object), Identity::of(object)) {
        (Some(schema), _) => {
            let mut findings = schema.check(object, old);
            findings.extend(schema.deprecation(object, &findings));
            findings
        }
        (None, Some(identity)) => not_served(release, &identity).into_iter().collect(),
        (None, None) => Vec::new(),
    }
}

/// Returns whether `kubectl` can create an object on an API server with the CRDs of a release.
pub fn stores(release: Release, object: &Value) -> bool {
    let findings = check(release, object, None);
    findings
        .iter()
        .all(|finding| finding.rule.level != Level::Deny)
}

/// Returns the finding that a release does not have such objects.
fn not_served(release: Release, identity: &Identity<'_>) -> Option<Finding> {
    let Identity { api_version, kind } = *identity;
    let serves = |release: &Release| Schema::of(*release, STORED, kind).is_some();
    let (path, advice) = match Release::ALL.iter().find(|release| serves(release)) {
        Some(first) if *first > release => ("kind", format!("Use KubeRay {first} or later")),
        _ => ("apiVersion", format!("Write {STORED}")),
    };
    let (kind_name, written) = (kind.as_str(), Quoted(api_version));
    let detail = format!("KubeRay {release} has no {kind_name} in {written}");
    let rule = claim::rule(Violation::NotServed, "")?;
    let mut finding = Finding::new(rule, kind, Path::default().at(path), detail);
    finding.advise(advice);
    Some(finding)
}

/// The version and kind of an object in the group `ray.io`.
struct Identity<'o> {
    api_version: &'o str,
    kind: Kind,
}

impl<'o> Identity<'o> {
    /// Returns `None` for an object of another group, or of a kind that is not
    /// judged.
    fn of(object: &'o Value) -> Option<Self> {
        let api_version = object.get("apiVersion")?.as_str()?;
        let kind = Kind::named(object.get("kind")?.as_str()?)?;
        api_version
            .starts_with("ray.io/")
            .then_some(Self { api_version, kind })
    }
}

/// The schema of one version of one kind in one release.
#[derive(Debug)]
pub struct Schema {
    release: Release,
    api_version: &'static str,
    kind: Kind,
    root: &'static Node,
    /// The schema of the storage version.
    stored: &'static Node,
}

impl Schema {
    /// Returns the schema of a kind in this `apiVersion`, or `None` if the
    /// release does not serve it.
    pub fn of(release: Release, api_version: &str, kind: Kind) -> Option<Self> {
        let api_version = [STORED, "ray.io/v1alpha1"]
            .into_iter()
            .find(|&known| known == api_version)?;
        Some(Self {
            release,
            api_version,
            kind,
            root: Node::root(release, api_version, kind)?,
            stored: Node::root(release, STORED, kind)?,
        })
    }

    /// Returns the schema of an object by its `apiVersion` and `kind`, or
    /// `None` if the release does not serve it or the kind is not judged.
    pub fn of_object(release: Release, object: &Value) -> Option<Self> {
        let Identity { api_version, kind } = Identity::of(object)?;
        Self::of(release, api_version, kind)
    }

    /// Returns an object as an API server stores it: see [`Self::store`]. One whose
    /// schema is not known stays as it is.
    pub fn stored(release: Release, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(schema) = Self::of_object(release, &object) {
            schema.store(&mut object);
        }
        object
    }

    /// Returns what an API server refuses in an object as written, and which
    /// fields it does not know. `old` is the object that an update replaces.
    ///
    /// Validation ratcheting, by which an update may keep values that were
    /// already invalid, is not modelled.
    pub fn check(&self, object: &Value, old: Option<&Value>) -> Vec<Finding> {
        let mut checker = Checker {
            schema: self,
            findings: Vec::new(),
        };
        checker.metadata(object);
        checker.value(Place::Top, self.root, object, old);
        checker.findings
    }

    /// Returns the finding that the version of an object is deprecated. `found`
    /// holds the other findings. The fix, the newest version, is offered only
    /// if nothing else changes with it.
    fn deprecation(&self, object: &Value, found: &[Finding]) -> Option<Finding> {
        let is_deprecated = self.api_version != STORED && self.release >= Release::V1_7;
        let rule = claim::rule(Violation::Deprecated, "").filter(|_| is_deprecated)?;
        let detail = format!("apiVersion is {}", self.api_version);
        let mut finding = Finding::new(rule, self.kind, Path::default().at("apiVersion"), detail);
        let newest = Self::of(self.release, STORED, self.kind)?;
        let stored = |schema: &Self| {
            let mut object = object.clone();
            schema.store(&mut object);
            object
        };
        let finds_the_same = newest
            .check(object, None)
            .iter()
            .map(|finding| (finding.rule.id, &finding.path))
            .eq(found.iter().map(|finding| (finding.rule.id, &finding.path)));
        if !finds_the_same || stored(self) != stored(&newest) {
            finding.offer(&[]);
        }
        Some(finding)
    }

    /// Turns an object into the one that the operator reads: removes fields
    /// that the API server does not know or that are `null`, and fills in
    /// defaults.
    pub fn store(&self, object: &mut Value) {
        let mut become_of = |schema| {
            store::prune(object, schema);
            store::default(object, schema);
        };
        become_of(self.root);
        if !ptr::eq(self.root, self.stored) {
            become_of(self.stored);
        }
    }
}

#[cfg(test)]
mod tests;
