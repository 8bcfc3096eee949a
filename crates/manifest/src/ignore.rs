//! Comments that silence a finding: `# rayjob-policy: ignore[rule-id] reason`.

use std::ops::Range;

use crate::check::{Finding, Options, TextEdit, check};
use crate::source::Source;
use crate::tree::{NodeKind, Tree};

/// A comment that silences the findings of some rules on its own line or, if it
/// stands alone, on the next line that is not a comment.
#[derive(Debug)]
pub(crate) struct Ignore<'t> {
    /// Where the comment is, in bytes.
    pub span: Range<usize>,
    /// The line whose findings are silenced, in bytes.
    line: Range<usize>,
    /// The IDs of the rules.
    pub rules: Vec<&'t str>,
    /// The reason; empty if none is given.
    pub reason: &'t str,
}

impl Ignore<'_> {
    /// Whether it silences the findings of this rule at this place.
    pub fn covers(&self, rule: &str, at: usize) -> bool {
        !self.reason.is_empty()
            && self.rules.contains(&rule)
            && (self.line.start..=self.line.end).contains(&at)
    }
}

const MARK: &str = "rayjob-policy: ignore[";

/// The edit that writes a comment which silences a finding as soon as its author adds a
/// reason. `None` if the text has no place for it.
pub fn comment(source: &Source<'_>, options: &Options<'_>, finding: &Finding) -> Option<TextEdit> {
    let text = source.text();
    // JSON has no comments.
    if text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let start = finding.span.start.offset;
    let line = text[..start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let indent = text[line..].len() - text[line..].trim_start_matches(' ').len();
    let end = line_end(text, start);
    let line_break = match &text[end..] {
        rest if rest.starts_with("\r\n") => "\r\n",
        rest if rest.starts_with('\r') => "\r",
        _ => "\n",
    };
    let comment = format!("# {MARK}{}]", finding.rule);
    let behind = (end, format!("  {comment}"));
    let above = line + indent;
    let own_line = (
        above,
        format!("{comment}{line_break}{}", &text[line..above]),
    );
    [behind, own_line].into_iter().find_map(|(at, comment)| {
        let with_reason = comment.replacen(']', "] x", 1);
        let edited = [&text[..at], &with_reason, &text[at..]].concat();
        let checked = check(&Source::new(&edited), options);
        let moved = if at > start {
            start
        } else {
            start + with_reason.len()
        };
        let mut findings = checked.documents.iter().flat_map(|it| &it.findings);
        let is_silent = findings.any(|it| {
            it.rule == finding.rule && it.span.start.offset == moved && it.ignored.is_some()
        });
        is_silent.then(|| TextEdit {
            span: source.span(at..at),
            text: comment,
        })
    })
}

/// The comments of this kind in a piece of a text that contains these documents.
pub(crate) fn ignores<'t>(
    text: &'t str,
    piece: &Range<usize>,
    trees: &[Tree<'t>],
) -> Vec<Ignore<'t>> {
    let marks = text[piece.clone()].match_indices(MARK);
    marks
        .filter_map(|(at, _)| ignore(text, piece.start + at))
        .filter(|ignore| !trees.iter().any(|tree| is_in_scalar(text, tree, ignore)))
        .collect()
}

/// Whether something that looks like a comment is part of a string.
fn is_in_scalar(text: &str, tree: &Tree<'_>, ignore: &Ignore<'_>) -> bool {
    let at = ignore.span.start;
    // A comment may follow the `|` or `>` of a block.
    let is_in_header = |start: usize| {
        let before = &text[start..at];
        before.starts_with(['|', '>']) && !before.contains(['\n', '\r'])
    };
    let mut found = false;
    tree.visit(tree.root(), &mut Vec::new(), &mut |node, _| {
        found |= matches!(node.kind, NodeKind::Text(_))
            && node.span.contains(&at)
            && !is_in_header(node.span.start);
    });
    found
}

fn ignore(text: &str, at: usize) -> Option<Ignore<'_>> {
    let line = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let end = line_end(text, at);
    let start = text[line..at].trim_end().strip_suffix('#')?.len() + line;
    let (rules, reason) = text[at + MARK.len()..end].split_once(']')?;
    let has_own_line = text[line..start].trim().is_empty();
    Some(Ignore {
        span: start..end,
        line: if has_own_line {
            next_line(text, end)
        } else {
            line..end
        },
        rules: rules.split(',').map(str::trim).collect(),
        reason: reason.trim(),
    })
}

fn line_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// The next line that is neither blank nor a comment.
fn next_line(text: &str, mut at: usize) -> Range<usize> {
    loop {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start().len();
        at += blanks;
        let end = line_end(text, at);
        if at == end || !text[at..].starts_with('#') {
            return at..end;
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ignore, comment};
    use crate::check::{Options, check};
    use crate::source::Source;
    use crate::stream;

    fn ignores(text: &str) -> Vec<Ignore<'_>> {
        let read = |piece: stream::Piece<'_>| {
            let (trees, error) = stream::read(text, &piece);
            assert_eq!(error, None);
            super::ignores(text, &piece.range, &trees)
        };
        stream::pieces(text).flat_map(read).collect()
    }

    #[test]
    fn a_comment_behind_a_value_is_about_its_line() {
        let text = "a: 1\nb: 2 # rayjob-policy: ignore[x, y] because\nc: 3\n";
        let [ignore] = &ignores(text)[..] else {
            panic!("one")
        };
        assert_eq!(ignore.reason, "because");
        assert!(ignore.covers("x", 5) && ignore.covers("y", 8));
        assert!(!ignore.covers("z", 5) && !ignore.covers("x", 0));
        assert!(!ignore.covers("x", text.find("c:").unwrap()));
    }

    #[test]
    fn a_comment_on_its_own_line_is_about_the_next() {
        let text = "  # rayjob-policy: ignore[x] because\r\n\r\n  # more\r\n  a: 1\r\n  b: 2";
        let [ignore] = &ignores(text)[..] else {
            panic!("one")
        };
        assert!(ignore.covers("x", text.find("a:").unwrap()));
        assert!(!ignore.covers("x", text.find("b:").unwrap()));
    }

    #[test]
    fn without_a_reason_nothing_is_silenced() {
        let text = "a: 1 # rayjob-policy: ignore[x]";
        assert!(!ignores(text)[0].covers("x", 0));
    }

    #[test]
    fn only_comments_count() {
        let block = "a: |\n  # rayjob-policy: ignore[x] because\nb: 1\n";
        assert!(ignores(block).is_empty());
        assert!(ignores("a: 'b # rayjob-policy: ignore[x] because'").is_empty());
        assert!(ignores("a: 1 # rayjob-policy: ignore[x").is_empty());
    }

    #[test]
    fn a_comment_may_stand_behind_the_sign_of_a_block() {
        let text = "a: |2- # rayjob-policy: ignore[x] because\n  b\n";
        assert!(ignores(text)[0].covers("x", 0));
    }

    /// The text with a comment at its first finding.
    fn commented(text: &str) -> Option<String> {
        let source = Source::new(text);
        let checked = check(&source, &Options::default());
        let finding = &checked.documents[0].findings[0];
        let edit = comment(&source, &Options::default(), finding)?;
        let at = edit.span.start.offset;
        Some([&text[..at], &edit.text, &text[at..]].concat())
    }

    #[test]
    fn a_comment_is_written_where_it_silences() {
        let job = |spec: &str| {
            format!("kind: RayCluster\r\napiVersion: ray.io/v1\r\nmetadata: {{name: a}}\r\n{spec}")
        };
        let mark = "# rayjob-policy: ignore[yaml-boolean]";
        let head = "  headGroupSpec: {template: {spec: {containers: [{name: a, image: b}]}}}\r\n";
        let suspend = |line: &str| job(&format!("spec:\r\n{line}\r\n{head}"));
        assert_eq!(
            commented(&suspend("  suspend: no")),
            Some(suspend(&format!("  suspend: no  {mark}")))
        );
        assert_eq!(
            commented(&suspend("  suspend: no # not yet")),
            Some(suspend(&format!("  suspend: no # not yet  {mark}")))
        );
        let list = "kind: RayCluster\napiVersion: ray.io/v1\nmetadata:\n  name: a\n  labels: {a: \"\n    b\"}\n";
        let line = "  labels: {a: \"\n    b\"}";
        let above = list.replace(
            line,
            &format!("  # rayjob-policy: ignore[crd-metadata-labels]\n{line}"),
        );
        assert_eq!(commented(list), Some(above));
    }

    #[test]
    fn json_has_no_place_for_a_comment() {
        let text = r#"{"kind": "RayJob", "apiVersion": "ray.io/v1", "spec": {}}"#;
        assert_eq!(commented(text), None);
    }
}
