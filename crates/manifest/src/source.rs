//! A text and positions in it.

use std::cell::OnceCell;
use std::ops::Range;

use serde::Serialize;

/// A text whose byte offsets can be turned into positions.
#[derive(Debug)]
pub struct Source<'t> {
    text: &'t str,
    /// Where each line begins; computed on demand.
    lines: OnceCell<Lines>,
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

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<Line>,
    /// Places inside long lines, so that a column is counted from near by.
    marks: Vec<Mark>,
}

#[derive(Debug)]
struct Line {
    offset: usize,
    utf16: usize,
}

/// A place inside a line: how many characters and UTF-16 units of the line are before it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    characters: usize,
    units: usize,
}

/// How far apart the marks of a long line are, in bytes.
const MARK_EVERY: usize = 4096;

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
        let Lines { lines, marks } = self.lines();
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
        let begin = Mark {
            offset: line.offset,
            characters: 0,
            units: 0,
        };
        let mark = marks.partition_point(|mark| mark.offset <= offset);
        let mark = mark.checked_sub(1).and_then(|index| marks.get(index));
        let mark = mark.filter(|mark| mark.offset > line.offset);
        let mark = mark.unwrap_or(&begin);
        let between = &self.text[mark.offset..offset];
        let units = mark.units + utf16_len(between);
        Position {
            offset,
            line: index,
            column: mark.characters + between.chars().count() + 1,
            utf16: line.utf16 + units,
            utf16_column: units + 1,
        }
    }

    /// The part of a piece that is on its first line.
    pub(crate) fn first_line(&self, range: Range<usize>) -> Range<usize> {
        let lines = &self.lines().lines;
        let next = lines.partition_point(|line| line.offset <= range.start);
        let end = lines.get(next).map_or(self.text.len(), |next| {
            let line = &self.text[..next.offset];
            let line = line.strip_suffix('\n').unwrap_or(line);
            line.strip_suffix('\r').unwrap_or(line).len()
        });
        range.start..end.clamp(range.start, range.end)
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(self.text))
    }

    /// The positions where a piece begins and ends.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }
}

impl Lines {
    fn of(text: &str) -> Self {
        let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut line = Line {
            offset: text.len() - body.len(),
            utf16: usize::from(body.len() < text.len()),
        };
        let mut all = Self::default();
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
                utf16: line.utf16 + all.mark(line.offset, begun),
            };
            all.lines.push(std::mem::replace(&mut line, following));
        }
        all.mark(line.offset, &body[from..]);
        all.lines.push(line);
        all
    }

    /// Marks places in a line, and returns its length in UTF-16 units.
    fn mark(&mut self, begin: usize, line: &str) -> usize {
        let (mut rest, mut characters, mut units) = (line, 0, 0);
        while rest.len() > MARK_EVERY {
            let (near, far) = rest.split_at(rest.floor_char_boundary(MARK_EVERY));
            characters += near.chars().count();
            units += utf16_len(near);
            rest = far;
            self.marks.push(Mark {
                offset: begin + line.len() - rest.len(),
                characters,
                units,
            });
        }
        units + utf16_len(rest)
    }
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
    use super::{Position, Source};

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
    fn columns_of_long_lines_are_counted_from_their_begin() {
        let lines = [
            "é🚀a\t".repeat(3000),
            "b".repeat(20_000),
            "\u{20ac}".repeat(5000),
        ];
        let text = format!("{}\r\n{}\n\n{}", lines[0], lines[1], lines[2]);
        let source = Source::new(&text);
        for offset in (0..=text.len()).step_by(97).chain(4090..4110) {
            let before = &text[..text.floor_char_boundary(offset)];
            let line = before.rsplit('\n').next().unwrap_or_default();
            let expected = Position {
                offset: before.len(),
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                utf16: before.encode_utf16().count(),
                utf16_column: line.encode_utf16().count() + 1,
            };
            assert_eq!(source.position(offset), expected);
        }
    }

    #[test]
    fn the_first_line_of_a_piece_has_no_line_break() {
        let text = "ab\ncd\r\nef\rgh";
        let source = Source::new(text);
        for (start, end) in (0..text.len()).flat_map(|it| (it..=text.len()).map(move |to| (it, to)))
        {
            let piece = &text[start..end];
            if text[..start].ends_with('\r') && piece.starts_with('\n') {
                continue;
            }
            let line = piece.find(['\n', '\r']).unwrap_or(piece.len());
            assert_eq!(
                source.first_line(start..end),
                start..start + line,
                "{start}..{end}"
            );
        }
    }

    #[test]
    fn a_place_behind_the_text_is_its_end() {
        let position = Source::new("ab").position(9);
        assert_eq!((position.offset, position.column), (2, 3));
        assert_eq!(Source::new("").position(0).column, 1);
    }
}
