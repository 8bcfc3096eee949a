//! A text and positions in it.

use std::cell::OnceCell;
use std::ops::Range;

use serde::Serialize;

/// A text whose byte offsets can be turned into positions.
#[derive(Debug)]
pub struct Source<'t> {
    text: &'t str,
    /// Where each line begins; computed on demand.
    lines: OnceCell<Vec<Line>>,
}

/// A place between two characters of a text.
///
/// Lines end with LF, CRLF or CR, as in editors. A byte order mark belongs to
/// no line, but counts as one UTF-16 unit of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The place in bytes, from 0.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The place in UTF-16 units, from 0.
    pub utf16: usize,
    /// The column in UTF-16 units, from 1.
    pub utf16_column: usize,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Where it begins.
    pub start: Position,
    /// Where it ends, exclusive.
    pub end: Position,
}

impl Span {
    /// The piece in bytes.
    pub fn range(&self) -> Range<usize> {
        self.start.offset..self.end.offset
    }
}

#[derive(Debug)]
struct Line {
    offset: usize,
    utf16: usize,
}

pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

impl<'t> Source<'t> {
    /// Wraps a text.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            lines: OnceCell::new(),
        }
    }

    /// The text itself.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The position of a byte. An offset inside a character counts as the start of
    /// the character, one after the text as the end of the text.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let lines = self.lines.get_or_init(|| lines(self.text));
        let index = lines.partition_point(|line| line.offset <= offset);
        let Some(line) = index.checked_sub(1).and_then(|index| lines.get(index)) else {
            return Position {
                offset,
                line: 1,
                column: 1,
                utf16: 0,
                utf16_column: 1,
            };
        };
        let before = &self.text[line.offset..offset];
        let units = utf16_len(before);
        Position {
            offset,
            line: index,
            column: before.chars().count() + 1,
            utf16: line.utf16 + units,
            utf16_column: units + 1,
        }
    }

    /// The positions where a piece begins and ends.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }
}

fn lines(text: &str) -> Vec<Line> {
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut line = Line {
        offset: text.len() - body.len(),
        utf16: usize::from(body.len() < text.len()),
    };
    let mut lines = Vec::new();
    let mut from = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', body.as_bytes()) {
        if body[at..].starts_with("\r\n") {
            continue;
        }
        let next = at + 1;
        let begun = &body[from..next];
        from = next;
        let following = Line {
            offset: line.offset + begun.len(),
            utf16: line.utf16 + utf16_len(begun),
        };
        lines.push(std::mem::replace(&mut line, following));
    }
    lines.push(line);
    lines
}

fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    /// Line, column, UTF-16 column and UTF-16 offset of the first `@`.
    fn at(text: &str) -> (usize, usize, usize, usize) {
        let position = Source::new(text).position(text.find('@').expect("an @"));
        (
            position.line,
            position.column,
            position.utf16_column,
            position.utf16,
        )
    }

    #[test]
    fn lines_end_with_lf_crlf_or_cr() {
        assert_eq!(at("a\nb\r\nc\rd@"), (4, 2, 2, 8));
        assert_eq!(at("\n\n@"), (3, 1, 1, 2));
        assert_eq!(at("a\r@"), (2, 1, 1, 2));
    }

    #[test]
    fn columns_are_counted_in_characters_and_in_utf_16() {
        assert_eq!(at("x\né🚀@"), (2, 3, 4, 5));
        assert_eq!(at("\t@"), (1, 2, 2, 1));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        assert_eq!(at("\u{feff}a@"), (1, 2, 2, 2));
        assert_eq!(at("\u{feff}\n@"), (2, 1, 1, 2));
        assert_eq!(Source::new("\u{feff}a").position(0).line, 1);
    }

    #[test]
    fn a_place_behind_the_text_is_its_end() {
        let position = Source::new("ab").position(9);
        assert_eq!((position.offset, position.column), (2, 3));
        assert_eq!(Source::new("").position(0).column, 1);
    }
}
