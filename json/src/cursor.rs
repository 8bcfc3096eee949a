//! A place in a JSON text, and the ways to go on from it.
//!
//! A cursor is small, copied and never behind a reference in a loop, so that it
//! stays in registers: most of the time of a verdict is spent here.

use super::block;

/// A place in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of a text.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes are before it.
    pub fn at(self) -> usize {
        self.at
    }

    /// Whether nothing follows.
    pub fn is_at_end(self) -> bool {
        self.at >= self.text.len()
    }

    /// What is between an earlier place and this one.
    pub fn since(self, start: Self) -> &'a [u8] {
        self.text.get(start.at..self.at).unwrap_or_default()
    }

    /// What follows.
    pub fn rest(self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte that follows, 0 at the end.
    #[inline(always)]
    pub fn byte(self) -> u8 {
        self.text.get(self.at).copied().unwrap_or_default()
    }

    /// Passes bytes.
    #[inline(always)]
    pub fn pass(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    /// Passes white space; the byte that follows it, 0 at the end.
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

    /// Passes white space and this token, if it comes next.
    #[inline(always)]
    pub fn take(&mut self, token: u8) -> bool {
        let comes = self.token() == token;
        if comes {
            self.pass(1);
        }
        comes
    }

    /// Passes a string from its opening to its closing quote. If it is cut off
    /// or not JSON, it stays at the place that is to blame.
    #[inline(always)]
    pub fn string(&mut self) -> String {
        self.pass(1);
        self.run();
        if self.byte() == b'"' {
            self.pass(1);
            return String::Plain;
        }
        let (end, string) = self.escapes();
        *self = end;
        string
    }

    /// Passes the bytes of a string up to the next one that means something.
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

    /// Passes the rest of a string, from an escape on.
    #[cold]
    fn escapes(mut self) -> (Self, String) {
        loop {
            let bytes = match self.rest() {
                [b'"', ..] => {
                    self.pass(1);
                    return (self, String::Escaped);
                }
                [b'\\', b'u', a, b, c, d, ..]
                    if [a, b, c, d].iter().all(|b| b.is_ascii_hexdigit()) =>
                {
                    6
                }
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    ..,
                ] => 2,
                _ => return (self, String::Faulty),
            };
            self.pass(bytes);
            self.run();
        }
    }

    /// Passes a number; whether it is one.
    #[inline(always)]
    pub fn number(&mut self) -> bool {
        if self.byte() == b'-' {
            self.pass(1);
        }
        let zero = self.byte() == b'0';
        let digits = self.digits();
        let mut is_number = digits > 0 && (!zero || digits == 1);
        if self.byte() == b'.' {
            self.pass(1);
            is_number &= self.digits() > 0;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.pass(1);
            if matches!(self.byte(), b'+' | b'-') {
                self.pass(1);
            }
            is_number &= self.digits() > 0;
        }
        is_number
    }

    /// Passes digits and counts them.
    #[inline(always)]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.pass(1);
        }
        self.at.wrapping_sub(start)
    }
}

/// What kind of string was passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum String {
    /// Its bytes are its text.
    Plain,
    /// There are escapes in it.
    Escaped,
    /// It is none.
    Faulty,
}
