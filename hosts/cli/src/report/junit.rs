//! JUnit's XML, in the form that Jenkins' xUnit plugin demands (`junit-10.xsd`) and that
//! GitLab reads. Source: `https://github.com/jenkinsci/xunit-plugin`, and for GitLab
//! `gitlab lib/gitlab/ci/parsers/test/junit.rb`.
//!
//! A file is a test suite and an object a test case. Both readers show one failure of a
//! test case, so one failure has all findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::{Document, Finding, Problem};

use super::{FileReport, Outcome, Report, Skipped, Summary};
use crate::args::FailOn;

const BEGIN: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rayjob-policy\">\n";

pub struct Junit {
    out: Box<dyn Write>,
    fail_on: FailOn,
    has_begun: bool,
}

impl Junit {
    pub fn new(out: Box<dyn Write>, fail_on: FailOn) -> Self {
        Self {
            out,
            fail_on,
            has_begun: false,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.has_begun {
            self.has_begun = true;
            self.out.write_all(BEGIN.as_bytes())?;
        }
        Ok(())
    }

    fn counts(&self, finding: &Finding) -> bool {
        let level = self.fail_on.level();
        level.is_some_and(|level| finding.counts(level))
    }

    /// Adds the test case of an object.
    fn object(&self, suite: &mut Suite, file: &FileReport, document: &Document) {
        let name = match (&*document.namespace, &*document.name) {
            (_, "") => document.kind.to_owned(),
            ("", name) => format!("{} {name}", document.kind),
            (namespace, name) => format!("{} {namespace}/{name}", document.kind),
        };
        let findings = document.findings.iter();
        let findings = findings.filter(|finding| finding.ignored.is_none());
        let (failed, others): (Vec<_>, Vec<_>) = findings.partition(|it| self.counts(it));
        let lines = |findings: &[&Finding]| {
            let lines = findings.iter().map(|finding| {
                let word = match finding.level {
                    Level::Deny => "error",
                    _ => "warning",
                };
                let start = finding.span.start;
                let place = format!("{}:{}:{}", file.name, start.line, start.column);
                format!("{word}: {place}: {}", finding.message)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        let mut content = String::new();
        if let Some(first) = failed.first() {
            suite.failures += 1;
            content += &result("failure", first.rule, &first.message, &lines(&failed));
        }
        if !others.is_empty() {
            let lines = text(&lines(&others));
            let _ = writeln!(content, "      <system-out>{lines}</system-out>");
        }
        suite.case(document.template.as_deref(), &name, &content);
    }

    fn write(&mut self, suite: &Suite) -> io::Result<()> {
        self.begin()?;
        let Suite {
            file,
            tests,
            failures,
            errors,
            skipped,
            content,
            ..
        } = suite;
        write!(
            self.out,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" \
             errors=\"{errors}\" skipped=\"{skipped}\">\n{content}  </testsuite>\n",
            attribute(file)
        )
    }
}

impl Report for Junit {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        let mut suite = Suite::new(&file.name);
        for document in &file.checked.documents {
            self.object(&mut suite, file, document);
        }
        let at = |problem: &Problem| {
            let start = problem.span.start;
            let place = format!("{}:{}:{}", file.name, start.line, start.column);
            format!("{place}: {}", problem.message)
        };
        let lines = |problems: &[Problem]| problems.iter().map(at).collect::<Vec<_>>().join("\n");
        let problems = lines(&file.checked.problems);
        let reason = file.checked.problems.first().map(|it| &*it.message);
        match &file.outcome {
            Outcome::Skipped(Skipped::Others) => {}
            Outcome::Skipped(_) => {
                suite.skipped += 1;
                let skipped = result("skipped", "unreadable", reason.unwrap_or(""), &problems);
                suite.case(None, "cannot be read", &skipped);
            }
            Outcome::Failed(problem) if !problem.is_empty() => {
                suite.error(problem, format!("{problem}\n{problems}").trim_end());
            }
            Outcome::Read | Outcome::Failed(_) => {
                if let Some(reason) = reason {
                    suite.error(reason, &problems);
                }
            }
        }
        if !file.checked.notes.is_empty() {
            let notes = text(&lines(&file.checked.notes));
            let _ = writeln!(suite.content, "    <system-out>{notes}</system-out>");
        }
        self.write(&suite)
    }

    fn silent(&mut self, file: &FileReport) -> io::Result<()> {
        match file.checked.documents.is_empty() {
            true => Ok(()),
            false => self.file(file),
        }
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.is_blind() {
            let mut suite = Suite::new("rayjob-policy");
            let reason = "all files that name an object to check were skipped";
            suite.error(reason, reason);
            self.write(&suite)?;
        }
        self.begin()?;
        self.out.write_all(b"</testsuites>\n")?;
        self.out.flush()
    }
}

/// The test suite of a file.
struct Suite<'f> {
    file: &'f str,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    content: String,
    /// How often a name was given. GitLab shows one test case of a name.
    names: BTreeMap<String, usize>,
}

impl<'f> Suite<'f> {
    fn new(file: &'f str) -> Self {
        Self {
            // A path that is not found has no name.
            file: if file.is_empty() {
                "rayjob-policy"
            } else {
                file
            },
            tests: 0,
            failures: 0,
            errors: 0,
            skipped: 0,
            content: String::new(),
            names: BTreeMap::new(),
        }
    }

    /// Adds a test case.
    fn case(&mut self, template: Option<&str>, name: &str, content: &str) {
        self.tests += 1;
        // Jenkins takes what is before a dot for a package.
        let path = template.unwrap_or(self.file);
        let class = [".yaml", ".yml", ".json"]
            .iter()
            .find_map(|end| path.strip_suffix(end))
            .unwrap_or(path);
        let nth = self.names.entry(format!("{class} {name}")).or_default();
        *nth += 1;
        let name = match nth {
            1 => attribute(name),
            nth => format!("{} ({nth})", attribute(name)),
        };
        let class = attribute(class);
        let _ = write!(
            self.content,
            "    <testcase classname=\"{class}\" name=\"{name}\""
        );
        self.content += &match content {
            "" => "/>\n".to_owned(),
            _ => format!(">\n{content}    </testcase>\n"),
        };
    }

    /// Adds the test case of what cannot be read.
    fn error(&mut self, reason: &str, lines: &str) {
        self.errors += 1;
        let error = result("error", "unreadable", reason, lines);
        self.case(None, "cannot be read", &error);
    }
}

/// What became of a test case. GitLab reads only the content.
fn result(element: &str, kind: &str, message: &str, lines: &str) -> String {
    let (message, lines) = (attribute(message), text(lines));
    format!("      <{element} type=\"{kind}\" message=\"{message}\">{lines}</{element}>\n")
}

/// The content of an element. XML 1.0 has no other control characters than these.
fn text(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    for character in content.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\r' => text.push_str("&#13;"),
            '\t' | '\n' => text.push(character),
            '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => text.push('\u{FFFD}'),
            _ => text.push(character),
        }
    }
    text
}

/// The value of an attribute.
fn attribute(value: &str) -> String {
    text(value)
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::{attribute, text};

    #[test]
    fn what_xml_would_take_for_its_own_is_escaped() {
        assert_eq!(
            text("a & <b>]]>\r\n\t\"c\""),
            "a &amp; &lt;b&gt;]]&gt;&#13;\n\t\"c\""
        );
        assert_eq!(attribute("a\n\t\"b\" 'c'"), "a&#10;&#9;&quot;b&quot; 'c'");
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            text("\u{1b}[1m\0\u{FFFF}\u{FFFD}é🚀"),
            "\u{FFFD}[1m\u{FFFD}\u{FFFD}\u{FFFD}é🚀"
        );
    }
}
