use std::collections::{BTreeMap, BTreeSet};

use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::{Level, Origin};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use serde_json::{Value, json};

use super::{Fresh, Generator};

/// So many objects a release must be enough to find every edge.
const ENOUGH: usize = 30_000;

#[test]
fn a_seed_makes_the_same_objects_again() {
    let objects = |seed| {
        let generator = Generator::new(seed, Release::LATEST).expect("a catalogue");
        generator.take(50).collect::<Vec<_>>()
    };
    assert_eq!(objects(1), objects(1));
    assert_ne!(objects(1), objects(2));
}

/// Where rules find something, by rule.
type Findings = BTreeMap<&'static str, BTreeSet<String>>;

/// What rules find in an object.
fn findings(fresh: &Fresh, release: Release) -> Findings {
    let settings = json!({"kuberayVersion": release.as_str(), "featureGates": fresh.gates});
    let parsed = Settings::parse(settings.to_string().as_bytes());
    let mut settings = parsed.expect("settings");
    settings.set_level("trap-*", Level::Off);
    settings.set_level("pod-*", Level::Off);
    let question = json!({"request": {
        "uid": "0",
        "kind": {"group": "ray.io", "version": "v1", "kind": fresh.object["kind"]},
        "operation": "CREATE",
        "object": fresh.object,
    }});
    let mut all = Findings::new();
    for graded in admit_with(question.to_string().as_bytes(), &settings).findings {
        let finding = graded.finding;
        let place = finding.path.to_pointer();
        all.entry(finding.rule.id).or_default().insert(place);
    }
    all
}

/// Rules that forbid a field whatever it has.
const FORBIDDEN: [&str; 4] = [
    "head-start-params-labels",
    "late-upgrade-strategy",
    "service-head-service-name",
    "worker-start-params-labels",
];

/// Every rule of the operator must be broken by some object, and kept by another
/// that has something in the field where the rule found something in others.
#[test]
fn every_edge_has_objects_on_both_sides() {
    for release in Release::ALL {
        let mut fresh = Generator::new(1, release).expect("a catalogue");
        let mut objects = Vec::new();
        let mut untried = Vec::new();
        while objects.len() < ENOUGH {
            let next = fresh.by_ref().take(ENOUGH / 10);
            objects.extend(next.map(|fresh| (findings(&fresh, release), fresh.object)));
            untried = edges_not_tried(release, &objects);
            if untried.is_empty() {
                break;
            }
        }
        assert!(untried.is_empty(), "{release}: {untried:?}");
    }
}

/// The rules of a release that no object breaks, or none keeps.
fn edges_not_tried(release: Release, objects: &[(Findings, Value)]) -> Vec<&'static str> {
    let operator = rules::all().filter(|rule| {
        rule.origin == Origin::Operator && rule.releases.iter().any(|has| has == release)
    });
    let mut broken = Findings::new();
    for (id, places) in objects.iter().flat_map(|(found, _)| found) {
        broken.entry(id).or_default().extend(places.iter().cloned());
    }
    let is_kept = |id: &str| {
        let places = &broken[id];
        let has = |object: &Value| {
            let mut values = places.iter().filter_map(|place| object.pointer(place));
            FORBIDDEN.contains(&id) || values.any(|value| !value.is_null())
        };
        objects
            .iter()
            .any(|(found, object)| !found.contains_key(id) && has(object))
    };
    operator
        .map(|rule| rule.id)
        .filter(|id| !broken.contains_key(id) || !is_kept(id))
        .collect()
}
