//! What was found, for people.

use std::io::{self, Write};

use rayjob_manifest::Checked;

/// Writes a line for each finding that no comment silences, and for each thing
/// that cannot be read.
pub fn write(out: &mut dyn Write, path: &str, checked: &Checked) -> io::Result<()> {
    let findings = checked
        .documents
        .iter()
        .flat_map(|document| &document.findings);
    for finding in findings.filter(|finding| finding.ignored.is_none()) {
        let start = finding.span.start;
        let level = finding.level.as_str();
        let message = &finding.message;
        writeln!(
            out,
            "{path}:{}:{}: {level}: {message}",
            start.line, start.column
        )?;
    }
    let problems = checked.problems.iter().map(|problem| ("error", problem));
    let notes = checked.notes.iter().map(|note| ("note", note));
    for (word, problem) in problems.chain(notes) {
        let start = problem.span.start;
        let message = &problem.message;
        writeln!(
            out,
            "{path}:{}:{}: {word}: {message}",
            start.line, start.column
        )?;
    }
    Ok(())
}
