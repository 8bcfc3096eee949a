//! The texts of scalars: plain, quoted and block ones (`scannerc.go:yaml_parser_scan_*_scalar`).

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;
use crate::scanner::Scanner;
use crate::token::Token;

/// Blanks and line breaks inside a scalar; the line breaks are kept until their meaning is known.
#[derive(Default)]
struct Gap {
    first_break: String,
    more_breaks: String,
    broken: bool,
}

impl Gap {
    /// Reads blanks and breaks up to the next other character.
    fn read(&mut self, scanner: &mut Scanner<'_>, least_column: isize) -> Result<(), Error> {
        let reader = &mut scanner.reader;
        loop {
            if reader.is_blank(0) {
                if self.broken && reader.at(0) == b'\t' && reader.mark().column < least_column {
                    return scanner.fail(ErrorKind::Tab);
                }
                reader.skip();
            } else if reader.is_break(0) {
                reader.need(2)?;
                if self.broken {
                    reader.read_break(&mut self.more_breaks);
                } else {
                    reader.read_break(&mut self.first_break);
                    self.broken = true;
                }
            } else {
                return Ok(());
            }
            reader.need(1)?;
        }
    }

    /// Appends the meaning of a broken gap to the text: a single line break becomes a space.
    fn fold(&mut self, text: &mut String) {
        if !self.first_break.starts_with('\n') {
            text.push_str(&self.first_break);
        } else if self.more_breaks.is_empty() {
            text.push(' ');
        }
        text.push_str(&self.more_breaks);
        self.first_break.clear();
        self.more_breaks.clear();
        self.broken = false;
    }
}

/// The text of a scalar, which is borrowed if it is one piece of the input.
struct Text {
    /// The pieces before the last.
    before: String,
    /// Where the last piece starts, in bytes.
    start: usize,
}

impl Text {
    fn starting_at(start: usize) -> Self {
        let before = String::new();
        Self { before, start }
    }

    /// Ends the last piece there; the next one has yet to start.
    fn end_piece(&mut self, end: usize, reader: &Reader<'_>) -> &mut String {
        self.before.push_str(reader.slice(self.start, end));
        &mut self.before
    }

    fn end<'t>(mut self, end: usize, reader: &Reader<'t>) -> Cow<'t, str> {
        if self.before.is_empty() {
            return Cow::Borrowed(reader.slice(self.start, end));
        }
        self.end_piece(end, reader);
        Cow::Owned(self.before)
    }
}

impl<'t> Scanner<'t> {
    pub(crate) fn scan_plain(&mut self, token: &mut Token<'t>) -> Result<(), Error> {
        let least_column = self.indent.saturating_add(1);
        let mut gap = Gap::default();
        let mut text = Text::starting_at(token.start);
        token.end = token.start;
        loop {
            self.reader.need(4)?;
            if self.reader.is_document_marker() || self.reader.at(0) == b'#' {
                break;
            }
            let start = self.reader.offset();
            while !self.reader.is_blank_break_or_end(0) && !self.ends_plain() {
                self.reader.skip();
                self.reader.need(2)?;
            }
            if self.reader.offset() > start {
                if gap.broken {
                    gap.fold(text.end_piece(token.end, &self.reader));
                    text.start = start;
                }
                token.end = self.reader.offset();
            }
            if !(self.reader.is_blank(0) || self.reader.is_break(0)) {
                break;
            }
            self.reader.need(1)?;
            gap.read(self, least_column)?;
            if !self.in_flow() && self.reader.mark().column < least_column {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        token.text = text.end(token.end, &self.reader);
        Ok(())
    }

    fn ends_plain(&self) -> bool {
        match self.reader.at(0) {
            b':' => self.reader.is_blank_break_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.in_flow(),
            _ => false,
        }
    }

    pub(crate) fn scan_quoted(&mut self, single: bool, token: &mut Token<'t>) -> Result<(), Error> {
        let quote = if single { b'\'' } else { b'"' };
        let mut gap = Gap::default();
        self.reader.skip();
        let mut text = Text::starting_at(self.reader.offset());
        loop {
            self.reader.need(4)?;
            if self.reader.is_document_marker() || self.reader.is_end() {
                return Err(ErrorKind::OpenQuote.at(token.start));
            }
            while !self.reader.is_blank_break_or_end(0) {
                let next = self.reader.at(0);
                let here = self.reader.offset();
                if single && next == quote && self.reader.at(1) == quote {
                    text.end_piece(here, &self.reader);
                    self.reader.skip();
                    text.start = self.reader.offset();
                    self.reader.skip();
                } else if next == quote {
                    break;
                } else if !single && next == b'\\' && self.reader.is_break(1) {
                    text.end_piece(here, &self.reader);
                    self.reader.need(3)?;
                    self.reader.skip();
                    self.reader.skip_break();
                    text.start = self.reader.offset();
                    gap.broken = true;
                    break;
                } else if !single && next == b'\\' {
                    self.scan_escape(text.end_piece(here, &self.reader))?;
                    text.start = self.reader.offset();
                } else {
                    self.reader.skip();
                }
                self.reader.need(2)?;
            }
            self.reader.need(1)?;
            if self.reader.at(0) == quote {
                break;
            }
            let here = self.reader.offset();
            gap.read(self, 0)?;
            if gap.broken {
                gap.fold(text.end_piece(here, &self.reader));
                text.start = self.reader.offset();
            }
        }
        token.text = text.end(self.reader.offset(), &self.reader);
        self.reader.skip();
        Ok(())
    }

    fn scan_escape(&mut self, text: &mut String) -> Result<(), Error> {
        let mut digits = 0;
        match self.reader.at(1) {
            b'0' => text.push('\0'),
            b'a' => text.push('\x07'),
            b'b' => text.push('\x08'),
            b't' | b'\t' => text.push('\t'),
            b'n' => text.push('\n'),
            b'v' => text.push('\x0b'),
            b'f' => text.push('\x0c'),
            b'r' => text.push('\r'),
            b'e' => text.push('\x1b'),
            character @ (b' ' | b'"' | b'\'' | b'\\') => text.push(char::from(character)),
            b'N' => text.push('\u{85}'),
            b'_' => text.push('\u{a0}'),
            b'L' => text.push('\u{2028}'),
            b'P' => text.push('\u{2029}'),
            b'x' => digits = 2,
            b'u' => digits = 4,
            b'U' => digits = 8,
            _ => return self.fail(ErrorKind::Escape),
        }
        self.reader.skip();
        self.reader.skip();
        if digits == 0 {
            return Ok(());
        }
        self.reader.need(digits)?;
        let mut code = 0_u32;
        for _ in 0..digits {
            let Some(digit) = char::from(self.reader.at(0)).to_digit(16) else {
                return self.fail(ErrorKind::Escape);
            };
            code = code.wrapping_shl(4) | digit;
            self.reader.skip();
        }
        match char::from_u32(code) {
            Some(character) => text.push(character),
            None => return self.fail(ErrorKind::Escape),
        }
        Ok(())
    }

    pub(crate) fn scan_block_scalar(
        &mut self,
        literal: bool,
        token: &mut Token<'t>,
    ) -> Result<(), Error> {
        self.reader.skip();
        let (chomping, step) = self.scan_block_header(token)?;
        let mut indent = match step {
            0 => 0,
            _ => self.indent.max(0).saturating_add(step),
        };

        let text = token.text.to_mut();
        let mut line_break = String::new();
        let mut more_breaks = String::new();
        let mut after_blank = false;
        self.scan_block_breaks(&mut indent, &mut more_breaks)?;
        self.reader.need(1)?;
        while self.reader.mark().column == indent && !self.reader.is_end() {
            let blank = self.reader.is_blank(0);
            if !literal && !after_blank && !blank && line_break.starts_with('\n') {
                if more_breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&line_break);
            }
            line_break.clear();
            text.push_str(&more_breaks);
            more_breaks.clear();
            after_blank = blank;
            let start = self.reader.offset();
            while !self.reader.is_break_or_end() {
                self.reader.skip();
                self.reader.need(1)?;
            }
            text.push_str(self.reader.since(start));
            token.end = self.reader.offset();
            self.reader.need(2)?;
            self.reader.read_break(&mut line_break);
            self.scan_block_breaks(&mut indent, &mut more_breaks)?;
        }
        if chomping != b'-' {
            text.push_str(&line_break);
        }
        if chomping == b'+' {
            text.push_str(&more_breaks);
        }
        Ok(())
    }

    /// Reads the header after `|` or `>`; returns the chomping sign or 0, and the indentation or 0.
    fn scan_block_header(&mut self, token: &mut Token<'t>) -> Result<(u8, isize), Error> {
        self.reader.need(1)?;
        let mut chomping = self.scan_chomping()?;
        let mut step = 0;
        let digit = self.reader.at(0);
        if digit.is_ascii_digit() {
            if digit == b'0' {
                return self.fail(ErrorKind::Indentation);
            }
            step = isize::from(digit.wrapping_sub(b'0'));
            self.reader.skip();
            self.reader.need(1)?;
            if chomping == 0 {
                chomping = self.scan_chomping()?;
            }
        }
        token.end = self.reader.offset();
        self.skip_rest_of_line()?;
        Ok((chomping, step))
    }

    fn scan_chomping(&mut self) -> Result<u8, Error> {
        let sign = self.reader.at(0);
        if !matches!(sign, b'+' | b'-') {
            return Ok(0);
        }
        self.reader.skip();
        self.reader.need(1)?;
        Ok(sign)
    }

    /// Reads empty lines and the indentation of the next other line, which sets the indentation
    /// if that is still 0.
    fn scan_block_breaks(&mut self, indent: &mut isize, breaks: &mut String) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            self.reader.need(1)?;
            while self.is_shallow(*indent) && self.reader.at(0) == b' ' {
                self.reader.skip();
                self.reader.need(1)?;
            }
            deepest = self.reader.mark().column.max(deepest);
            if self.is_shallow(*indent) && self.reader.at(0) == b'\t' {
                return self.fail(ErrorKind::Tab);
            }
            if !self.reader.is_break(0) {
                break;
            }
            self.reader.need(2)?;
            self.reader.read_break(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent.saturating_add(1)).max(1);
        }
        Ok(())
    }

    fn is_shallow(&self, indent: isize) -> bool {
        indent == 0 || self.reader.mark().column < indent
    }
}
