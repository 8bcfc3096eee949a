//! Findings as the protocol shows them.

use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::detect::mentions_ray;
use rayjob_policy_manifest::{Checked, Finding, Options, Problem, Source};
use serde_json::{Value, json};

use super::text::{Lines, Position};
use super::workspace::Fault;
use crate::explain;

const SOURCE: &str = "rayjob-policy";

const ERROR: u8 = 1;
const WARNING: u8 = 2;
const INFORMATION: u8 = 3;

/// The findings that no comment silences.
pub fn findings(checked: &Checked) -> impl Iterator<Item = &Finding> {
    let all = checked.documents.iter().flat_map(|it| &it.findings);
    all.filter(|finding| finding.counts(Level::Warn))
}

/// Everything that was found in a document.
pub fn diagnostics(checked: &Checked, lines: &Lines<'_>) -> Vec<Value> {
    let problem = |problem: &Problem, severity: u8, begin: &str| {
        json!({
            "range": lines.place(problem.span.range()),
            "severity": severity,
            "source": SOURCE,
            "message": format!("{begin}{}", problem.message),
        })
    };
    let problems = checked.problems.iter().map(|it| match it.is_template {
        true => problem(it, INFORMATION, "not checked: "),
        false => problem(it, ERROR, "cannot be read: "),
    });
    let notes = checked.notes.iter().map(|it| problem(it, INFORMATION, ""));
    let findings = findings(checked).map(|finding| diagnostic(finding, lines));
    findings.chain(problems).chain(notes).collect()
}

/// A finding.
pub fn diagnostic(finding: &Finding, lines: &Lines<'_>) -> Value {
    // Editors show the code beside the message, and the message beside its line.
    let Finding { message, path, .. } = finding;
    let code = format!(" [{}]", finding.rule);
    let message = message.strip_suffix(&code).unwrap_or(message);
    let field = path.rsplit('.').next().unwrap_or_default();
    let is_named = !field.is_empty() && lines.line(finding.span.start.offset).contains(field);
    let place = if is_named {
        format!("{path}: ")
    } else {
        String::new()
    };
    let message = message.strip_prefix(&place).unwrap_or(message);
    json!({
        "range": lines.place(finding.span.range()),
        "severity": match finding.level {
            Level::Deny => ERROR,
            _ => WARNING,
        },
        "code": finding.rule,
        "codeDescription": {"href": explain::page(finding.rule)},
        "source": SOURCE,
        "message": message,
    })
}

/// A settings file that cannot be used.
pub fn fault(fault: &Fault) -> Value {
    let start = Position {
        line: 0,
        character: 0,
    };
    json!({
        "range": {"start": start, "end": start},
        "severity": ERROR,
        "source": SOURCE,
        "message": fault.summary(),
    })
}

/// What is known about the rules of the findings at a position; `None` if there are none.
pub fn hover(checked: &Checked, lines: &Lines<'_>, at: Position, markdown: bool) -> Option<Value> {
    let is_here = |finding: &&Finding| {
        let place = lines.place(finding.span.range());
        place.start <= at && at <= place.end
    };
    let mut here: Vec<_> = findings(checked).filter(is_here).collect();
    here.dedup_by_key(|finding| finding.rule);
    let first = here.first()?;
    let rules = here.iter().map(|finding| explain::markdown(finding.rule));
    let text = rules.collect::<Vec<_>>().join("\n\n---\n\n");
    Some(json!({
        "contents": {"kind": if markdown { "markdown" } else { "plaintext" }, "value": text},
        "range": lines.place(first.span.range()),
    }))
}

/// Checks a text.
pub fn check(text: &str, options: &Options<'_>) -> Checked {
    match mentions_ray(text.as_bytes()) {
        true => rayjob_policy_manifest::check(&Source::new(text), options),
        false => Checked::default(),
    }
}
