//! Locates a part of a string in the text that it is written in.

use std::ops::Range;

/// A string, and the scalar that it is written as, in any style of YAML or in JSON.
///
/// Indentation and folding change only blanks, so a character is found by the
/// number of non-blank characters before it.
#[derive(Debug)]
pub(crate) struct Written<'w> {
    written: &'w str,
    value: &'w str,
    /// The first character of the scalar, which tells its style.
    style: Option<char>,
    /// Where the content of the scalar ends.
    end: usize,
    /// Where each [`MARK_EVERY`]th non-blank character is, in the string and in the scalar, so
    /// that others are counted from near by.
    marks: Vec<(usize, usize)>,
}

/// How far apart the marks of a long string are, in non-blank characters.
const MARK_EVERY: usize = 1024;

impl<'w> Written<'w> {
    pub fn new(written: &'w str, value: &'w str) -> Self {
        let mut start = properties(written);
        let mut end = written.len();
        let style = written[start..].chars().next();
        match style {
            Some('|' | '>') => start += written[start..].find(['\n', '\r']).unwrap_or(0),
            Some('"' | '\'') => {
                start += 1;
                end = end.saturating_sub(1).max(start);
            }
            _ => {}
        }
        let mut new = Self {
            written,
            value,
            style,
            end,
            marks: Vec::new(),
        };
        let places = new.characters(start).map(|place| place.start);
        let seen = value.char_indices().filter(|&(_, c)| !is_blank(c));
        let pairs = seen.map(|(at, _)| at).zip(places);
        new.marks = pairs.step_by(MARK_EVERY).collect();
        new
    }

    /// Where a part of the string is written, in bytes of the scalar; `None` if the
    /// part is blank.
    pub fn locate(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let before = self.number_before(part.start)?;
        let last = self.number_before(part.end)?.checked_sub(1)?;
        if last < before {
            return None;
        }
        Some(self.place(before)?.start..self.place(last)?.end)
    }

    /// The number of non-blank characters before a place of the string.
    fn number_before(&self, at: usize) -> Option<usize> {
        let marks = self.marks.partition_point(|&(value, _)| value <= at);
        let mark = marks.saturating_sub(1);
        let from = self.marks.get(mark).map_or(0, |&(value, _)| value.min(at));
        let between = self.value.get(from..at)?.chars();
        Some(mark * MARK_EVERY + between.filter(|&c| !is_blank(c)).count())
    }

    /// Where the non-blank character with this number is written.
    fn place(&self, number: usize) -> Option<Range<usize>> {
        let (_, from) = self.marks.get(number / MARK_EVERY)?;
        self.characters(*from).nth(number % MARK_EVERY)
    }

    /// Where each non-blank character from a place of the scalar on is written.
    fn characters(&self, start: usize) -> impl Iterator<Item = Range<usize>> + use<'w> {
        let Self {
            written,
            style,
            end,
            ..
        } = *self;
        let mut at = start;
        std::iter::from_fn(move || {
            while let Some(c) = written.get(at..end)?.chars().next() {
                let rest = &written[at + c.len_utf8()..end];
                let (more, is_seen) = match (style, c) {
                    (Some('"'), '\\') => escaped(rest),
                    (Some('\''), '\'') => (rest.chars().next().map_or(0, char::len_utf8), true),
                    _ => (0, !is_blank(c)),
                };
                let place = at..(at + c.len_utf8() + more).min(end);
                at = place.end;
                if is_seen {
                    return Some(place);
                }
            }
            None
        })
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The length of a scalar's anchor and tag.
fn properties(written: &str) -> usize {
    let mut rest = written;
    while rest.starts_with(['&', '!']) {
        let property = rest.find(is_blank).unwrap_or(rest.len());
        rest = rest[property..].trim_start();
    }
    written.len() - rest.len()
}

/// The length of the rest of an escape, and whether it stands for a non-blank
/// character. The second half of a surrogate pair does not.
fn escaped(rest: &str) -> (usize, bool) {
    let Some(kind) = rest.chars().next() else {
        return (0, false);
    };
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        'n' | 'r' | 't' => return (1, false),
        kind => return (kind.len_utf8(), !is_blank(kind)),
    };
    let code = rest
        .get(1..=digits)
        .map(|code| u32::from_str_radix(code, 16));
    let is_seen = match code {
        Some(Ok(0xdc00..=0xdfff)) => false,
        Some(Ok(code)) => !char::from_u32(code).is_some_and(is_blank),
        _ => true,
    };
    (1 + digits, is_seen)
}

#[cfg(test)]
mod tests {
    use super::Written;
    use crate::stream;
    use crate::tree::NodeKind;

    /// What is found of a part in the first value of a document.
    fn found<'t>(text: &'t str, part: &str) -> Option<&'t str> {
        let piece = stream::pieces(text).next().expect("a piece");
        let (trees, error) = stream::read(text, &piece);
        assert_eq!(error, None);
        let tree = &trees[0];
        let node = tree.node(tree.get(tree.root(), "a").expect("a value"));
        let NodeKind::Text(value) = &node.kind else {
            panic!("no string: {text}")
        };
        let start = value.find(part).expect("a part of the value");
        let written = Written::new(&text[node.span.clone()], value);
        let place = written.locate(&(start..start + part.len()))?;
        Some(&text[node.span.start + place.start..node.span.start + place.end])
    }

    #[test]
    fn a_part_is_found_in_every_style() {
        for text in [
            "a: b $X/c",
            "a: b\n   $X/c\n",
            "a: &b !!str b $X/c",
            "a: 'it''s $X'",
            "a: 'b\n\n  $X'",
            r#"a: "\"é\" \x24 \\\
                  \n\t$X""#,
            r#"{"a": "\ud83d\ude80 \u00e9\n$X"}"#,
            r#"a: "b\x20\u0009$X""#,
            "a: |\n  b\n\n    $X/c\nd: e\n",
            "a: >2- # ray\n   b\n  c\n  $X\n",
            "a: |\r\n  b\r\n  $X\r\n",
        ] {
            assert_eq!(found(text, "$X"), Some("$X"), "{text}");
        }
    }

    #[test]
    fn what_is_escaped_is_found_whole() {
        assert_eq!(found(r#"a: "b \u0024X c""#, "$X"), Some(r"\u0024X"));
        assert_eq!(found("a: 'b ''c'' d'", "'c'"), Some("''c''"));
        assert_eq!(found("a: 'b''d'", "'"), Some("''"));
        assert_eq!(found("a: |\n  b $X\n    c\n", "$X\n  c"), Some("$X\n    c"));
    }

    #[test]
    fn blanks_are_not_to_be_seen() {
        assert_eq!(found("a: |\n  b\n  c\n", "\n"), None);
    }

    #[test]
    fn a_part_of_a_long_string_is_found() {
        let lines = (0..2000).map(|number| format!("é{number}: \"x\"\t\n"));
        let value: String = lines.collect();
        let quoted = serde_json::to_string(&value).unwrap();
        let block = format!("|\n{}", value.replace("é", "    é"));
        let quoted = Written::new(&quoted, &value);
        let block = Written::new(&block, &value);
        for number in (0..2000).step_by(7) {
            let part = format!("é{number}:");
            let start = value.find(&part).unwrap();
            for written in [&quoted, &block] {
                let place = written.locate(&(start..start + part.len())).unwrap();
                assert_eq!(written.written[place], part);
            }
            let place = block.locate(&(start..value.len())).unwrap();
            assert!(block.written[place.start..].starts_with(&part));
            assert_eq!(place.end, block.written.trim_end().len());
        }
        assert_eq!(block.locate(&(value.len() - 2..value.len())), None);
    }
}
