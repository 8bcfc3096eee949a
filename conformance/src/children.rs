//! What Kubernetes refuses of the pods, Services and Jobs that KubeRay makes of an object:
//! the recorded answers, and how the policy compares with them. The README of
//! `conformance/recorded` explains the format.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_testkit::project;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use places::{cluster_of, places};

/// The project's recorded children.
pub const FILE: &str = "conformance/recorded/children.jsonl.gz";

/// The releases of Kubernetes that were asked. Only what both refuse is denied.
pub const KUBERNETES: [&str; 2] = ["1.36", "1.31"];

/// The traps that are about children too.
const TRAPS: [&str; 17] = [
    "trap-group-name",
    "trap-group-name-multi-host",
    "trap-no-dashboard-port",
    "trap-head-service-ports",
    "trap-head-service-spec",
    "trap-head-service-metadata",
    "trap-head-service-allocated",
    "trap-container-name-taken",
    "trap-serve-service-annotation",
    "trap-agent-port",
    "trap-name-of-cluster",
    "trap-service-account-clipped",
    "trap-submitter-backoff-negative",
    "trap-submitter-restart-policy",
    "trap-serve-port",
    "trap-serve-config-yaml",
    "trap-service-head-service-allocated",
];

/// The keys of the rules about children.
fn keys() -> impl Iterator<Item = &'static str> {
    TRAPS.into_iter().chain(["pod-*"])
}

/// Returns the settings for files with only the rules about children, at their own levels.
pub fn in_files(release: Release) -> Settings {
    let mut settings = Settings::for_release(release).in_files();
    let is_about_children = |id: &str| {
        let mut keys = keys();
        keys.any(|key| {
            key.strip_suffix('*')
                .map_or(key == id, |prefix| id.starts_with(prefix))
        })
    };
    for rule in rules::all().filter(|rule| !is_about_children(rule.id)) {
        settings.set_level(rule.id, Level::Off);
    }
    settings
}

/// An object, and what became of its children. A release that is left out equals the next
/// newer one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Case {
    /// The object as a user would write it.
    pub object: Value,
    /// The operator's feature gates; the others have their defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub gates: Map<String, Value>,
    /// The conditions that the object was made for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// By release, why no child is made: nothing if the operator's own rules pass, null if the
    /// object is not stored.
    pub operator: BTreeMap<String, Option<Vec<String>>>,
    /// By release, what is refused.
    pub children: BTreeMap<String, Option<Vec<Refusal>>>,
}

/// A fault of a child.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The child, such as `head` or `worker:gpu`.
    pub child: String,
    /// Where the fault is in the object.
    pub path: String,
    /// Where it is in the child, as Kubernetes writes it.
    pub child_path: String,
    /// What Kubernetes calls it, such as `Invalid`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The only Kubernetes release that refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<String>,
    /// Other places of the same fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or: Vec<String>,
    /// Who refuses, if it is not validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Reads the recorded children.
///
/// # Errors
/// An item is an error if the file cannot be read or the line is no case.
pub fn recorded() -> Result<impl Iterator<Item = Result<Case>>> {
    let file = File::open(project(FILE)).context(FILE)?;
    let lines = BufReader::new(GzDecoder::new(file)).lines().enumerate();
    Ok(lines.map(|(index, line)| {
        let line = line.context(FILE)?;
        serde_json::from_str(&line).with_context(|| format!("{FILE}, line {}", index + 1))
    }))
}

/// What a release says: the entry of the oldest recorded release that is not older.
fn of<T>(recorded: &BTreeMap<String, T>, release: Release) -> Option<&T> {
    let mut from = Release::ALL.into_iter().filter(|&other| other >= release);
    from.find_map(|other| recorded.get(other.as_str()))
}

impl Case {
    /// The faults of all children that a release makes; none if it makes no child.
    pub fn refusals(&self, release: Release) -> Option<&[Refusal]> {
        if !of(&self.operator, release)?.as_ref()?.is_empty() {
            return None;
        }
        of(&self.children, release)?.as_deref()
    }

    /// The faults of those children that both Kubernetes releases refuse; none if the release
    /// makes no child. A pod of the submitter counts as the submitter.
    pub fn refused(&self, release: Release) -> Option<Vec<&Refusal>> {
        let refusals = self.refusals(release)?;
        let child = |refusal: &Refusal| refusal.child.replace("submitterPod", "submitter");
        let on = |name: &str, kubernetes: &str| {
            refusals.iter().any(|refusal| {
                let only = refusal.kubernetes.as_deref();
                child(refusal) == name && only.is_none_or(|only| only == kubernetes)
            })
        };
        let is_refused = |refusal: &&Refusal| {
            let name = child(refusal);
            KUBERNETES.iter().all(|kubernetes| on(&name, kubernetes))
        };
        Some(refusals.iter().filter(is_refused).collect())
    }

    /// What the rules about children find, with all of them at `deny` and no other rule on.
    pub fn findings(&self, release: Release) -> Findings {
        let mut settings = Settings::for_release(release);
        for (name, on) in &self.gates {
            if let Some(gate) = Gate::named(name) {
                settings
                    .gates
                    .set(release, gate, on.as_bool().unwrap_or_default());
            }
        }
        settings.set_level("*", Level::Off);
        for key in keys() {
            settings.set_level(key, Level::Deny);
        }
        let verdict = admit::judge(self.object.to_string().as_bytes(), None, &settings);
        let findings = verdict.findings.iter().map(|graded| &graded.finding);
        Findings {
            denied: !verdict.allowed,
            readable: verdict.refusal.is_none(),
            places: findings
                .filter(|finding| finding.rule.origin != Origin::ApiServer)
                .map(|finding| (finding.rule.id, finding.path.to_string()))
                .collect(),
        }
    }

    /// The question with the same settings, as a host asks it: JSON in one line.
    pub fn question(&self, release: Release) -> Vec<u8> {
        let mut levels: Map<_, _> = keys().map(|key| (key.into(), "deny".into())).collect();
        levels.insert("*".into(), "off".into());
        let question = json!({
            "request": {
                "uid": "0",
                "kind": {"group": "ray.io", "version": "v1", "kind": self.object["kind"]},
                "operation": "CREATE",
                "object": self.object,
            },
            "settings": {
                "kuberayVersion": release.as_str(),
                "featureGates": self.gates,
                "rules": levels,
            },
        });
        question.to_string().into_bytes()
    }
}

/// What the policy says of an object.
#[derive(Debug)]
pub struct Findings {
    /// Whether the object is refused.
    pub denied: bool,
    /// Whether it could be read.
    pub readable: bool,
    /// The rules that found something, and where.
    pub places: Vec<(&'static str, String)>,
}

/// How the policy disagrees with Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A rule finds something, though no child is refused.
    Extra {
        /// The rule.
        rule: &'static str,
        /// Where it finds something.
        path: String,
    },
    /// A child is refused, and no rule finds anything in the place of a fault.
    Missed {
        /// The child, its fault as Kubernetes calls it, and where that is in the object.
        fault: String,
        /// The rules that find something, elsewhere.
        elsewhere: BTreeSet<&'static str>,
    },
    /// The module says something else than the core.
    Module(String),
}

impl Problem {
    /// Compares what the policy finds with what is refused. Nothing if they agree.
    pub fn of(refused: &[&Refusal], findings: &Findings) -> Option<Self> {
        let found = &findings.places;
        let is_there = |path: &str| {
            refused.iter().any(|refusal| {
                let mut places = std::iter::once(&refusal.path).chain(&refusal.or);
                places.any(|place| meets(path, place))
            })
        };
        match (refused.first(), found.first()) {
            (None, Some((rule, path))) => Some(Self::Extra {
                rule,
                path: path.clone(),
            }),
            (Some(first), _) if !found.iter().any(|(_, path)| is_there(path)) => {
                Some(Self::Missed {
                    fault: format!(
                        "{} {}, {} {}",
                        first.child, first.child_path, first.kind, first.path
                    ),
                    elsewhere: found.iter().map(|(rule, _)| *rule).collect(),
                })
            }
            _ => None,
        }
    }
}

/// Whether a finding is at a place, its parent, or below it. A path shows a long key cut.
fn meets(found: &str, place: &str) -> bool {
    if let Some(begin) = found.strip_suffix("...\"]") {
        return place.starts_with(begin) || begin.starts_with(place);
    }
    let parent = place.rfind(['.', '[']).map_or("", |end| &place[..end]);
    found == place || found == parent || found.starts_with(place)
}

#[cfg(test)]
mod tests {
    use super::{meets, places, recorded};

    #[test]
    fn every_recorded_fault_is_where_places_says() {
        let mut elsewhere = Vec::new();
        for case in recorded().expect("recorded children") {
            let case = case.expect("a case");
            for refusal in case.children.values().flatten().flatten() {
                let places = places(&case.object, &refusal.child, &refusal.child_path);
                let mut recorded = std::iter::once(&refusal.path).chain(&refusal.or);
                if !recorded.any(|path| places.iter().any(|place| meets(path, place))) {
                    elsewhere.push((refusal.clone(), places));
                }
            }
        }
        assert!(elsewhere.is_empty(), "{}: {elsewhere:#?}", elsewhere.len());
    }
}
