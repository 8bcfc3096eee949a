//! Comments that silence a finding: `# rayjob-policy: ignore[rule-id] reason`.

use std::collections::BTreeMap;
use std::ops::Range;

use rayjob_policy_core::json::Quoted;

use crate::check::{Options, check};
use crate::checked::{Finding, TextEdit};
use crate::lint;
use crate::order::by_place;
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
    rules: Vec<&'t str>,
    /// The reason; empty if none is given.
    pub reason: &'t str,
}

const MARK: &str = "rayjob-policy: ignore[";

/// The comments of this kind in a piece of a text, in its order.
#[derive(Debug, Default)]
pub(crate) struct Ignores<'t> {
    all: Vec<Ignore<'t>>,
    /// The first comment for each line and rule, by the end of the line and the rule.
    first: BTreeMap<String, usize>,
}

/// The number of notes after which rules that were meant are no longer searched for.
const MOST_ADVISED: usize = 1000;

impl Ignore<'_> {
    /// Returns why the comment silences nothing, if so, given the number of notes before it.
    pub fn why_ineffective(&self, before: usize) -> Option<String> {
        if self.reason.is_empty() {
            let advice = "write a reason after the bracket";
            return Some(format!("this comment silences nothing: {advice}"));
        }
        let unknown = self.rules.iter().find(|rule| !lint::is_known(rule))?;
        let near = match before < MOST_ADVISED {
            true => lint::known(unknown).err().flatten(),
            false => None,
        };
        let advice = match near {
            Some(near) => format!("did you mean {near}?"),
            None => "see the list of rules".to_owned(),
        };
        Some(format!(
            "this comment silences nothing: unknown rule {}; {advice}",
            Quoted(unknown)
        ))
    }
}

impl<'t> Ignores<'t> {
    /// The comments in a piece of a text that contains these documents.
    pub fn of(text: &'t str, piece: &Range<usize>, trees: &[Tree<'t>]) -> Self {
        let mut line = Line::default();
        let mut all = Vec::new();
        for (at, _) in text[piece.clone()].match_indices(MARK) {
            let at = piece.start + at;
            if at >= line.end {
                line = Line::around(text, at, line);
            }
            all.extend(ignore(text, at, &mut line));
        }
        if !all.is_empty() {
            let scalars = Scalars::of(text, trees);
            all.retain(|ignore| !scalars.contain(ignore.span.start));
        }
        let mut first = BTreeMap::new();
        let reasoned = all.iter().enumerate();
        let reasoned = reasoned.filter(|(_, ignore)| !ignore.reason.is_empty());
        for (index, Ignore { line, rules, .. }) in reasoned {
            for rule in rules {
                first.entry(key(line.end, rule)).or_insert(index);
            }
        }
        Self { all, first }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All comments.
    pub fn all(&self) -> &[Ignore<'t>] {
        &self.all
    }

    /// The first comment that silences the findings of a rule at a place.
    pub fn covering(&self, rule: &str, at: usize) -> Option<&Ignore<'t>> {
        let next = self.all.partition_point(|ignore| ignore.line.end < at);
        let line = &self.all.get(next)?.line;
        let index = self.first.get(&key(line.end, rule))?;
        self.all.get(*index).filter(|_| line.start <= at)
    }
}

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

fn key(line_end: usize, rule: &str) -> String {
    format!("{line_end} {rule}")
}

/// The strings of a piece of a text, in its order.
struct Scalars(Vec<Range<usize>>);

impl Scalars {
    fn of(text: &str, trees: &[Tree<'_>]) -> Self {
        let mut scalars = Vec::new();
        for tree in trees {
            tree.visit(tree.root(), &mut Vec::new(), &mut |node, _| {
                if matches!(node.kind, NodeKind::Text(_)) {
                    // A comment may follow the `|` or `>` of a block.
                    let begin = match text[node.span.clone()].starts_with(['|', '>']) {
                        true => line_end(text, node.span.start),
                        false => node.span.start,
                    };
                    scalars.push(begin..node.span.end);
                }
            });
        }
        Self(by_place(scalars, |scalar| (scalar.start, scalar.end)))
    }

    /// Whether something that looks like a comment is part of a string.
    fn contain(&self, at: usize) -> bool {
        let next = self.0.partition_point(|scalar| scalar.start <= at);
        let last = next.checked_sub(1).and_then(|index| self.0.get(index));
        last.is_some_and(|scalar| scalar.contains(&at))
    }
}

/// A line with such comments.
#[derive(Default)]
struct Line {
    begin: usize,
    /// Where its first character that is not a blank is.
    content: usize,
    end: usize,
    /// The next line that is neither blank nor a comment, once it is known.
    next: Option<Range<usize>>,
}

impl Line {
    /// The line around a place, which is behind the line before.
    fn around(text: &str, at: usize, before: Self) -> Self {
        let above = &text[..at];
        let begin = memchr::memrchr2(b'\n', b'\r', above.as_bytes());
        let begin = begin.map_or(0, |end| end + 1);
        let blanks = text[begin..at].len() - text[begin..at].trim_start().len();
        Self {
            begin,
            content: begin + blanks,
            end: line_end(text, at),
            // Comments that follow each other are about one line.
            next: before.next.filter(|next| next.start > begin),
        }
    }

    /// The line that a comment on its own line is about.
    fn next(&mut self, text: &str) -> Range<usize> {
        let end = self.end;
        self.next
            .get_or_insert_with(|| next_line(text, end))
            .clone()
    }
}

fn ignore<'t>(text: &'t str, at: usize, line: &mut Line) -> Option<Ignore<'t>> {
    let before = text[line.begin..at].trim_end();
    let start = before.strip_suffix('#')?.len() + line.begin;
    let inside = &text[at + MARK.len()..line.end];
    let (rules, reason) = inside.split_at(inside.find(['[', ']'])?);
    let reason = reason.strip_prefix(']')?;
    Some(Ignore {
        span: start..line.end,
        line: match line.content == start {
            true => line.next(text),
            false => line.begin..line.end,
        },
        rules: rules.split(',').map(str::trim).collect(),
        reason: reason.trim(),
    })
}

fn line_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len())
}

/// The next line that is neither blank nor a comment.
fn next_line(text: &str, mut at: usize) -> Range<usize> {
    loop {
        let rest = &text[at..];
        let content = rest.trim_start();
        let blanks = &rest[..rest.len() - content.len()];
        let begin = at + blanks.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        at += blanks.len();
        let end = line_end(text, at);
        if at == end || !content.starts_with('#') {
            return begin..end;
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ignores, MOST_ADVISED, comment};
    use crate::check::{Options, check};
    use crate::source::Source;
    use crate::stream;

    fn ignores(text: &str) -> Ignores<'_> {
        let piece = stream::pieces(text).next().expect("a piece");
        let (trees, error) = stream::read(text, &piece);
        assert_eq!(error, None);
        Ignores::of(text, &piece.range, &trees)
    }

    impl Ignores<'_> {
        fn covers(&self, rule: &str, at: usize) -> bool {
            self.covering(rule, at).is_some()
        }
    }

    #[test]
    fn a_comment_behind_a_value_is_about_its_line() {
        let text = "a: 1\nb: 2 # rayjob-policy: ignore[x, y] because\nc: 3\n";
        let ignore = ignores(text);
        assert_eq!(ignore.all()[0].reason, "because");
        assert!(ignore.covers("x", 5) && ignore.covers("y", 8));
        assert!(!ignore.covers("z", 5) && !ignore.covers("x", 4));
        let end = text.find("\nc:").unwrap();
        assert!(ignore.covers("x", end) && !ignore.covers("x", end + 1));
    }

    #[test]
    fn a_comment_on_its_own_line_is_about_the_next() {
        let text = "  # rayjob-policy: ignore[x] because\r\n\r\n  # more\r\n  a: 1\r\n  b: 2";
        let ignore = ignores(text);
        let begin = text.find("  a:").unwrap();
        assert!(ignore.covers("x", begin) && !ignore.covers("x", begin - 1));
        assert!(!ignore.covers("x", text.find("  b:").unwrap()));
    }

    #[test]
    fn comments_about_one_line_silence_it_together() {
        let text = "a: 0\n# rayjob-policy: ignore[x] one\n# more\n# rayjob-policy: ignore[y, x] \
                    two\nb: 1 # rayjob-policy: ignore[z] three # rayjob-policy: ignore[w] four\n\
                    # rayjob-policy: ignore[x] five\nc: 2\n# rayjob-policy: ignore[y] six\nd: 3";
        let ignores = ignores(text);
        let reason = |rule, key| {
            let at = text.find(key).expect("a key");
            ignores.covering(rule, at).map(|ignore| ignore.reason)
        };
        assert_eq!(reason("x", "b: 1"), Some("one"));
        assert_eq!(reason("y", "b: 1"), Some("two"));
        assert!(reason("z", "b: 1").is_some_and(|it| it.starts_with("three")));
        assert_eq!(reason("w", "b: 1"), Some("four"));
        assert_eq!(reason("x", "c: 2"), Some("five"));
        assert_eq!(reason("x", "a: 0"), None);
        assert_eq!(reason("y", "c: 2"), None);
        assert_eq!(reason("y", "d: 3"), Some("six"));
    }

    #[test]
    fn without_a_reason_nothing_is_silenced() {
        let text = "a: 1 # rayjob-policy: ignore[x]";
        assert!(!ignores(text).covers("x", 0));
    }

    #[test]
    fn of_many_comments_the_first_say_which_rule_is_meant() {
        let ignores = ignores("a: 1 # rayjob-policy: ignore[yaml-bolean] because");
        let why = |before| ignores.all()[0].why_ineffective(before).expect("a reason");
        assert!(why(MOST_ADVISED - 1).ends_with("did you mean yaml-boolean?"));
        assert!(why(MOST_ADVISED).ends_with("see the list of rules"));
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
        assert!(ignores(text).covers("x", 0));
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
    }

    #[test]
    fn a_comment_is_written_above_a_string_of_several_lines() {
        let mark = "# rayjob-policy: ignore[crd-metadata-labels]";
        for (before, line) in [
            ("", "  labels: {a: \"\n    b\"}"),
            ("  labels:\n", "    a: \"\n      b\""),
            // The finding that is silenced already is another one.
            (
                &*format!("  labels:\n    b: -b {mark} as we like it\n"),
                "    a: \"\n      b\"",
            ),
        ] {
            for line_break in ["\n", "\r\n", "\r"] {
                let text = |above: &str| {
                    let text = format!(
                        "kind: RayCluster\napiVersion: ray.io/v1\nmetadata:\n  name: a\n\
                         {before}{above}{line}\n"
                    );
                    text.replace('\n', line_break)
                };
                let indent = &line[..line.len() - line.trim_start().len()];
                let above = text(&format!("{indent}{mark}\n"));
                assert_eq!(commented(&text("")), Some(above));
            }
        }
    }

    #[test]
    fn json_has_no_place_for_a_comment() {
        let text = r#"{"kind": "RayJob", "apiVersion": "ray.io/v1", "spec": {}}"#;
        assert_eq!(commented(text), None);
    }
}
