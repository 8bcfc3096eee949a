//! Positions in a text as the protocol counts them, and edits of the text.
//! Source: `Language Server Protocol 3.17, Text Documents, Position`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The unit of a position's character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 units, which every client understands.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    /// The encoding with this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Utf8, Self::Utf16, Self::Utf32];
        all.into_iter().find(|encoding| encoding.name() == name)
    }

    fn units(self, char: char) -> usize {
        match self {
            Self::Utf8 => char.len_utf8(),
            Self::Utf16 => char.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// A place between two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Position {
    /// The line, from 0.
    pub line: u32,
    /// The place in the line, from 0, in units of the encoding.
    pub character: u32,
}

/// A piece of a text in the protocol's positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Place {
    /// Where it begins.
    pub start: Position,
    /// Where it ends, exclusive.
    pub end: Position,
}

/// A change of a text: of a piece, or of all of it.
#[derive(Debug, Deserialize)]
pub struct Change {
    range: Option<Place>,
    text: String,
}

/// A text whose positions can be found.
pub struct Lines<'t> {
    text: &'t str,
    encoding: Encoding,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Lines end with LF, CRLF or CR.
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let ends = text.char_indices().filter(|&(at, char)| {
            char == '\n' || char == '\r' && !text[at + 1..].starts_with('\n')
        });
        let starts = ends.map(|(at, _)| at + 1);
        Self {
            text,
            encoding,
            starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The byte at a position. A position behind its line is the end of the line, one behind
    /// the text is its end, and one inside a character is where the character begins.
    fn offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line) else {
            return self.text.len();
        };
        let rest = &self.text[start..];
        let mut units = usize::try_from(position.character).unwrap_or(usize::MAX);
        for (at, char) in rest.char_indices() {
            let needed = self.encoding.units(char);
            if matches!(char, '\n' | '\r') || units < needed {
                return start + at;
            }
            units -= needed;
        }
        self.text.len()
    }

    /// The bytes of a piece.
    pub fn range(&self, place: Place) -> Range<usize> {
        let (start, end) = (self.offset(place.start), self.offset(place.end));
        start.min(end)..start.max(end)
    }

    /// The position of a byte.
    fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = self.text[self.starts[line]..offset].chars();
        let units = before.map(|char| self.encoding.units(char)).sum::<usize>();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position {
            line: number(line),
            character: number(units),
        }
    }

    /// The line of a byte.
    pub fn line(&self, offset: usize) -> &'t str {
        let after = self.starts.partition_point(|&start| start <= offset);
        let end = self.starts.get(after).copied();
        &self.text[self.starts[after - 1]..end.unwrap_or(self.text.len())]
    }

    /// The piece with these bytes.
    pub fn place(&self, range: Range<usize>) -> Place {
        Place {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }
}

/// Applies a change to a text.
pub fn apply(text: &mut String, change: &Change, encoding: Encoding) {
    match change.range {
        None => text.clone_from(&change.text),
        Some(place) => {
            let range = Lines::new(text, encoding).range(place);
            text.replace_range(range, &change.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Change, Encoding, Lines, Place, Position, apply};

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    fn edited(text: &str, encoding: Encoding, start: Position, end: Position) -> String {
        let mut text = text.to_owned();
        let range = Some(Place { start, end });
        let change = Change {
            range,
            text: "|".into(),
        };
        apply(&mut text, &change, encoding);
        text
    }

    #[test]
    fn units_are_those_of_the_encoding() {
        let text = "a\n\té🚀x";
        for (encoding, character) in [
            (Encoding::Utf8, 7),
            (Encoding::Utf16, 4),
            (Encoding::Utf32, 3),
        ] {
            let place = at(1, character);
            assert_eq!(edited(text, encoding, place, place), "a\n\té🚀|x");
            let lines = Lines::new(text, encoding);
            assert_eq!(lines.position(text.find('x').unwrap()), place);
        }
    }

    #[test]
    fn a_position_behind_a_line_is_its_end() {
        let text = "ab\r\nc\rd\n";
        let insert = |place| edited(text, Encoding::Utf16, place, place);
        assert_eq!(insert(at(0, 9)), "ab|\r\nc\rd\n");
        assert_eq!(insert(at(1, u32::MAX)), "ab\r\nc|\rd\n");
        assert_eq!(insert(at(3, 0)), "ab\r\nc\rd\n|");
        assert_eq!(insert(at(u32::MAX, 1)), "ab\r\nc\rd\n|");
    }

    #[test]
    fn a_position_inside_a_character_is_its_beginning() {
        assert_eq!(edited("🚀", Encoding::Utf16, at(0, 1), at(0, 1)), "|🚀");
        assert_eq!(edited("é", Encoding::Utf8, at(0, 1), at(0, 2)), "|");
    }

    #[test]
    fn a_piece_may_be_given_backwards() {
        assert_eq!(edited("abc", Encoding::Utf16, at(0, 2), at(0, 1)), "a|c");
    }

    #[test]
    fn a_byte_order_mark_is_a_character() {
        let lines = Lines::new("\u{feff}a", Encoding::Utf16);
        assert_eq!(lines.position(3), at(0, 1));
    }

    /// A text as lines, without their ends, and the end of all of them.
    #[derive(Clone, Debug)]
    struct Model {
        lines: Vec<Vec<char>>,
        end: &'static str,
    }

    impl Model {
        fn of(text: &str, end: &'static str) -> Self {
            let lines = text.split(end).map(|line| line.chars().collect());
            Self {
                lines: lines.collect(),
                end,
            }
        }

        fn text(&self) -> String {
            let lines = self.lines.iter().map(String::from_iter);
            lines.collect::<Vec<_>>().join(self.end)
        }

        /// A line and a column of the model, chosen by two numbers.
        fn choose(&self, (line, column): (usize, usize)) -> (usize, usize) {
            let line = line % self.lines.len();
            (line, column % (self.lines[line].len() + 1))
        }

        fn position(&self, (line, column): (usize, usize), encoding: Encoding) -> Position {
            let before = self.lines[line][..column].iter().collect::<String>();
            let units = match encoding {
                Encoding::Utf8 => before.len(),
                Encoding::Utf16 => before.encode_utf16().count(),
                Encoding::Utf32 => column,
            };
            at(line.try_into().unwrap(), units.try_into().unwrap())
        }

        fn replace(&mut self, start: (usize, usize), end: (usize, usize), text: &str) {
            let head = self.lines[start.0][..start.1].iter();
            let tail = self.lines[end.0][end.1..].iter();
            let joined = head.collect::<String>() + text + &tail.collect::<String>();
            let lines = Self::of(&joined, self.end).lines;
            self.lines.splice(start.0..=end.0, lines);
        }
    }

    proptest! {
        #[test]
        fn edits_change_the_text_as_in_an_editor(
            text in "[a\t é🚀\n]{0,30}",
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            encoding in prop_oneof![
                Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)
            ],
            edits in prop::collection::vec(
                (any::<(usize, usize)>(), any::<(usize, usize)>(), "[b\u{fe0f}𝒳\n]{0,4}"), 1..20
            ),
        ) {
            let mut text = text.replace('\n', end);
            let mut model = Model::of(&text, end);
            for (one, other, new) in edits {
                let new = new.replace('\n', end);
                let (one, other) = (model.choose(one), model.choose(other));
                let (start, stop) = (one.min(other), one.max(other));
                let place = Place {
                    start: model.position(start, encoding),
                    end: model.position(stop, encoding),
                };
                let lines = Lines::new(&text, encoding);
                prop_assert_eq!(lines.place(lines.range(place)), place);
                apply(&mut text, &Change { range: Some(place), text: new.clone() }, encoding);
                model.replace(start, stop, &new);
                prop_assert_eq!(&text, &model.text());
            }
        }
    }
}
