//! The page on the settings.

use std::fmt::Write;

use anyhow::{Context, Result};
use rayjob_policy_core::live::{Resource, Topic};
use rayjob_policy_core::neighbours::Kueue;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rule::{Level, Rule};
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;

use super::{entry, link};

const PAGE: &str = include_str!("settings.md");

/// Settings that are refused, each for another reason.
const REFUSED: [&str; 15] = [
    r#"{"kuberayVersion": "1.2"}"#,
    r#"{"kuberayVersion": 1.8}"#,
    r#"{"kuberayVersion": null}"#,
    r#"{"kuberayVerson": "1.7"}"#,
    r#"{"featureGates": {"RayJobDeletePolicy": true}}"#,
    r#"{"featureGates": {"RayCronJob": "yes"}}"#,
    r#"{"kuberayVersion": "auto"}"#,
    r#"{"cluster": ["secrets"]}"#,
    r#"{"kueue": "0.10"}"#,
    r#"{"batchScheduler": "vulcano"}"#,
    r#"{"rules": {"interactive-backof": "warn"}}"#,
    r#"{"rules": {"nope-*": "off"}}"#,
    r#"{"rules": {"interactive-backoff": "wran"}}"#,
    r#"{"rules": {"interactive-backoff": false}}"#,
    r#"{"rules": ["interactive-backoff"]}"#,
];

/// The whole page, in Markdown.
///
/// # Errors
/// If settings that should be refused are not.
pub fn render() -> Result<String> {
    let without_rules = Gate::WITHOUT_RULES.map(|name| format!("`{name}`"));
    Ok(PAGE
        .replace("{oldest}", Release::ALL[0].as_str())
        .replace("{newest}", Release::LATEST.as_str())
        .replace("{oldest Kueue}", Kueue::OLDEST.as_str())
        .replace("{newest Kueue}", Kueue::LATEST.as_str())
        .replace("{gates}", &gates()?)
        .replace("{topics}", &topics()?)
        .replace("{gates without rules}", &without_rules.join(", "))
        .replace("{all warn}", &all_warn()?)
        .replace("{refused}", &refused()?)
        .replace("{sums}", &sums()?)
        .replace("{levels}", &levels()?))
}

/// The gates, and what they are by default.
fn gates() -> Result<String> {
    let mut table = String::from("| gate | since | on by default |\n|---|---|---|\n");
    for gate in Gate::ALL {
        let first_on = Release::ALL.into_iter().find(|&r| gate.default(r));
        let default = first_on.map_or("no".into(), |release| format!("from {release} on"));
        writeln!(
            table,
            "| `{}` | {} | {default} |",
            gate.name(),
            gate.since()
        )?;
    }
    Ok(table.trim_end().into())
}

/// What the policy may ask about the cluster.
fn topics() -> Result<String> {
    let mut table = String::from("| word | resources | fields | rules |\n|---|---|---|---|\n");
    for topic in Topic::ALL {
        let of_topic = |resource: &Resource| resource.topic() == topic;
        let resources = Resource::ALL.into_iter().filter(of_topic);
        let (mut kinds, mut fields) = (Vec::new(), Vec::new());
        for resource in resources {
            kinds.push(format!("{} ({})", resource.kind(), resource.api_version()));
            for field in resource.fields().iter().map(|field| format!("`{field}`")) {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        let rules = rules::all().filter(|rule| rule.asks == Some(topic));
        let rules: Vec<_> = rules
            .map(|rule| link(rule.id, &rules::page_of(rule.id)))
            .collect();
        writeln!(
            table,
            "| `{}` | {} | {} | {} |",
            topic.as_str(),
            kinds.join(", "),
            fields.join(", "),
            rules.join(", ")
        )?;
    }
    Ok(table.trim_end().into())
}

/// The setting that makes every rule warn that is not off by default.
fn all_warn() -> Result<String> {
    let mut text = String::from("rules:\n  \"*\": warn\n");
    for rule in rules::all().filter(|rule| rule.level == Level::Off) {
        writeln!(text, "  {}: \"off\"", rule.id)?;
    }
    Ok(text.trim_end().into())
}

/// What is answered to settings that are refused.
fn refused() -> Result<String> {
    let mut table = String::from("| settings | answer |\n|---|---|\n");
    for json in REFUSED {
        let error = Settings::parse(json.as_bytes()).err().context(json)?;
        writeln!(table, "| `{json}` | {error} |")?;
    }
    Ok(table.trim_end().into())
}

/// How many rules there are of each level in each release.
fn sums() -> Result<String> {
    let mut table = format!(
        "| level | {} |\n",
        Release::ALL.map(Release::as_str).join(" | ")
    );
    writeln!(table, "|---|{}", "--:|".repeat(Release::ALL.len()))?;
    for level in [Level::Deny, Level::Warn, Level::Off] {
        let count = |release| {
            let of_level = rules::all().filter(|rule| rule.level == level);
            of_level
                .filter(|rule| has(rule, release))
                .count()
                .to_string()
        };
        writeln!(
            table,
            "| `{}` | {} |",
            level.as_str(),
            Release::ALL.map(count).join(" | ")
        )?;
    }
    Ok(table.trim_end().into())
}

/// What each rule does in each release.
fn levels() -> Result<String> {
    let releases = Release::ALL.map(Release::as_str).join(" | ");
    let mut text = String::new();
    for (title, family) in rules::explained() {
        writeln!(text, "\n### {title}\n\n| rule | {releases} | only with |")?;
        writeln!(text, "|---|{}---|", "---|".repeat(Release::ALL.len()))?;
        for (rule, _) in family {
            let level = |release| match has(rule, release) {
                true => rule.level.as_str(),
                false => "",
            };
            let gate = rule.gate.map(entry::state);
            let neighbour = rule.neighbour.map(|neighbour| neighbour.to_string());
            let asks = rule
                .asks
                .map(|topic| format!("`cluster: [{}]`", topic.as_str()));
            let needs: Vec<_> = gate.into_iter().chain(neighbour).chain(asks).collect();
            writeln!(
                text,
                "| {} | {} | {} |",
                link(rule.id, &rules::page_of(rule.id)),
                Release::ALL.map(level).join(" | "),
                needs.join(", "),
            )?;
        }
    }
    Ok(text.trim().into())
}

fn has(rule: &Rule, release: Release) -> bool {
    rule.releases.iter().any(|known| known == release)
}
