//! Code Quality of GitLab. Source: `https://docs.gitlab.com/ci/testing/code_quality/`, and
//! `https://github.com/codeclimate/platform/blob/master/spec/analyzers/SPEC.md`, which it
//! is a part of.

use std::io::{self, Write};

use rayjob_policy_core::rule::Level;
use serde_json::{Value, json};

use super::{FileReport, Fingerprints, Outcome, Report, Skipped, Summary};

pub struct Gitlab {
    out: Box<dyn Write>,
    is_first: bool,
}

impl Gitlab {
    pub fn new(out: Box<dyn Write>) -> Self {
        Self {
            out,
            is_first: true,
        }
    }

    fn write(&mut self, issue: &Value) -> io::Result<()> {
        let before = if self.is_first { "[\n" } else { ",\n" };
        self.is_first = false;
        write!(self.out, "{before}{issue}")
    }
}

impl Report for Gitlab {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        let mut fingerprints = Fingerprints::default();
        for (document, finding) in file.findings() {
            // Counted even if a comment silences it, so that the next one keeps its own.
            let fingerprint = fingerprints.next(file, document, finding);
            if finding.ignored.is_some() {
                continue;
            }
            let severity = match finding.level {
                Level::Deny => "major",
                _ => "minor",
            };
            let line = finding.span.start.line;
            self.write(&issue(
                &file.name,
                finding.rule,
                severity,
                &finding.message,
                line,
                fingerprint,
            ))?;
        }
        let (check, severity) = match file.outcome {
            Outcome::Skipped(Skipped::Others) => return Ok(()),
            Outcome::Skipped(_) => ("skipped", "info"),
            Outcome::Read | Outcome::Failed(_) => ("unreadable", "critical"),
        };
        let notes = file.checked.notes.iter().map(|note| ("note", "info", note));
        let problems = file.checked.problems.iter();
        let problems = problems.map(|problem| (check, severity, problem));
        for (check, severity, problem) in notes.chain(problems) {
            let message = &problem.message;
            let fingerprint = fingerprints.of(&[&file.name, check, message]);
            let line = problem.span.start.line;
            self.write(&issue(
                &file.name,
                check,
                severity,
                message,
                line,
                fingerprint,
            ))?;
        }
        if let Outcome::Failed(problem) = &file.outcome
            && !problem.is_empty()
        {
            // A path that is not found has no name.
            let path = if file.name.is_empty() {
                "."
            } else {
                &file.name
            };
            let fingerprint = fingerprints.of(&[path, check, problem]);
            self.write(&issue(path, check, severity, problem, 1, fingerprint))?;
        }
        Ok(())
    }

    fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
        self.out
            .write_all(if self.is_first { b"[]\n" } else { b"\n]\n" })?;
        self.out.flush()
    }
}

fn issue(
    path: &str,
    check: &str,
    severity: &str,
    description: &str,
    line: usize,
    fingerprint: String,
) -> Value {
    json!({
        "type": "issue",
        "categories": ["Bug Risk"],
        "check_name": check,
        "severity": severity,
        "description": description,
        "fingerprint": fingerprint,
        "location": {"path": path, "lines": {"begin": line}},
    })
}
