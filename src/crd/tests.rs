//! Checks that the claims of the rules match the schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::place::Place;
use crate::kind::Kind;
use crate::release::Release;
use crate::rule::{Check, Rule};
use crate::rules;
use crate::rules::crd::claim::{self, Violation};

/// How an object can violate a schema in a place, and the rule that claims it.
type Site = (String, Option<&'static str>);

fn sites(place: Place<'_>, node: &'static Node, kind: Kind, found: &mut Vec<Site>) {
    let mut add = |place: Place<'_>, violation| {
        let pattern = place.pattern(kind);
        let rule = claim::rule(violation, &pattern).map(|rule| rule.id);
        found.push((format!("{violation:?} {pattern}"), rule));
    };
    add(place, Violation::TypeInvalid);
    if node.narrows() {
        add(place, Violation::Invalid);
    }
    for name in node
        .required
        .iter()
        .filter(|name| node.default_of(name).is_none())
    {
        add(Place::Field(&place, name), Violation::Required);
    }
    if node.unique.is_some() {
        add(Place::Item(&place, 0), Violation::Duplicate);
    }
    if node.values().is_none() && !node.open {
        add(Place::Key(&place, "unknown"), Violation::UnknownField);
    }
    for text in &node.rules {
        let pattern = place.pattern(kind);
        let rule = claim::cel(text, &pattern).map(|(rule, _)| rule.id);
        found.push((format!("{text} {pattern}"), rule));
    }
    for (name, field) in node.fields() {
        sites(Place::Field(&place, name), field, kind, found);
    }
    if let Some(values) = node.values() {
        sites(Place::Key(&place, "key"), values, kind, found);
    }
    if let Some(item) = node.items() {
        sites(Place::Item(&place, 0), item, kind, found);
    }
}

/// Returns all sites of a release.
fn sites_of(release: Release) -> Vec<Site> {
    Kind::ALL
        .into_iter()
        .flat_map(|kind| sites_of_kind(release, kind))
        .collect()
}

/// Returns all sites of a release in objects of a kind.
fn sites_of_kind(release: Release, kind: Kind) -> Vec<Site> {
    let mut found = Vec::new();
    for version in ["ray.io/v1", "ray.io/v1alpha1"] {
        if let Some(root) = Node::root(release, version, kind) {
            sites(Place::Top, root, kind, &mut found);
            // Demanded of every object, whatever its schema.
            let rule = claim::rule(Violation::Required, "metadata.name").map(|rule| rule.id);
            found.push(("Required metadata.name".into(), rule));
        }
    }
    found
}

#[test]
fn every_demand_of_every_release_has_a_rule() {
    for release in Release::ALL {
        for (site, rule) in sites_of(release) {
            assert!(rule.is_some(), "{release}: no rule for {site}");
        }
    }
}

#[test]
fn a_rule_is_of_the_releases_that_demand_what_it_is_about() {
    let mut demanded: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for release in Release::ALL {
        for (_, rule) in sites_of(release) {
            demanded.entry(rule.unwrap()).or_default().insert(release);
        }
    }
    let is_of_schema = |rule: &&Rule| {
        matches!(rule.check, Check::Schema)
            && !["crd-not-served", "trap-v1alpha1"].contains(&rule.id)
            && !rule.id.starts_with("crd-metadata-")
    };
    for rule in rules::about_files().filter(is_of_schema) {
        let releases: BTreeSet<_> = rule.releases.iter().collect();
        assert_eq!(demanded.get(rule.id), Some(&releases), "{}", rule.id);
    }
}

#[test]
fn a_rule_is_about_the_kinds_that_demand_what_it_is_about() {
    let mut demanded: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for kind in Kind::ALL {
        let releases = Release::ALL.into_iter();
        for (_, rule) in releases.flat_map(|release| sites_of_kind(release, kind)) {
            let kinds = demanded.entry(rule.unwrap()).or_default();
            kinds.insert(kind.as_str());
        }
    }
    let mut wrong = Vec::new();
    for rule in rules::about_files() {
        let kinds: BTreeSet<_> = rule.kinds.iter().map(Kind::as_str).collect();
        if let Some(demanded) = demanded.get(rule.id).filter(|demanded| **demanded != kinds) {
            wrong.push((rule.id, demanded));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
