//! From text to tokens, as in go-yaml v2 `scannerc.go`.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::error::{Error, ErrorKind};
use crate::reader::{Mark, Reader};
use crate::token::{Token, TokenKind};

/// The maximum nesting of block and of flow collections
/// (`scannerc.go:max_indents`, `max_flow_level`).
const MAX_DEPTH: usize = 10_000;

/// The maximum length of a key without `?`, in characters.
pub const MAX_KEY_LENGTH: usize = 1024;

/// A node that a later `:` can turn into a key.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PossibleKey {
    possible: bool,
    /// In block context at the start of a line: only a key can stand here.
    required: bool,
    /// The number of its first token.
    pub token: usize,
    pub mark: Mark,
}

/// Returns tokens, reading ahead only as far as necessary: an error behind the part of the text
/// that is asked for never counts.
pub(crate) struct Scanner<'t> {
    pub(crate) reader: Reader<'t>,
    tokens: VecDeque<Token<'t>>,
    /// The number of tokens returned, which is the number of the first in the queue.
    taken: usize,
    /// Where the last token returned ends, in bytes.
    end: usize,
    /// Whether no token can be inserted before the first in the queue any more.
    head_is_sure: bool,
    /// The column of the innermost block collection; -1 outside all.
    pub(crate) indent: isize,
    indents: Vec<isize>,
    pub(crate) key_allowed: bool,
    /// The possible key of the innermost flow level.
    key: PossibleKey,
    /// The possible keys of the enclosing flow levels, the block context first.
    outer_keys: Vec<PossibleKey>,
    /// The `key_level` of the token pushed next.
    next_key_level: Option<usize>,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            reader: Reader::new(text),
            tokens: VecDeque::new(),
            taken: 0,
            end: 0,
            head_is_sure: false,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            key: PossibleKey::default(),
            outer_keys: Vec::new(),
            next_key_level: None,
        }
    }

    /// The kind of the next token.
    ///
    /// # Errors
    /// The text needed to determine the next token is not YAML.
    pub fn peek(&mut self) -> Result<TokenKind, Error> {
        if !self.head_is_sure {
            self.fetch_more()?;
            self.head_is_sure = true;
        }
        Ok(self
            .tokens
            .front()
            .map_or(TokenKind::StreamEnd, |head| head.kind))
    }

    /// Takes the next token.
    ///
    /// # Errors
    /// As [`Scanner::peek`].
    pub fn take(&mut self) -> Result<Token<'t>, Error> {
        self.peek()?;
        self.head_is_sure = false;
        self.taken = self.taken.saturating_add(1);
        let end = self.token(TokenKind::StreamEnd, self.reader.mark());
        let token = self.tokens.pop_front().unwrap_or(end);
        self.end = self.end.max(token.end);
        Ok(token)
    }

    /// Where the next token starts if it has been read, otherwise the cursor.
    pub fn start(&self) -> usize {
        match self.tokens.front() {
            Some(head) => head.start,
            None => self.reader.offset(),
        }
    }

    /// Where the last token that is not only implied ends.
    pub fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        Err(kind.at(self.reader.offset()))
    }

    fn fetch_more(&mut self) -> Result<(), Error> {
        loop {
            if let Some(head) = self.tokens.front() {
                let Some(level) = head.key_level else {
                    return Ok(());
                };
                let starts_here = self.key_at(level).token == self.taken;
                if !(starts_here && self.may_be_key(level)?) {
                    return Ok(());
                }
            }
            self.fetch_next()?;
        }
    }

    pub(crate) fn skip_to_token(&mut self) -> Result<(), Error> {
        loop {
            self.reader.need(1)?;
            if self.reader.mark().column == 0 && self.reader.is_byte_order_mark() {
                self.reader.skip();
            }
            self.reader.need(1)?;
            let tabs = self.in_flow() || !self.key_allowed;
            while self.reader.at(0) == b' ' || (tabs && self.reader.at(0) == b'\t') {
                self.reader.skip();
                self.reader.need(1)?;
            }
            self.skip_comment()?;
            if !self.reader.is_break(0) {
                return Ok(());
            }
            self.reader.need(2)?;
            self.reader.skip_break();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    pub(crate) fn skip_comment(&mut self) -> Result<(), Error> {
        if self.reader.at(0) == b'#' {
            while !self.reader.is_break_or_end() {
                self.reader.skip();
                self.reader.need(1)?;
            }
        }
        Ok(())
    }

    /// Skips blanks, a comment and the line break; nothing else is allowed there.
    pub(crate) fn skip_rest_of_line(&mut self) -> Result<(), Error> {
        self.skip_blanks()?;
        self.skip_comment()?;
        if !self.reader.is_break_or_end() {
            return self.fail(ErrorKind::RestOfLine);
        }
        self.reader.need(2)?;
        self.reader.skip_break();
        Ok(())
    }

    pub(crate) fn skip_blanks(&mut self) -> Result<(), Error> {
        self.reader.need(1)?;
        while self.reader.is_blank(0) {
            self.reader.skip();
            self.reader.need(1)?;
        }
        Ok(())
    }

    pub(crate) fn in_flow(&self) -> bool {
        !self.outer_keys.is_empty()
    }

    pub(crate) fn token(&self, kind: TokenKind, mark: Mark) -> Token<'t> {
        Token {
            kind,
            start: mark.offset,
            end: 0,
            name: "",
            text: Cow::Borrowed(""),
            key_level: None,
        }
    }

    /// Adds a token that ends at the cursor, unless it says otherwise.
    pub(crate) fn push(&mut self, mut token: Token<'t>) {
        if token.end == 0 {
            token.end = self.reader.offset();
        }
        token.key_level = self.next_key_level.take();
        self.tokens.push_back(token);
    }

    pub(crate) fn push_indicator(&mut self, kind: TokenKind) {
        let token = self.token(kind, self.reader.mark());
        self.reader.skip();
        self.push(token);
    }

    /// Inserts a token before the one with that number, or at the end if that one is gone.
    pub(crate) fn insert(&mut self, number: usize, kind: TokenKind, mark: Mark) {
        let token = self.token(kind, mark);
        let end = self.tokens.len();
        let place = number.checked_sub(self.taken).unwrap_or(end);
        self.tokens.insert(place.min(end), token);
    }

    /// Stops waiting for a `:` before the token with that number is returned.
    ///
    /// At the end of an empty flow collection that is the token of its start, so that go-yaml
    /// reads `{}: a` as an empty mapping followed by something else.
    fn forget_key_at(&mut self, number: usize) {
        let place = number.checked_sub(self.taken);
        if let Some(token) = place.and_then(|place| self.tokens.get_mut(place)) {
            token.key_level = None;
        }
    }

    pub(crate) fn next_number(&self) -> usize {
        self.taken.saturating_add(self.tokens.len())
    }

    fn key_at(&mut self, level: usize) -> &mut PossibleKey {
        self.outer_keys.get_mut(level).unwrap_or(&mut self.key)
    }

    fn may_be_key(&mut self, level: usize) -> Result<bool, Error> {
        let here = self.reader.mark();
        let key = self.key_at(level);
        let in_reach = key.mark.line >= here.line
            && key.mark.index.saturating_add(MAX_KEY_LENGTH) >= here.index;
        if key.possible && !in_reach {
            if key.required {
                return Err(ErrorKind::MissingColon.at(key.mark.offset));
            }
            key.possible = false;
        }
        Ok(key.possible)
    }

    /// Records that the next token can start a key.
    pub(crate) fn save_key(&mut self) -> Result<(), Error> {
        if self.key_allowed {
            self.drop_key()?;
            let mark = self.reader.mark();
            self.key = PossibleKey {
                possible: true,
                required: !self.in_flow() && self.indent == mark.column,
                token: self.next_number(),
                mark,
            };
            self.next_key_level = Some(self.outer_keys.len());
        }
        Ok(())
    }

    pub(crate) fn drop_key(&mut self) -> Result<(), Error> {
        if self.key.possible && self.key.required {
            return Err(ErrorKind::MissingColon.at(self.key.mark.offset));
        }
        self.key.possible = false;
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the current one.
    pub(crate) fn open_block(
        &mut self,
        kind: TokenKind,
        mark: Mark,
        number: usize,
    ) -> Result<(), Error> {
        if self.in_flow() || self.indent >= mark.column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = mark.column;
        if self.indents.len() > MAX_DEPTH {
            return self.fail(ErrorKind::Depth);
        }
        self.insert(number, kind, mark);
        Ok(())
    }

    /// Closes the block collections that are deeper than the column.
    pub(crate) fn close_blocks(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            let token = self.token(TokenKind::BlockEnd, self.reader.mark());
            self.tokens.push_back(token);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    pub(crate) fn leave_blocks(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        Ok(())
    }

    /// The key that a `:` at the cursor ends, if there is one.
    pub(crate) fn take_key(&mut self) -> Result<Option<PossibleKey>, Error> {
        let found = self.may_be_key(self.outer_keys.len())?.then_some(self.key);
        self.key.possible = false;
        Ok(found)
    }

    pub(crate) fn open_flow(&mut self) -> Result<(), Error> {
        self.outer_keys.push(self.key);
        self.key = PossibleKey {
            token: self.next_number(),
            ..PossibleKey::default()
        };
        if self.outer_keys.len() > MAX_DEPTH {
            return self.fail(ErrorKind::Depth);
        }
        Ok(())
    }

    pub(crate) fn close_flow(&mut self) {
        if let Some(key) = self.outer_keys.pop() {
            self.forget_key_at(self.key.token);
            self.key = key;
        }
    }
}
