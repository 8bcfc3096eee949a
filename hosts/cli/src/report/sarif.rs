//! SARIF 2.1.0, for code scanning. Source:
//! `https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::{Document, Finding, Fix, Problem, Span};
use serde_json::{Value, json};

use super::{FileReport, Fingerprints, Outcome, Report, Summary, object};
use crate::{explain, uri};

const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json";

pub struct Sarif {
    out: Box<dyn Write>,
    has_begun: bool,
    is_first: bool,
    /// The rules with findings.
    rules: BTreeSet<&'static str>,
    /// Read errors and notes.
    notifications: Vec<Value>,
}

impl Sarif {
    pub fn new(out: Box<dyn Write>) -> Self {
        Self {
            out,
            has_begun: false,
            is_first: true,
            rules: BTreeSet::new(),
            notifications: Vec::new(),
        }
    }

    /// Starts the report. The results come first, so that they need not be held in
    /// memory.
    fn begin(&mut self) -> io::Result<()> {
        if !self.has_begun {
            self.has_begun = true;
            write!(
                self.out,
                r#"{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"results":["#
            )?;
        }
        Ok(())
    }
}

impl Report for Sarif {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        self.begin()?;
        let mut fingerprints = Fingerprints::default();
        for (document, finding) in file.findings() {
            self.rules.insert(finding.rule);
            let comma = if self.is_first { "" } else { "," };
            self.is_first = false;
            write!(
                self.out,
                "{comma}{}",
                result(file, document, finding, &mut fingerprints)
            )?;
        }
        let (level, begin) = match file.outcome {
            Outcome::Skipped(_) => ("note", "skipped: cannot be read: "),
            _ => ("error", "cannot be read: "),
        };
        let problems = file.checked.problems.iter();
        let problems = problems.map(|problem| notification(file, level, begin, problem));
        self.notifications.extend(problems);
        let notes = file.checked.notes.iter();
        let notes = notes.map(|note| notification(file, "note", "", note));
        self.notifications.extend(notes);
        if let Outcome::Failed(problem) = &file.outcome
            && !problem.is_empty()
        {
            self.notifications.push(json!({
                "level": "error", "message": {"text": format!("{}: {problem}", file.name)},
            }));
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.begin()?;
        let notes = summary.notes.iter();
        let notes = notes.map(|note| json!({"level": "note", "message": {"text": note}}));
        self.notifications.extend(notes);
        let rules: Vec<_> = self.rules.iter().map(|id| rule(id)).collect();
        let tool = json!({"driver": {
            "name": "rayjob-policy",
            "version": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules,
        }});
        let invocations = json!([{
            "executionSuccessful": summary.failed == 0 && !summary.is_blind(),
            "toolExecutionNotifications": self.notifications,
        }]);
        writeln!(
            self.out,
            r#"],"tool":{tool},"invocations":{invocations},"columnKind":"unicodeCodePoints"}}]}}"#
        )?;
        self.out.flush()
    }
}

fn rule(id: &str) -> Value {
    let (what, level) = explain::about(id).unwrap_or((id, Level::Warn));
    json!({
        "id": id,
        "shortDescription": {"text": what},
        "helpUri": explain::page(id),
        "defaultConfiguration": {"level": word(level)},
    })
}

fn result(
    file: &FileReport,
    document: &Document,
    finding: &Finding,
    fingerprints: &mut Fingerprints,
) -> Value {
    let object = object(document);
    let fingerprint = fingerprints.next(file, document, finding);
    let mut result = json!({
        "ruleId": finding.rule,
        "level": word(finding.level),
        "message": {"text": finding.message},
        "locations": [{
            "physicalLocation": location(&file.name, finding.span),
            "logicalLocations": [{"fullyQualifiedName": format!("{object}:{}", finding.path)}],
        }],
        "partialFingerprints": {"rayjobPolicy/v1": fingerprint},
    });
    let fixes = finding.fixes.iter().filter(|fix| !fix.edits.is_empty());
    let fixes: Vec<_> = fixes.map(|fix| change(file, fix)).collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    if let Some(reason) = &finding.ignored {
        result["suppressions"] = json!([{"kind": "inSource", "justification": reason}]);
    }
    result
}

fn change(file: &FileReport, fix: &Fix) -> Value {
    let replacements = fix.edits.iter().map(
        |edit| json!({"deletedRegion": region(edit.span), "insertedContent": {"text": edit.text}}),
    );
    json!({
        "description": {"text": fix.title},
        "artifactChanges": [{
            "artifactLocation": {"uri": uri(&file.name)},
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

fn notification(file: &FileReport, level: &str, begin: &str, problem: &Problem) -> Value {
    json!({
        "level": level,
        "message": {"text": format!("{begin}{}", problem.message)},
        "locations": [{"physicalLocation": location(&file.name, problem.span)}],
    })
}

fn location(file: &str, span: Span) -> Value {
    json!({"artifactLocation": {"uri": uri(file)}, "region": region(span)})
}

fn region(span: Span) -> Value {
    let Span { start, end } = span;
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        _ => "warning",
    }
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    match path.starts_with('/') {
        true => uri::of_path(Path::new(path)),
        false => uri::encode(path),
    }
}
