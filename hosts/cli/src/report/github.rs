//! Annotations of a GitHub workflow. Source:
//! `https://docs.github.com/actions/reference/workflow-commands-for-github-actions`.

use std::io::{self, Write};

use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::Problem;

use super::{FileReport, Outcome, Report, Skipped, Summary};

pub struct Github {
    out: Box<dyn Write>,
}

impl Github {
    pub fn new(out: Box<dyn Write>) -> Self {
        Self { out }
    }
}

impl Report for Github {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        let path = property(&file.name);
        for (_, finding) in file
            .findings()
            .filter(|(_, finding)| finding.ignored.is_none())
        {
            let command = match finding.level {
                Level::Deny => "error",
                _ => "warning",
            };
            let (start, end) = (finding.span.start, finding.span.end);
            write!(
                self.out,
                "::{command} file={path},line={},endLine={},col={}",
                start.line, end.line, start.column
            )?;
            if start.line == end.line {
                write!(self.out, ",endColumn={}", end.column)?;
            }
            let (rule, message) = (property(finding.rule), data(&finding.message));
            writeln!(self.out, ",title={rule}::{message}")?;
        }
        let mut tell = |command, title, problem: &Problem| {
            let start = problem.span.start;
            let (line, column) = (start.line, start.column);
            let message = data(&problem.message);
            writeln!(
                self.out,
                "::{command} file={path},line={line},col={column},title={title}::{message}"
            )
        };
        for note in &file.checked.notes {
            tell("notice", "note", note)?;
        }
        let (command, title) = match &file.outcome {
            Outcome::Skipped(Skipped::Others) => return Ok(()),
            Outcome::Skipped(_) => ("notice", "skipped"),
            Outcome::Read | Outcome::Failed(_) => ("error", "unreadable"),
        };
        for problem in &file.checked.problems {
            tell(command, title, problem)?;
        }
        match &file.outcome {
            Outcome::Failed(problem) if problem.is_empty() => Ok(()),
            // A path that is not found has no name.
            Outcome::Failed(problem) if path.is_empty() => {
                writeln!(self.out, "::error::{}", data(problem))
            }
            Outcome::Failed(problem) => {
                writeln!(self.out, "::error file={path}::{}", data(problem))
            }
            Outcome::Read | Outcome::Skipped(_) => Ok(()),
        }
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        for note in &summary.notes {
            writeln!(self.out, "::notice title=note::{}", data(note))?;
        }
        self.out.flush()
    }
}

/// The text of an annotation.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of an annotation.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_github_would_take_for_its_own_is_escaped() {
        assert_eq!(data("50% of\r\na: b, c"), "50%25 of%0D%0Aa: b, c");
        assert_eq!(property("a,b:c%.yaml"), "a%2Cb%3Ac%25.yaml");
    }
}
