//! The text of a JSON document (RFC 8259), token by token.
//!
//! The scanner checks all that it passes, except that the strings which nobody
//! keeps are Unicode.

use std::borrow::Cow;

/// A reader of JSON text.
pub(super) struct Scanner<'a> {
    length: usize,
    rest: &'a [u8],
    /// What closes the objects and lists that are open in a value being
    /// skipped.
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

impl<'a> Scanner<'a> {
    /// Begins at the first byte of a document.
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            length: text.len(),
            rest: text,
            closers: Vec::new(),
            problem: Problem::default(),
        }
    }

    /// The first byte of the next token, 0 at the end.
    pub fn peek(&mut self) -> u8 {
        loop {
            match self.rest {
                [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] => self.rest = rest,
                [byte, ..] => return *byte,
                [] => return 0,
            }
        }
    }

    /// Passes one byte.
    pub fn pass(&mut self) {
        self.advance(1);
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// What has been passed since this was the rest.
    pub fn since(&self, rest: &'a [u8]) -> &'a [u8] {
        let length = rest.len().saturating_sub(self.rest.len());
        rest.get(..length).unwrap_or_default()
    }

    /// Why the scanner failed.
    pub fn problem(&self) -> Problem {
        self.problem
    }

    /// Gives up at the token that begins this rest.
    pub fn fail<T>(&mut self, rest: &[u8], kind: Kind) -> Result<T> {
        self.problem = Problem {
            at: self.length.saturating_sub(rest.len()),
            kind,
        };
        Err(Failed)
    }

    /// Gives up at the next token, or because there is none.
    pub fn unexpected<T>(&mut self, expected: &'static str) -> Result<T> {
        match self.peek() {
            0 if self.rest.is_empty() => self.fail(&[], Kind::Cut),
            _ => self.fail(self.rest, Kind::Syntax(expected)),
        }
    }

    /// Passes a token of one byte, if it comes next.
    pub fn take(&mut self, token: u8) -> bool {
        let comes = self.peek() == token;
        if comes {
            self.pass();
        }
        comes
    }

    /// Passes `true`, `false` or `null`.
    pub fn word(&mut self, word: &'static [u8]) -> Result<()> {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if word.starts_with(self.rest) => self.fail(&[], Kind::Cut),
            None => self.unexpected("expected a value"),
        }
    }

    /// Passes the colon behind a key.
    pub fn colon(&mut self) -> Result<()> {
        if self.take(b':') {
            Ok(())
        } else {
            self.unexpected("expected a colon")
        }
    }

    /// Passes what stands between two items, or the end of the object or list
    /// that this byte closes; whether another item follows.
    pub fn another(&mut self, closer: u8) -> Result<bool> {
        match self.peek() {
            b',' => {
                self.pass();
                Ok(true)
            }
            byte if byte == closer => {
                self.pass();
                Ok(false)
            }
            _ => self.unexpected("expected a comma or the end of the object or list"),
        }
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        let start = self.rest;
        let escaped = self.skip_string()?;
        let quoted = self.since(start);
        let Some([_, text @ .., _]) = quoted.get(..) else {
            return self.unexpected("expected a string");
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return self.fail(start, Kind::Syntax("invalid unicode code point"));
        };
        if !escaped {
            return Ok(text.into());
        }
        match unescape(text) {
            Some(text) => Ok(text.into()),
            None => self.fail(start, Kind::Syntax("half a surrogate pair")),
        }
    }

    /// Reads a number, as it is written.
    pub fn number(&mut self) -> Result<&'a str> {
        let start = self.rest;
        self.skip_number()?;
        Ok(std::str::from_utf8(self.since(start)).unwrap_or_default())
    }

    /// Passes a value, whatever it is; it may be nested as deep as it likes.
    pub fn skip(&mut self) -> Result<()> {
        self.closers.clear();
        loop {
            match self.peek() {
                b'"' => {
                    self.skip_string()?;
                }
                b'{' => {
                    self.pass();
                    if !self.take(b'}') {
                        self.closers.push(b'}');
                        self.skip_key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.pass();
                    if !self.take(b']') {
                        self.closers.push(b']');
                        continue;
                    }
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => self.skip_number()?,
            }
            loop {
                let Some(&closer) = self.closers.last() else {
                    return Ok(());
                };
                if self.another(closer)? {
                    if closer == b'}' {
                        self.skip_key()?;
                    }
                    break;
                }
                self.closers.pop();
            }
        }
    }

    fn skip_key(&mut self) -> Result<()> {
        if self.peek() != b'"' {
            return self.unexpected("expected a key in quotes");
        }
        self.skip_string()?;
        self.colon()
    }

    /// Passes a string from its opening to its closing quote; whether there
    /// are escapes in it.
    fn skip_string(&mut self) -> Result<bool> {
        let mut escaped = false;
        self.pass();
        loop {
            self.run();
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(escaped);
                }
                [b'\\', b'u', a, b, c, d, ..]
                    if [a, b, c, d].iter().all(|b| b.is_ascii_hexdigit()) =>
                {
                    self.advance(6);
                }
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    rest @ ..,
                ] => {
                    self.rest = rest;
                }
                [] | [b'\\'] => return self.fail(&[], Kind::Cut),
                [b'\\', ..] => return self.unexpected("an unknown escape"),
                _ => return self.unexpected("a control character in a string"),
            }
            escaped = true;
        }
    }

    /// Passes the bytes of a string up to the next one that means something.
    fn run(&mut self) {
        while let Some(chunk) = self.rest.first_chunk() {
            let ends = ends(u64::from_le_bytes(*chunk));
            if ends != 0 {
                // The mark is the highest bit of its byte.
                return self.advance((ends.trailing_zeros() >> 3) as usize);
            }
            self.advance(8);
        }
        while let [byte, rest @ ..] = self.rest
            && !matches!(byte, b'"' | b'\\' | ..b' ')
        {
            self.rest = rest;
        }
    }

    fn skip_number(&mut self) -> Result<()> {
        let start = self.rest;
        if let [b'-', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let zero = self.rest.first() == Some(&b'0');
        let digits = self.digits();
        let mut is_number = digits > 0 && (!zero || digits == 1);
        if let [b'.', rest @ ..] = self.rest {
            self.rest = rest;
            is_number &= self.digits() > 0;
        }
        if let [b'e' | b'E', rest @ ..] = self.rest {
            self.rest = rest;
            if let [b'+' | b'-', rest @ ..] = self.rest {
                self.rest = rest;
            }
            is_number &= self.digits() > 0;
        }
        if is_number {
            Ok(())
        } else if self.rest.is_empty() {
            self.fail(&[], Kind::Cut)
        } else {
            self.fail(start, Kind::Syntax("expected a value"))
        }
    }

    /// Passes digits and counts them.
    fn digits(&mut self) -> usize {
        let start = self.rest;
        while let [b'0'..=b'9', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.since(start).len()
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

/// Marks the highest bit of each byte that is a quote, a backslash or a control
/// character. Bytes behind the first one marked may be marked in vain.
fn ends(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES.wrapping_mul(limit)) & !word;
    let equal = |byte: u8| below(word ^ ONES.wrapping_mul(byte.into()), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & ONES.wrapping_mul(0x80)
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
