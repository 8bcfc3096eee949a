//! A position in a JSON text, and the ways to advance it.
//!
//! A cursor is small, copied and never behind a reference in a loop, so that it
//! stays in registers: most of the time of a verdict is spent here.

use super::block;

/// A position in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The position before the n-th byte of a text.
    #[inline(always)]
    pub fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// The number of bytes before it.
    #[inline(always)]
    pub fn at(self) -> usize {
        self.at
    }

    /// Whether nothing follows.
    pub fn is_at_end(self) -> bool {
        self.at >= self.text.len()
    }

    /// The bytes between an earlier position and this one.
    #[inline(always)]
    pub fn since(self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The remaining bytes.
    pub fn rest(self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte that follows, 0 at the end.
    #[inline(always)]
    pub fn byte(self) -> u8 {
        self.text.get(self.at).copied().unwrap_or_default()
    }

    /// Skips bytes.
    #[inline(always)]
    pub fn pass(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    /// Skips white space; returns the byte after it, 0 at the end.
    #[inline(always)]
    pub fn token(&mut self) -> u8 {
        loop {
            let byte = self.byte();
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return byte;
            }
            self.pass(1);
        }
    }

    /// Skips white space and this token, if it comes next.
    #[inline(always)]
    pub fn take(&mut self, token: u8) -> bool {
        let comes = self.token() == token;
        if comes {
            self.pass(1);
        }
        comes
    }

    /// Skips a string from its opening to its closing quote. If it is cut off or
    /// not JSON, stays at the position of the error.
    #[inline(always)]
    pub fn string(&mut self) -> String {
        self.pass(1);
        self.run();
        if self.byte() == b'"' {
            self.pass(1);
            return String::Plain;
        }
        match escapes(self.text, self.at) {
            Ok(at) => {
                self.at = at;
                String::Escaped
            }
            Err(at) => {
                self.at = at;
                String::Faulty
            }
        }
    }

    /// Skips the bytes of a string up to the next special one.
    #[inline(always)]
    fn run(&mut self) {
        while let Some(block) = self.text.get(self.at..).and_then(<[u8]>::first_chunk) {
            let ends = block::ends(block);
            if ends != 0 {
                return self.pass(ends.trailing_zeros() as usize);
            }
            self.pass(16);
        }
        while !self.is_at_end() && !matches!(self.byte(), b'"' | b'\\' | ..b' ') {
            self.pass(1);
        }
    }

    /// The end of a number, or the position of its error.
    #[inline(always)]
    pub fn number(self) -> Result<usize, usize> {
        number(self.text, self.at)
    }

    /// Skips digits and counts them.
    #[inline(always)]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.pass(1);
        }
        self.at.wrapping_sub(start)
    }
}

// These two take a cursor in parts: as a whole it would be passed in memory.

/// The end of a string that has escapes from here on, or the position of its
/// error.
#[cold]
fn escapes(text: &[u8], at: usize) -> Result<usize, usize> {
    let mut here = Cursor::new(text, at);
    loop {
        let bytes = match here.rest() {
            [b'"', ..] => {
                here.pass(1);
                return Ok(here.at);
            }
            [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|b| b.is_ascii_hexdigit()) => {
                6
            }
            [
                b'\\',
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                ..,
            ] => 2,
            _ => return Err(here.at),
        };
        here.pass(bytes);
        here.run();
    }
}

/// The end of a number, or the position of its error.
#[inline(never)]
fn number(text: &[u8], at: usize) -> Result<usize, usize> {
    let mut here = Cursor::new(text, at);
    if here.byte() == b'-' {
        here.pass(1);
    }
    let zero = here.byte() == b'0';
    let digits = here.digits();
    let mut is_number = digits > 0 && (!zero || digits == 1);
    if here.byte() == b'.' {
        here.pass(1);
        is_number &= here.digits() > 0;
    }
    if matches!(here.byte(), b'e' | b'E') {
        here.pass(1);
        if matches!(here.byte(), b'+' | b'-') {
            here.pass(1);
        }
        is_number &= here.digits() > 0;
    }
    if is_number { Ok(here.at) } else { Err(here.at) }
}

/// The kind of string that was skipped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum String {
    /// Its bytes are its text.
    Plain,
    /// It contains escapes.
    Escaped,
    /// It is not a string.
    Faulty,
}
