//! `rayjob-policy rules`.

use std::io::{self, Write};

use anyhow::Result;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::live::Topic;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;
use rayjob_policy_manifest::lint;
use serde_json::json;

use crate::args::ListFormat;
use crate::explain::state;

/// Lists the rules.
///
/// # Errors
/// If the output cannot be written.
pub fn run(format: ListFormat) -> Result<()> {
    match format {
        ListFormat::Text => text(),
        ListFormat::Json => json(),
    }
}

fn text() -> Result<()> {
    let mut out = anstream::stdout().lock();
    for (title, family) in rules::explained() {
        writeln!(out, "{title}")?;
        for (rule, doc) in family {
            writeln!(
                out,
                "  {:<34} {:<4}  {}",
                rule.id,
                rule.level.as_str(),
                doc.what
            )?;
        }
        writeln!(out)?;
    }
    writeln!(out, "Manifest syntax")?;
    for rule in &lint::RULES {
        writeln!(
            out,
            "  {:<34} {:<4}  {}",
            rule.id,
            rule.level.as_str(),
            rule.what
        )?;
    }
    Ok(())
}

/// Where alone a rule finds something; `None` for both files and requests.
fn only_in(rule: &Rule) -> Option<&'static str> {
    match (rule.is_about_files(), rule.only_at_admission) {
        (true, _) => Some("files"),
        (_, true) => Some("admission"),
        _ => None,
    }
}

fn json() -> Result<()> {
    let mut list = Vec::new();
    for (title, family) in rules::explained() {
        list.extend(family.map(|(rule, doc)| {
            json!({
                "id": rule.id, "level": rule.level.as_str(), "family": title, "what": doc.what,
                "why": rule.why, "advice": rule.advice, "source": doc.source,
                "releases": rule.releases.iter().map(|release| release.as_str()).collect::<Vec<_>>(),
                "kinds": rule.kinds.iter().map(Kind::as_str).collect::<Vec<_>>(),
                "featureGate": rule.gate.map(state), "appliesTo": rule.releases.to_string(),
                "levelInFiles": rule.level_in_files.unwrap_or(rule.level).as_str(),
                "onlyIn": only_in(rule), "asks": rule.asks.map(Topic::as_str),
                "neighbour": rule.neighbour.map(|neighbour| neighbour.to_string()),
            })
        }));
    }
    list.extend(lint::RULES.iter().map(|rule| {
        json!({"id": rule.id, "level": rule.level.as_str(), "family": "Manifest syntax",
               "what": rule.what, "why": rule.why,
               "levelInFiles": rule.level.as_str(), "onlyIn": "files"})
    }));
    let mut out = anstream::stdout().lock();
    let list = json!({"version": 1, "rules": list});
    serde_json::to_writer_pretty(&mut out, &list).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
