//! What Kubernetes refuses of the pods, Services and Jobs that KubeRay makes of an object,
//! as recorded in `conformance/recorded/children.jsonl.gz` (its README explains the format).
//!
//! Each tenth object is asked about, or all of them with `EVERY=1`. `ABOUT=port-name` asks
//! only about the objects with this condition, and tells more of each disagreement; with
//! `ALONE=1`, only about those with no other condition.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::settings::Settings;
use serde::Deserialize;
use serde_json::Value;

/// The traps that are about children too.
const CHILDREN: &[&str] = &[
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
];

/// A recorded object, and what became of it. A release that is left out equals the next
/// newer one.
#[derive(Deserialize)]
struct Case {
    object: Value,
    #[serde(default)]
    gates: BTreeMap<String, bool>,
    about: Vec<String>,
    operator: BTreeMap<String, Option<Vec<String>>>,
    children: BTreeMap<String, Option<Vec<Refusal>>>,
}

/// A fault of a child.
#[derive(Deserialize)]
struct Refusal {
    child: String,
    path: String,
    #[serde(rename = "type")]
    kind: String,
    /// The only Kubernetes release that refuses it.
    kubernetes: Option<String>,
    #[serde(default)]
    or: Vec<String>,
}

/// What a release says: the entry of the oldest recorded release that is not older.
fn of<T>(recorded: &BTreeMap<String, T>, release: Release) -> Option<&T> {
    let mut from = Release::ALL.into_iter().filter(|&other| other >= release);
    from.find_map(|other| recorded.get(other.as_str()))
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let path = rayjob_policy_testkit::project("conformance/recorded/children.jsonl.gz");
        let file = File::open(path).expect("the recorded children");
        let lines = BufReader::new(GzDecoder::new(file)).lines();
        lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a case"))
    }

    fn settings(&self, release: Release) -> Settings {
        let mut settings = Settings::for_release(release);
        for (name, &on) in &self.gates {
            if let Some(gate) = Gate::named(name) {
                settings.gates.set(release, gate, on);
            }
        }
        settings.set_level("*", Level::Off);
        settings.set_level("pod-*", Level::Deny);
        for &id in CHILDREN {
            settings.set_level(id, Level::Deny);
        }
        settings
    }

    /// The children that both Kubernetes releases refuse, each with its faults; `None` if
    /// no child is made.
    fn refused(&self, release: Release) -> Option<Vec<&Refusal>> {
        if !of(&self.operator, release)?.as_ref()?.is_empty() {
            return None;
        }
        let refusals = of(&self.children, release)?.as_ref()?;
        let child = |refusal: &Refusal| refusal.child.replace("submitterPod", "submitter");
        let on = |name: &str, kubernetes: &str| {
            refusals.iter().any(|refusal| {
                child(refusal) == name
                    && refusal
                        .kubernetes
                        .as_deref()
                        .is_none_or(|only| only == kubernetes)
            })
        };
        let both = |refusal: &&Refusal| {
            let name = child(refusal);
            on(&name, "1.36") && on(&name, "1.31")
        };
        Some(refusals.iter().filter(both).collect())
    }
}

/// Whether a finding is at a place, its parent, or below it. A path shows a long key cut.
fn meets(found: &str, place: &str) -> bool {
    if let Some(begin) = found.strip_suffix("...\"]") {
        return place.starts_with(begin);
    }
    let parent = place.rfind(['.', '[']).map_or("", |end| &place[..end]);
    found == place || found == parent || found.starts_with(place)
}

#[test]
fn what_kubernetes_refuses_of_the_children_is_found_and_nothing_else() {
    let about = std::env::var("ABOUT").ok();
    let alone = std::env::var_os("ALONE").is_some();
    let every = match (&about, std::env::var_os("EVERY")) {
        (None, None) => 10,
        _ => 1,
    };
    let mut wrong: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut asked = 0;
    for (number, case) in Case::all().enumerate() {
        if number % every != 0
            || about
                .as_ref()
                .is_some_and(|about| !case.about.contains(about))
            || (alone && case.about.len() > 1)
        {
            continue;
        }
        for release in Release::ALL {
            let Some(refused) = case.refused(release) else {
                continue;
            };
            asked += 1;
            let object = case.object.to_string();
            let verdict = admit::judge(object.as_bytes(), None, &case.settings(release));
            let found: Vec<_> = verdict
                .findings
                .iter()
                .filter(|graded| graded.finding.rule.origin != Origin::ApiServer)
                .map(|graded| (graded.finding.rule.id, graded.finding.path.to_string()))
                .collect();
            let said = |id: &&(&str, String)| {
                refused.iter().any(|refusal| {
                    let places = std::iter::once(&refusal.path).chain(&refusal.or);
                    places.into_iter().any(|place| meets(&id.1, place))
                })
            };
            let problem = match (refused.first(), found.first()) {
                (None, Some((id, path))) => {
                    format!("{id} is found, but nothing is refused: {path}")
                }
                (Some(first), _) if !found.iter().any(|finding| said(&finding)) => format!(
                    "{} of {} is not found: {} ({found:?})",
                    first.kind, first.child, first.path
                ),
                _ => continue,
            };
            let key = match &about {
                None => case.about.join(" "),
                Some(_) => format!("line {} {release}", number + 1),
            };
            let (count, _) = wrong.entry(key).or_insert((0, problem));
            *count += 1;
        }
    }
    let number: usize = wrong.values().map(|(count, _)| count).sum();
    for (key, (count, problem)) in wrong.iter().take(40) {
        println!("{key}: {count}: {problem}");
    }
    assert!(asked > 0, "nothing was asked");
    assert_eq!(number, 0, "of {asked} answers");
}
