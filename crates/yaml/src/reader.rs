use crate::error::{Error, ErrorKind};

const BOM: &str = "\u{feff}";

/// The number of bytes that go-yaml reads from its input at once
/// (`yamlprivateh.go:input_raw_buffer_size`).
const CHUNK: usize = 512;

/// A position in the text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    /// The number of bytes before it.
    pub offset: usize,
    /// The number of characters before it.
    pub index: usize,
    /// The line, from 0.
    pub line: u32,
    /// The number of characters before it in its line.
    pub column: isize,
}

/// The text with a cursor, seen through a buffer like go-yaml's (`readerc.go`).
///
/// Nothing is copied; the reader only tracks how far go-yaml has read. A forbidden character counts
/// only once its chunk is read, so it can be far beyond the first document, and the byte-order
/// mark is expected at the start of the buffer instead of the cursor.
pub(crate) struct Reader<'t> {
    text: &'t str,
    mark: Mark,
    buffer_start: usize,
    chunk_end: usize,
    checked: usize,
    unread: usize,
    at_end: bool,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut reader = Self {
            text,
            mark: Mark::default(),
            buffer_start: 0,
            chunk_end: 0,
            checked: 0,
            unread: 0,
            at_end: false,
        };
        while !reader.at_end && reader.chunk_end < BOM.len() {
            reader.take_chunk();
        }
        if text.starts_with(BOM) {
            reader.checked = BOM.len();
            reader.mark.offset = BOM.len();
        }
        reader
    }

    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Counts the unfinished last line as finished, as at the end of the stream.
    pub fn finish_line(&mut self) {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line = self.mark.line.saturating_add(1);
        }
    }

    /// The byte this many bytes after the cursor; 0 from the end of the text on, and only there.
    pub fn at(&self, ahead: usize) -> u8 {
        let bytes = self.text.as_bytes();
        bytes
            .get(self.mark.offset.saturating_add(ahead))
            .copied()
            .unwrap_or(0)
    }

    /// The text from an earlier [`Reader::offset`] to the cursor.
    pub fn since(&self, start: usize) -> &'t str {
        self.slice(start, self.mark.offset)
    }

    pub fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of bytes before the cursor.
    pub fn offset(&self) -> usize {
        self.mark.offset
    }

    pub fn is_end(&self) -> bool {
        self.at(0) == 0
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.at(ahead), b' ' | b'\t')
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        match self.at(ahead) {
            b'\r' | b'\n' => true,
            0xC2 => self.at(ahead.saturating_add(1)) == 0x85,
            0xE2 => {
                self.at(ahead.saturating_add(1)) == 0x80
                    && matches!(self.at(ahead.saturating_add(2)), 0xA8 | 0xA9)
            }
            _ => false,
        }
    }

    pub fn is_break_or_end(&self) -> bool {
        self.is_end() || self.is_break(0)
    }

    pub fn is_blank_break_or_end(&self, ahead: usize) -> bool {
        self.at(ahead) == 0 || self.is_blank(ahead) || self.is_break(ahead)
    }

    /// An ASCII letter, digit, `_` or `-`.
    pub fn is_word(&self) -> bool {
        matches!(self.at(0), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-')
    }

    /// `---` or `...` at the start of a line, before a blank, a break or the end.
    pub fn is_document_marker(&self) -> bool {
        let first = self.at(0);
        self.mark.column == 0
            && matches!(first, b'-' | b'.')
            && self.at(1) == first
            && self.at(2) == first
            && self.is_blank_break_or_end(3)
    }

    pub fn is_byte_order_mark(&self) -> bool {
        self.text
            .get(self.buffer_start..)
            .is_some_and(|buffer| buffer.starts_with(BOM))
    }

    /// Reads until this many characters are buffered, or all of them.
    ///
    /// # Errors
    /// A character that YAML forbids.
    pub fn need(&mut self, characters: usize) -> Result<(), Error> {
        if self.unread >= characters {
            return Ok(());
        }
        self.buffer_start = self.mark.offset;
        let mut first = true;
        while self.unread < characters {
            if !first || self.chunk_end == self.checked {
                self.take_chunk();
            }
            first = false;
            self.check_chunk()?;
            if self.at_end {
                self.unread = self.unread.saturating_add(1);
                break;
            }
        }
        Ok(())
    }

    fn take_chunk(&mut self) {
        if self.chunk_end == self.text.len() {
            self.at_end = true;
        } else {
            let end = self.checked.saturating_add(CHUNK);
            self.chunk_end = end.min(self.text.len());
        }
    }

    fn check_chunk(&mut self) -> Result<(), Error> {
        let mut end = self.chunk_end;
        while !self.text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        for (offset, character) in self
            .text
            .get(self.checked..end)
            .unwrap_or_default()
            .char_indices()
        {
            if !is_allowed(character) {
                let at = self.checked.saturating_add(offset);
                return Err(ErrorKind::Character.at(at));
            }
            self.unread = self.unread.saturating_add(1);
        }
        self.checked = end;
        Ok(())
    }

    /// Skips one character.
    pub fn skip(&mut self) {
        let width = match self.at(0) {
            0..0x80 => 1,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
        };
        self.mark.offset = self.mark.offset.saturating_add(width);
        self.unread = self.unread.saturating_sub(1);
        self.mark.index = self.mark.index.saturating_add(1);
        self.mark.column = self.mark.column.saturating_add(1);
    }

    /// Skips a line break, if there is one.
    pub fn skip_break(&mut self) {
        if !self.is_break(0) {
            return;
        }
        if self.at(0) == b'\r' && self.at(1) == b'\n' {
            self.skip();
        }
        self.skip();
        self.mark.column = 0;
        self.mark.line = self.mark.line.saturating_add(1);
    }

    /// Moves a line break, if there is one, into the string: all but U+2028 and U+2029 as a
    /// line feed.
    pub fn read_break(&mut self, into: &mut String) {
        if !self.is_break(0) {
            return;
        }
        let start = self.mark.offset;
        let separator = self.at(0) == 0xE2;
        self.skip_break();
        into.push_str(if separator { self.since(start) } else { "\n" });
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
