//! The text of a JSON document (RFC 8259), token by token.
//!
//! The scanner checks all that it passes, except that the strings which nobody
//! keeps are Unicode.

use std::borrow::Cow;

use super::Keys;
use super::cursor::{Cursor, String as Passed};

/// A reader of JSON text.
pub(super) struct Scanner<'a> {
    here: Cursor<'a>,
    /// What closes the objects and lists that are open in a value being
    /// passed over.
    closers: Vec<u8>,
    problem: Problem,
}

/// What is wrong with a document, and where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Problem {
    /// The position of the token that is to blame, in bytes.
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Kind {
    /// The text ends too early.
    #[default]
    Cut,
    /// This is no JSON.
    Syntax(&'static str),
    /// It is JSON, but something else is expected here.
    Misfit(&'static str),
    /// A key stands twice in an object.
    Twice,
}

/// The scanner has met a [`Problem`] and keeps it.
#[derive(Debug)]
pub(super) struct Failed;

pub(super) type Result<T> = std::result::Result<T, Failed>;

const VALUE: &str = "expected a value";
const KEY: &str = "expected a key in quotes";
const COLON: &str = "expected a colon";
const COMMA: &str = "expected a comma or the end of the object or list";

impl<'a> Scanner<'a> {
    /// Begins at the first byte of a document.
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            here: Cursor::new(text),
            closers: Vec::new(),
            problem: Problem::default(),
        }
    }

    /// The place that has been reached.
    #[inline(always)]
    pub fn here(&self) -> Cursor<'a> {
        self.here
    }

    /// Why the scanner failed.
    pub fn problem(&self) -> Problem {
        self.problem
    }

    /// Gives up because of the token at this place.
    pub fn fail<T>(&mut self, place: Cursor<'_>, kind: Kind) -> Result<T> {
        self.problem = Problem {
            at: place.at(),
            kind,
        };
        Err(Failed)
    }

    /// Gives up at the next token, or because there is none.
    pub fn unexpected<T>(&mut self, expected: &'static str) -> Result<T> {
        self.here.token();
        let kind = match self.here.is_at_end() {
            true => Kind::Cut,
            false => Kind::Syntax(expected),
        };
        self.fail(self.here, kind)
    }

    #[cold]
    fn unexpected_at<T>(&mut self, place: Cursor<'a>, expected: &'static str) -> Result<T> {
        self.here = place;
        self.unexpected(expected)
    }

    /// The first byte of the next token, 0 at the end.
    #[inline(always)]
    pub fn peek(&mut self) -> u8 {
        self.here.token()
    }

    /// Makes sure that nothing follows.
    pub fn end(&mut self) -> Result<()> {
        self.here.token();
        if self.here.is_at_end() {
            Ok(())
        } else {
            self.unexpected("trailing characters")
        }
    }

    /// Passes the byte that opens an object or a list, and the one that closes
    /// it if it is empty; whether an item follows.
    #[inline(always)]
    pub fn open(&mut self, opener: u8, closer: u8) -> bool {
        self.here.take(opener);
        !self.here.take(closer)
    }

    /// Passes `true`, `false` or `null`.
    pub fn word(&mut self, word: &'static [u8]) -> Result<()> {
        let rest = self.here.rest();
        if rest.starts_with(word) {
            self.here.pass(word.len());
            Ok(())
        } else if word.starts_with(rest) {
            self.here.pass(rest.len());
            self.fail(self.here, Kind::Cut)
        } else {
            self.unexpected(VALUE)
        }
    }

    /// Passes what stands between two items, or the end of the object or list
    /// that this byte closes; whether another item follows.
    #[inline(always)]
    pub fn another(&mut self, closer: u8) -> Result<bool> {
        if self.here.take(b',') {
            Ok(true)
        } else if self.here.take(closer) {
            Ok(false)
        } else {
            self.unexpected(COMMA)
        }
    }

    /// Reads a key and the colon behind it.
    #[inline(always)]
    pub fn key(&mut self) -> Result<Quoted<'a>> {
        if self.here.token() != b'"' {
            return self.unexpected(KEY);
        }
        let key = self.quoted()?;
        let mut here = self.here;
        if here.take(b':') {
            self.here = here;
            Ok(key)
        } else {
            self.unexpected(COLON)
        }
    }

    /// Reads a string, whose opening quote comes next.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        let quoted = self.quoted()?;
        self.text(quoted)
    }

    /// What a string says.
    pub fn text(&mut self, quoted: Quoted<'a>) -> Result<Cow<'a, str>> {
        match quoted.text() {
            Ok(text) => Ok(text),
            Err(problem) => self.fail(quoted.start, Kind::Syntax(problem)),
        }
    }

    #[inline(always)]
    fn quoted(&mut self) -> Result<Quoted<'a>> {
        let start = self.here;
        let mut here = start;
        let passed = here.string();
        if passed == Passed::Faulty {
            return self.faulty_string(here);
        }
        self.here = here;
        Ok(Quoted {
            start,
            end: here,
            escaped: passed == Passed::Escaped,
        })
    }

    #[cold]
    fn faulty_string<T>(&mut self, place: Cursor<'a>) -> Result<T> {
        let kind = match place.rest() {
            [] | [b'\\'] => Kind::Cut,
            [b'\\', ..] => Kind::Syntax("an unknown escape"),
            _ => Kind::Syntax("a control character in a string"),
        };
        self.fail(place, kind)
    }

    /// Reads a number, as it is written.
    pub fn number(&mut self) -> Result<&'a str> {
        let start = self.here;
        if self.here.number() {
            let written = self.here.since(start);
            Ok(std::str::from_utf8(written).unwrap_or_default())
        } else {
            self.faulty_number(start, self.here)
        }
    }

    #[cold]
    fn faulty_number<T>(&mut self, start: Cursor<'a>, end: Cursor<'a>) -> Result<T> {
        if end.is_at_end() {
            self.fail(end, Kind::Cut)
        } else {
            self.fail(start, Kind::Syntax(VALUE))
        }
    }

    /// Passes a value, whatever it is; it may be nested as deep as it likes.
    pub fn skip(&mut self) -> Result<()> {
        let mut here = self.here;
        self.closers.clear();
        loop {
            let opened = match here.token() {
                b'"' => {
                    if here.string() == Passed::Faulty {
                        return self.faulty_string(here);
                    }
                    None
                }
                b'{' => Some(b'}'),
                b'[' => Some(b']'),
                b't' | b'f' | b'n' => {
                    here = self.skip_word(here)?;
                    None
                }
                _ => {
                    let start = here;
                    if !here.number() {
                        return self.faulty_number(start, here);
                    }
                    None
                }
            };
            let mut closer = match opened {
                Some(closer) => {
                    here.pass(1);
                    self.closers.push(closer);
                    if here.take(closer) {
                        self.closers.pop();
                        None
                    } else {
                        Some(closer)
                    }
                }
                None => None,
            };
            // The value is over, and perhaps what it stands in.
            while closer.is_none() {
                let Some(&outer) = self.closers.last() else {
                    self.here = here;
                    return Ok(());
                };
                if here.take(b',') {
                    closer = Some(outer);
                } else if here.take(outer) {
                    self.closers.pop();
                } else {
                    return self.unexpected_at(here, COMMA);
                }
            }
            if closer == Some(b'}') {
                if here.token() != b'"' {
                    return self.unexpected_at(here, KEY);
                }
                if here.string() == Passed::Faulty {
                    return self.faulty_string(here);
                }
                if !here.take(b':') {
                    return self.unexpected_at(here, COLON);
                }
            }
        }
    }

    #[cold]
    fn skip_word(&mut self, here: Cursor<'a>) -> Result<Cursor<'a>> {
        self.here = here;
        self.word(match here.byte() {
            b't' => b"true",
            b'f' => b"false",
            _ => b"null",
        })?;
        Ok(self.here)
    }
}

/// A string as it is written.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    start: Cursor<'a>,
    end: Cursor<'a>,
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// Its position among these.
    #[inline(always)]
    pub fn among(self, keys: &Keys) -> Option<usize> {
        if self.escaped {
            return keys.position(self.text().ok()?.as_bytes());
        }
        keys.position(self.written())
    }

    #[inline(always)]
    fn written(self) -> &'a [u8] {
        match self.end.since(self.start) {
            [_, written @ .., _] => written,
            _ => &[],
        }
    }

    fn text(self) -> std::result::Result<Cow<'a, str>, &'static str> {
        let written =
            std::str::from_utf8(self.written()).map_err(|_| "invalid unicode code point")?;
        if !self.escaped {
            return Ok(written.into());
        }
        let text = unescape(written).ok_or("half a surrogate pair")?;
        Ok(text.into())
    }
}

/// The text that a string with escapes stands for; `None` if one of them is
/// half of a character.
fn unescape(mut text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    while let Some((before, escape)) = text.split_once('\\') {
        plain.push_str(before);
        let mut chars = escape.chars();
        plain.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (c, rest) = code_point(chars.as_str())?;
                chars = rest.chars();
                c
            }
            other => other,
        });
        text = chars.as_str();
    }
    plain.push_str(text);
    Some(plain)
}

/// The character of a `\u` escape, of which this is what follows the `u`, and
/// the rest of the text.
fn code_point(text: &str) -> Option<(char, &str)> {
    let unit = |text: &'_ str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let first = unit(text)?;
    let rest = text.get(4..)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, rest));
    }
    let second = unit(rest.strip_prefix("\\u")?)?;
    let pair = char::decode_utf16([first as u16, second as u16])
        .next()?
        .ok()?;
    Some((pair, rest.get(6..)?))
}
