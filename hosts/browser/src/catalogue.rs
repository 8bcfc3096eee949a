//! The catalogue of rules.

use rayjob_policy_core::example::Example;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rule_doc::RuleSummary;
use rayjob_policy_core::rules;
use rayjob_policy_manifest::write::to_yaml;
use serde::Serialize;
use serde_json::{Value, json};

/// The releases and rules that the module knows.
#[derive(Serialize)]
pub struct Catalogue {
    version: &'static str,
    releases: Vec<&'static str>,
    families: Vec<Family>,
}

#[derive(Serialize)]
struct Family {
    title: &'static str,
    rules: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    kinds: Vec<&'static str>,
    releases: Vec<&'static str>,
    level: &'static str,
    what: &'static str,
    why: &'static str,
    advice: &'static str,
    source: &'static str,
    bad: Option<Shown>,
    good: Option<Shown>,
}

/// An example as text for the editors.
#[derive(Serialize)]
struct Shown {
    text: String,
    stored: String,
    cluster: String,
    settings: String,
}

/// Returns the whole catalogue.
///
/// # Errors
/// If an example is not JSON.
pub fn catalogue() -> serde_json::Result<Catalogue> {
    let families = rules::summarized().map(|(title, rules)| {
        let rules = rules.map(|(rule, summary)| entry(rule, summary));
        Ok(Family {
            title,
            rules: rules.collect::<Result<_, serde_json::Error>>()?,
        })
    });
    Ok(Catalogue {
        version: env!("CARGO_PKG_VERSION"),
        releases: Release::ALL
            .iter()
            .map(|release| release.as_str())
            .collect(),
        families: families.collect::<Result<_, serde_json::Error>>()?,
    })
}

fn entry(rule: &Rule, summary: &RuleSummary) -> serde_json::Result<Entry> {
    let shown = |example: Option<Example>| example.map(|example| shown(rule, &example)).transpose();
    Ok(Entry {
        id: rule.id,
        kinds: rule.kinds.iter().map(Kind::as_str).collect(),
        releases: rule
            .releases
            .iter()
            .map(|release| release.as_str())
            .collect(),
        level: rule.level.as_str(),
        what: summary.what,
        why: rule.why,
        advice: rule.advice,
        source: summary.source,
        bad: shown(summary.bad)?,
        good: shown(summary.good)?,
    })
}

fn shown(rule: &Rule, example: &Example) -> serde_json::Result<Shown> {
    let object = example.object()?;
    let stored = example.stored_object()?;
    let mut text = match rule.only_at_admission {
        true => yaml(&review(&object)),
        false => yaml(&object),
    };
    if let Some(beside) = example.object_beside()? {
        text.push_str("---\n");
        text.push_str(&yaml(&beside));
    }
    Ok(Shown {
        text,
        stored: stored.as_ref().map(yaml).unwrap_or_default(),
        cluster: match &*example.objects_in_cluster()? {
            [] => String::new(),
            objects => yaml(&json!({"apiVersion": "v1", "kind": "List", "items": objects})),
        },
        settings: to_yaml(&example.written_settings(rule)),
    })
}

fn review(object: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "00000000-0000-0000-0000-000000000000",
            "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]},
            "operation": "CREATE",
            "object": object,
        },
    })
}

fn yaml(object: &Value) -> String {
    object.as_object().map(to_yaml).unwrap_or_default()
}
