//! Sets of objects that are applied together, such as the files of one check.
//!
//! At admission there is one object at a time, so nothing here is called or linked there.

use std::fmt;

use serde_json::Value;

use crate::crd;
use crate::finding::{Finding, Report};
use crate::json::Quoted;
use crate::kind::Kind;
use crate::rayjob::MULTIKUEUE;
use crate::rule::{Check, Level};
use crate::rules;
use crate::settings::Settings;
use crate::verdict::{Graded, Verdict};

/// The kinds of objects that rules about sets know, each with the path of its RayCluster.
const KINDS: [(&str, &str); 4] = [
    ("RayJob", "/spec/rayClusterSpec"),
    ("RayCronJob", "/spec/jobTemplate/rayClusterSpec"),
    ("RayCluster", "/spec"),
    ("RayService", "/spec/rayClusterConfig"),
];

/// An object of a set: what the rules about sets read of it.
#[derive(Clone, Debug)]
pub struct Member {
    /// `RayJob`, `RayCronJob`, `RayCluster` or `RayService`.
    pub kind: &'static str,
    /// `metadata.name`; empty for an object with a `generateName`.
    pub name: String,
    /// The name that it fixes for the Service of each of its RayClusters, if any.
    pub head_service: String,
    namespace: String,
    folder: String,
    place: String,
}

impl Member {
    /// Reads an object; `None` if KubeRay runs no RayCluster for it.
    ///
    /// `place` is shown in findings of other objects, such as `cluster.yaml:3`. `folder`
    /// tells what is applied together: objects without a namespace share one only if they
    /// share the folder.
    pub fn of(object: &Value, folder: &str, place: &str) -> Option<Self> {
        let text = |pointer: &str| {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default()
        };
        let &(kind, cluster) = KINDS.iter().find(|(kind, _)| *kind == text("/kind"))?;
        let spec = cluster.trim_end_matches("/rayClusterSpec");
        let selector = object.pointer(&format!("{spec}/clusterSelector"));
        let selects = selector.and_then(Value::as_object);
        if !text("/apiVersion").starts_with("ray.io/")
            || selects.is_some_and(|labels| !labels.is_empty())
            || text("/spec/managedBy") == MULTIKUEUE
        {
            return None;
        }
        let head_service = format!("{cluster}/headGroupSpec/headService/metadata/name");
        Some(Self {
            kind,
            name: text("/metadata/name").into(),
            head_service: text(&head_service).into(),
            namespace: text("/metadata/namespace").into(),
            folder: folder.into(),
            place: place.into(),
        })
    }

    /// The name of the Service that leads to the head of its RayCluster: of a RayCluster, if
    /// it fixes none.
    pub fn own_service(&self) -> String {
        format!("{}-head-svc", self.name)
    }

    /// Whether another object goes to the same namespace. The same object in another file
    /// does not count.
    fn is_beside(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && (!self.namespace.is_empty() || self.folder == other.folder)
            && (self.kind, &self.name) != (other.kind, &other.name)
    }
}

/// `RayCluster "train" (cluster.yaml:3)`
impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.kind, Quoted(&self.name), self.place)
    }
}

/// Judges an object in a file as [`crd::judge`] does, and by the rules about sets. `set` has
/// the other objects, and perhaps the object itself; `folder` is its own, as in
/// [`Member::of`].
pub fn judge(
    object: &Value,
    old: Option<&Value>,
    (folder, set): (&str, &[Member]),
    settings: &Settings,
) -> Verdict {
    let settings = &settings.resolved(object);
    let verdict = crd::judge(object, old, settings);
    let find = |object: &Value| findings(object, folder, set, settings);
    let found = find(object);
    if found.is_empty() || verdict.code == Some(400) {
        return verdict;
    }
    // As at admission, what the stored object had is only a warning.
    let stored = old.map(find).unwrap_or_default();
    let mut findings = verdict.findings;
    findings.extend(found.into_iter().map(|finding| {
        let known = stored
            .iter()
            .any(|stored| finding.identity() == stored.identity());
        Graded {
            level: match known {
                true => Level::Warn,
                false => settings.level(finding.rule),
            },
            finding,
            stored: known,
        }
    }));
    Verdict {
        unavailable: verdict.unavailable,
        ..Verdict::of(findings)
    }
}

fn findings(object: &Value, folder: &str, set: &[Member], settings: &Settings) -> Vec<Finding> {
    let member = Member::of(object, folder, "");
    let Some((member, kind)) = member.and_then(|it| Kind::named(it.kind).map(|kind| (it, kind)))
    else {
        return Vec::new();
    };
    // No rule is about the set of a RayCluster, and a file may have thousands of them.
    let mut beside = None;
    let mut report = Report::empty(kind, settings.release);
    for rule in rules::about_sets() {
        if let Check::Set(check) = rule.check
            && rule.exists_in(kind, settings.release, settings.gates, settings.neighbours)
            && settings.level(rule) != Level::Off
        {
            report.begin(rule, 0, 0);
            let all = || set.iter().filter(|other| member.is_beside(other));
            let beside = beside.get_or_insert_with(|| all().collect::<Vec<_>>());
            check(&member, beside, &mut report);
        }
    }
    report.into_findings().0
}
