//! The text of a JSON document (RFC 8259), token by token.
//!
//! The scanner checks what it reads. Of an object or a list that is skipped it
//! only finds the end, and a string that is not kept may be invalid Unicode.

use std::borrow::Cow;

use super::Keys;
use super::balance;
use super::cursor::{Cursor, String as Passed};

/// A reader of JSON text.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    error: Error,
}

/// An error in a document, and its position.
#[derive(Clone, Copy, Debug, Default)]
pub struct Error {
    /// The position of the offending token, in bytes.
    pub at: usize,
    /// The kind of error.
    pub kind: ErrorKind,
}

/// The kinds of errors in a document.
#[derive(Clone, Copy, Debug, Default)]
pub enum ErrorKind {
    /// The text ends too early.
    #[default]
    Cut,
    /// The text is not JSON.
    Syntax(&'static str),
    /// It is JSON, but something else is expected here.
    Misfit(&'static str),
    /// A key occurs twice in an object.
    Twice,
}

/// The scanner has met an [`Error`] and keeps it.
#[derive(Debug)]
pub(super) struct Stopped;

pub(super) type Result<T> = std::result::Result<T, Stopped>;

const VALUE: &str = "expected a value";
const KEY: &str = "expected a key in quotes";
const COLON: &str = "expected a colon";
const COMMA: &str = "expected a comma or the end of the object or list";

impl<'a> Scanner<'a> {
    /// Starts at the first byte of a document.
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            error: Error::default(),
        }
    }

    /// The number of bytes passed.
    #[inline(always)]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The bytes passed since then.
    #[inline(always)]
    pub fn since(&self, start: usize) -> &'a [u8] {
        self.here().since(start)
    }

    #[inline(always)]
    fn here(&self) -> Cursor<'a> {
        Cursor::new(self.text, self.at)
    }

    /// Why the scanner failed.
    pub fn error(&self) -> Error {
        self.error
    }

    /// Fails because of the token at this position.
    #[cold]
    pub fn fail(&mut self, at: usize, kind: ErrorKind) -> Stopped {
        self.error = Error { at, kind };
        Stopped
    }

    /// Fails at the next token, or because there is none.
    #[cold]
    pub fn unexpected(&mut self, expected: &'static str) -> Stopped {
        self.peek();
        let kind = match self.here().is_at_end() {
            true => ErrorKind::Cut,
            false => ErrorKind::Syntax(expected),
        };
        self.fail(self.at, kind)
    }

    /// The first byte of the next token, 0 at the end.
    #[inline(always)]
    pub fn peek(&mut self) -> u8 {
        let mut here = self.here();
        let byte = here.token();
        self.at = here.at();
        byte
    }

    /// Passes a token of one byte, if it comes next.
    #[inline(always)]
    fn take(&mut self, token: u8) -> bool {
        let mut here = self.here();
        let comes = here.take(token);
        self.at = here.at();
        comes
    }

    /// Checks that nothing follows.
    pub fn end(&mut self) -> Result<()> {
        self.peek();
        if self.here().is_at_end() {
            Ok(())
        } else {
            Err(self.unexpected("trailing characters"))
        }
    }

    /// Passes the byte that opens an object or a list, and the one that closes it
    /// if it is empty; returns whether an item follows.
    #[inline(always)]
    pub fn open(&mut self, opener: u8, closer: u8) -> bool {
        self.take(opener);
        !self.take(closer)
    }

    /// Passes `true`, `false` or `null`.
    pub fn word(&mut self, word: &'static [u8]) -> Result<()> {
        let rest = self.here().rest();
        if rest.starts_with(word) {
            self.at = self.at.wrapping_add(word.len());
            Ok(())
        } else if word.starts_with(rest) {
            Err(self.fail(self.text.len(), ErrorKind::Cut))
        } else {
            Err(self.unexpected(VALUE))
        }
    }

    /// Passes the separator of two items, or the end of the object or list that
    /// this byte closes; returns whether another item follows.
    #[inline(always)]
    pub fn another(&mut self, closer: u8) -> Result<bool> {
        let next = self.peek();
        if next != b',' && next != closer {
            return Err(self.unexpected(COMMA));
        }
        self.at = self.at.wrapping_add(1);
        Ok(next == b',')
    }

    /// Reads the key of an entry and the colon after it.
    #[inline(never)]
    pub fn entry_key(&mut self) -> Result<Cow<'a, str>> {
        let key = self.key()?;
        self.text(key)
    }

    /// Reads a key and the colon after it.
    #[inline(always)]
    pub fn key(&mut self) -> Result<Quoted<'a>> {
        if self.peek() != b'"' {
            return Err(self.unexpected(KEY));
        }
        let key = self.quoted()?;
        if self.take(b':') {
            Ok(key)
        } else {
            Err(self.unexpected(COLON))
        }
    }

    /// Reads a string, whose opening quote comes next.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        let quoted = self.quoted()?;
        self.text(quoted)
    }

    /// The text of a string.
    fn text(&mut self, quoted: Quoted<'a>) -> Result<Cow<'a, str>> {
        match quoted.text() {
            Ok(text) => Ok(text),
            Err(error) => Err(self.fail(quoted.start, ErrorKind::Syntax(error))),
        }
    }

    #[inline(always)]
    fn quoted(&mut self) -> Result<Quoted<'a>> {
        let start = self.at;
        let mut here = self.here();
        let passed = here.string();
        if passed == Passed::Faulty {
            return Err(self.faulty_string(here.at()));
        }
        self.at = here.at();
        let written = match here.since(start) {
            [_, written @ .., _] => written,
            _ => &[],
        };
        Ok(Quoted {
            start,
            written,
            escaped: passed == Passed::Escaped,
        })
    }

    #[cold]
    fn faulty_string(&mut self, at: usize) -> Stopped {
        let kind = match Cursor::new(self.text, at).rest() {
            [] | [b'\\'] => ErrorKind::Cut,
            [b'\\', ..] => ErrorKind::Syntax("unknown escape"),
            _ => ErrorKind::Syntax("control character in a string"),
        };
        self.fail(at, kind)
    }

    /// Reads a number as written.
    pub fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        match self.here().number() {
            Ok(end) => self.at = end,
            Err(end) => return Err(self.faulty_number(start, end)),
        }
        Ok(std::str::from_utf8(self.since(start)).unwrap_or_default())
    }

    #[cold]
    fn faulty_number(&mut self, start: usize, end: usize) -> Stopped {
        if end >= self.text.len() {
            self.fail(end, ErrorKind::Cut)
        } else {
            self.fail(start, ErrorKind::Syntax(VALUE))
        }
    }

    /// Passes any value, however deeply nested. For an object or a list, only
    /// checks that it ends.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek() {
            b'"' => self.quoted().map(|_| ()),
            b'{' | b'[' => match balance::length(self.here().rest()) {
                Some(length) => {
                    self.at = self.at.wrapping_add(length);
                    Ok(())
                }
                None => Err(self.fail(self.text.len(), ErrorKind::Cut)),
            },
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number().map(|_| ()),
        }
    }
}

/// A string as written.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    start: usize,
    written: &'a [u8],
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// Its position among these keys.
    #[inline(always)]
    pub fn among(self, keys: &Keys) -> Option<usize> {
        if self.escaped {
            return escaped_among(self.written, keys);
        }
        keys.position(self.written)
    }

    fn text(self) -> std::result::Result<Cow<'a, str>, &'static str> {
        let written = std::str::from_utf8(self.written).map_err(|_| "invalid Unicode")?;
        if !self.escaped {
            return Ok(written.into());
        }
        let text = unescape(written).ok_or("unpaired surrogate")?;
        Ok(text.into())
    }
}

#[cold]
fn escaped_among(written: &[u8], keys: &Keys) -> Option<usize> {
    keys.position(unescape(std::str::from_utf8(written).ok()?)?.as_bytes())
}

/// The text of a string with escapes; `None` if one of them is an unpaired
/// surrogate.
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

/// The character of a `\u` escape, given the text after the `u`, and the rest
/// of the text.
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
