//! What there is to know about the rules.

use std::io::{self, Write as _};
use std::process::ExitCode;

use rayjob_rules::rules;
use rayjob_rules::syntax::nearest::nearest;

use crate::check::UNREADABLE;

/// Writes what a rule is about.
pub fn explain(id: &str) -> io::Result<ExitCode> {
    let found = rules::explained()
        .flat_map(|(_, family)| family)
        .find(|(rule, _)| rule.id == id);
    let Some((rule, guide)) = found else {
        let advice = match nearest(id, rules::all().map(|rule| rule.id)) {
            Some(near) => format!("did you mean {near}?"),
            None => "rayjob-policy rules lists them".to_owned(),
        };
        writeln!(
            anstream::stderr(),
            "error: there is no rule {id:?}; {advice}"
        )?;
        return Ok(ExitCode::from(UNREADABLE));
    };
    let mut out = anstream::stdout().lock();
    let releases: Vec<_> = rule
        .releases
        .iter()
        .map(|release| release.as_str())
        .collect();
    writeln!(
        out,
        "{} ({})\n\n{}",
        rule.id,
        rule.level.as_str(),
        guide.what
    )?;
    writeln!(out, "\nWhy: {}.\nInstead: {}.", rule.why, rule.advice)?;
    for fix in rule.fixes {
        let safe = if fix.safe { " (safe)" } else { "" };
        writeln!(out, "Fix: {}{safe}", fix.title)?;
    }
    writeln!(
        out,
        "KubeRay: {}\nSource: {}",
        releases.join(", "),
        guide.source
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the ids of all rules with their levels, by family.
pub fn list() -> io::Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    for (title, family) in rules::explained() {
        writeln!(out, "{title}")?;
        for (rule, _) in family {
            writeln!(out, "  {:4} {}", rule.level.as_str(), rule.id)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
