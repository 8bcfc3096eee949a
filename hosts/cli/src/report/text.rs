//! The report for people.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule;
use rayjob_policy_manifest::{Document, Finding};

use super::{FileReport, Report, Summary, count};

/// The longest line that is shown, in bytes.
const LONGEST_LINE: usize = 500;

pub struct Text {
    out: Box<dyn Write>,
    renderer: Renderer,
}

impl Text {
    pub fn new(out: Box<dyn Write>) -> Self {
        Self {
            out,
            renderer: Renderer::styled(),
        }
    }

    fn finding(
        &mut self,
        file: &FileReport,
        document: &Document,
        finding: &Finding,
    ) -> io::Result<()> {
        let level = match finding.level {
            rule::Level::Deny => Level::ERROR,
            _ => Level::WARNING,
        };
        let title = match &*finding.path {
            "" => finding.detail.clone(),
            path => format!("{path}: {}", finding.detail),
        };
        let title = level.primary_title(title).id(finding.rule);
        let mut group = match line(&file.text, finding.span.range()) {
            Some((line, span)) => {
                let annotation = AnnotationKind::Primary.span(span).label(&*finding.why);
                let snippet = Snippet::source(line)
                    .line_start(finding.span.start.line)
                    .path(&*file.name)
                    .annotation(annotation);
                title.element(snippet)
            }
            None => title
                .element(
                    Origin::path(&*file.name)
                        .line(finding.span.start.line)
                        .char_column(finding.span.start.column),
                )
                .element(Level::NOTE.message(&*finding.why)),
        };
        if !finding.advice.is_empty() {
            group = group.element(Level::HELP.message(&*finding.advice));
        }
        for (index, fix) in finding.fixes.iter().enumerate() {
            let way = match fix {
                fix if fix.edits.is_empty() => "by hand".into(),
                fix if fix.safe => "with --fix".into(),
                _ if index == 0 => format!("with --fix={}", finding.rule),
                _ => "or".into(),
            };
            group = group.element(Level::HELP.message(format!("{way}: {}", fix.title)));
        }
        if finding.stored {
            let known = "already in the stored object, so the policy does not deny it";
            group = group.element(Level::NOTE.message(known));
        }
        group = group.element(Level::NOTE.message(about(document)));
        let rendered = self.renderer.render(&[group]);
        writeln!(self.out, "{rendered}\n")
    }
}

/// The line of a place and the place in it; `None` if the line is too long to show.
fn line(text: &str, span: Range<usize>) -> Option<(&str, Range<usize>)> {
    // No more than the longest line is searched: a text can be one line of megabytes.
    let near = text.floor_char_boundary(span.start.saturating_sub(LONGEST_LINE + 1));
    let far = text.floor_char_boundary(span.start + LONGEST_LINE + 1);
    let (before, behind) = (&text[near..span.start], &text[span.start..far]);
    let begin = before.rfind(['\n', '\r']).map(|end| near + end + 1);
    let start = begin.or((near == 0).then_some(0))?;
    let end = behind.find(['\n', '\r']).map(|end| span.start + end);
    let line = &text[start..end.or((far == text.len()).then_some(far))?];
    let end = (span.end - start).min(line.len());
    (line.len() <= LONGEST_LINE).then_some((line, span.start - start..end))
}

/// The object that a finding is about.
fn about(document: &Document) -> String {
    let Document {
        kind,
        name,
        namespace,
        template,
        is_request,
        ..
    } = document;
    let kind = match (*kind, is_request) {
        ("", _) => "a request",
        (kind, _) => kind,
    };
    let name = match (&**namespace, &**name) {
        (_, "") => String::new(),
        ("", name) => format!(" {name}"),
        (namespace, name) => format!(" {namespace}/{name}"),
    };
    match template {
        Some(template) => format!("in {kind}{name}, rendered from {template}"),
        None => format!("in {kind}{name}"),
    }
}

impl Report for Text {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        for applied in &file.applied {
            let (name, path, title, rule) =
                (&file.name, &applied.path, applied.title, applied.rule);
            writeln!(self.out, "fixed {name}: {path}: {title} [{rule}]")?;
        }
        for (document, finding) in file
            .findings()
            .filter(|(_, finding)| finding.ignored.is_none())
        {
            self.finding(file, document, finding)?;
        }
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        writeln!(self.out, "{}", sentence(summary))?;
        self.out.flush()
    }
}

fn sentence(summary: &Summary) -> String {
    let files = count(summary.files, "file");
    let mut sentence = match summary.objects {
        0 => {
            format!("nothing to check: no RayJob, RayCronJob, RayCluster or RayService in {files}")
        }
        objects => {
            let releases: Vec<_> = summary.releases().iter().map(Release::to_string).collect();
            let mut release = match (summary.upgrade_from, releases.join(" and ")) {
                (Some(from), to) => format!("an upgrade from KubeRay {from} to {to}"),
                (None, releases) => format!("KubeRay {releases}"),
            };
            let settings: Vec<_> = summary.settings.iter().collect();
            match *settings {
                [] => {}
                [file] => release += &format!(" with {file}"),
                _ => release += &format!(" with {} settings files", settings.len()),
            }
            let objects = count(objects, "object");
            let errors = count(summary.denied, "error");
            let warnings = count(summary.warned, "warning");
            format!("checked {objects} in {files} for {release}: {errors}, {warnings}")
        }
    };
    for (number, what) in [(summary.ignored, "ignored"), (summary.applied, "fixed")] {
        if number > 0 {
            sentence += &format!(", {number} {what}");
        }
    }
    if summary.skipped > 0 {
        let skipped = count(summary.skipped, "file");
        sentence += &format!("; skipped {skipped} that cannot be read as YAML");
        if summary.is_blind() {
            sentence += ", including every file that names an object to check";
        }
    }
    if summary.failed > 0 {
        let failed = count(summary.failed, "file");
        sentence += &format!("; could not read {failed}");
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, line};

    #[test]
    fn a_line_is_shown_unless_it_is_too_long() {
        for (before, behind) in [("", ""), ("a\n", ""), ("", "\r\nb"), ("a\r\nb\n", "\nc\n")] {
            for length in [1, LONGEST_LINE, LONGEST_LINE + 1] {
                let shown = "x".repeat(length);
                let text = format!("{before}{shown}{behind}");
                for at in [0, length - 1] {
                    let start = before.len() + at;
                    let found = line(&text, start..start + 1);
                    let expected = (&*shown, at..at + 1);
                    assert_eq!(found, (length <= LONGEST_LINE).then_some(expected));
                }
            }
        }
    }
}
