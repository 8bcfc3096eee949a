//! From text to tokens, as in go-yaml v2 `scannerc.go`.

use std::collections::VecDeque;

use super::error::{SyntaxError, SyntaxErrorKind};
use super::reader::{Mark, Reader};
use super::token::{Kind, Token};

/// The maximum nesting of block and of flow collections
/// (`scannerc.go:max_indents`, `max_flow_level`).
const MAX_DEPTH: usize = 10_000;

/// The maximum length of a key without `?`, in characters.
const MAX_KEY_LENGTH: usize = 1024;

/// A node that a later `:` can turn into a key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PossibleKey {
    possible: bool,
    /// In block context at the start of a line: only a key can stand here.
    required: bool,
    /// The number of its first token.
    pub token: usize,
    pub mark: Mark,
}

/// Returns tokens, reading ahead only as far as necessary: text after the first document is
/// never read, so its errors never count.
pub(super) struct Scanner<'t> {
    pub(super) reader: Reader<'t>,
    tokens: VecDeque<Token<'t>>,
    /// The number of tokens returned, which is the number of the first in the queue.
    taken: usize,
    /// Whether no token can be inserted before the first in the queue any more.
    head_is_sure: bool,
    /// The column of the innermost block collection; -1 outside all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
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
    pub fn peek(&mut self) -> Result<Kind, SyntaxError> {
        if !self.head_is_sure {
            self.fetch_more()?;
            self.head_is_sure = true;
        }
        Ok(self
            .tokens
            .front()
            .map_or(Kind::StreamEnd, |head| head.kind))
    }

    /// Takes the next token.
    ///
    /// # Errors
    /// As [`Scanner::peek`].
    pub fn take(&mut self) -> Result<Token<'t>, SyntaxError> {
        self.peek()?;
        self.head_is_sure = false;
        self.taken = self.taken.saturating_add(1);
        let end = self.token(Kind::StreamEnd, self.reader.mark());
        Ok(self.tokens.pop_front().unwrap_or(end))
    }

    /// The line of the next token if it has been read, otherwise of the cursor; from 1.
    pub fn line(&self) -> u32 {
        match self.tokens.front() {
            Some(head) => head.line,
            None => self.reader.mark().line.saturating_add(1),
        }
    }

    pub(super) fn fail<T>(&self, kind: SyntaxErrorKind) -> Result<T, SyntaxError> {
        Err(syntax(self.reader.mark(), kind))
    }

    fn fetch_more(&mut self) -> Result<(), SyntaxError> {
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

    pub(super) fn skip_to_token(&mut self) -> Result<(), SyntaxError> {
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

    pub(super) fn skip_comment(&mut self) -> Result<(), SyntaxError> {
        if self.reader.at(0) == b'#' {
            while !self.reader.is_break_or_end() {
                self.reader.skip();
                self.reader.need(1)?;
            }
        }
        Ok(())
    }

    /// Skips blanks, a comment and the line break; nothing else is allowed there.
    pub(super) fn skip_rest_of_line(&mut self) -> Result<(), SyntaxError> {
        self.skip_blanks()?;
        self.skip_comment()?;
        if !self.reader.is_break_or_end() {
            return self.fail(SyntaxErrorKind::RestOfLine);
        }
        self.reader.need(2)?;
        self.reader.skip_break();
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        self.reader.need(1)?;
        while self.reader.is_blank(0) {
            self.reader.skip();
            self.reader.need(1)?;
        }
        Ok(())
    }

    pub(super) fn in_flow(&self) -> bool {
        !self.outer_keys.is_empty()
    }

    pub(super) fn token(&self, kind: Kind, mark: Mark) -> Token<'t> {
        Token {
            kind,
            line: mark.line.saturating_add(1),
            name: "",
            text: String::new(),
            key_level: None,
        }
    }

    pub(super) fn push(&mut self, mut token: Token<'t>) {
        token.key_level = self.next_key_level.take();
        self.tokens.push_back(token);
    }

    pub(super) fn push_indicator(&mut self, kind: Kind) {
        let token = self.token(kind, self.reader.mark());
        self.reader.skip();
        self.push(token);
    }

    /// Inserts a token before the one with that number, or at the end if that one is gone.
    pub(super) fn insert(&mut self, number: usize, kind: Kind, mark: Mark) {
        let token = self.token(kind, mark);
        match number.checked_sub(self.taken) {
            Some(place) if place < self.tokens.len() => self.tokens.insert(place, token),
            _ => self.tokens.push_back(token),
        }
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

    pub(super) fn next_number(&self) -> usize {
        self.taken.saturating_add(self.tokens.len())
    }

    fn key_at(&mut self, level: usize) -> &mut PossibleKey {
        self.outer_keys.get_mut(level).unwrap_or(&mut self.key)
    }

    fn may_be_key(&mut self, level: usize) -> Result<bool, SyntaxError> {
        let here = self.reader.mark();
        let key = self.key_at(level);
        let in_reach = key.mark.line >= here.line
            && key.mark.index.saturating_add(MAX_KEY_LENGTH) >= here.index;
        if key.possible && !in_reach {
            if key.required {
                return Err(syntax(key.mark, SyntaxErrorKind::MissingColon));
            }
            key.possible = false;
        }
        Ok(key.possible)
    }

    /// Records that the next token can start a key.
    pub(super) fn save_key(&mut self) -> Result<(), SyntaxError> {
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

    pub(super) fn drop_key(&mut self) -> Result<(), SyntaxError> {
        if self.key.possible && self.key.required {
            return Err(syntax(self.key.mark, SyntaxErrorKind::MissingColon));
        }
        self.key.possible = false;
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the current one.
    pub(super) fn open_block(
        &mut self,
        kind: Kind,
        mark: Mark,
        number: usize,
    ) -> Result<(), SyntaxError> {
        if self.in_flow() || self.indent >= mark.column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = mark.column;
        if self.indents.len() > MAX_DEPTH {
            return self.fail(SyntaxErrorKind::Depth);
        }
        self.insert(number, kind, mark);
        Ok(())
    }

    /// Closes the block collections that are deeper than the column.
    pub(super) fn close_blocks(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            let token = self.token(Kind::BlockEnd, self.reader.mark());
            self.tokens.push_back(token);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    pub(super) fn leave_blocks(&mut self) -> Result<(), SyntaxError> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        Ok(())
    }

    /// The key that a `:` at the cursor ends, if there is one.
    pub(super) fn take_key(&mut self) -> Result<Option<PossibleKey>, SyntaxError> {
        let found = self.may_be_key(self.outer_keys.len())?.then_some(self.key);
        self.key.possible = false;
        Ok(found)
    }

    pub(super) fn open_flow(&mut self) -> Result<(), SyntaxError> {
        self.outer_keys.push(self.key);
        self.key = PossibleKey {
            token: self.next_number(),
            ..PossibleKey::default()
        };
        if self.outer_keys.len() > MAX_DEPTH {
            return self.fail(SyntaxErrorKind::Depth);
        }
        Ok(())
    }

    pub(super) fn close_flow(&mut self) {
        if let Some(key) = self.outer_keys.pop() {
            self.forget_key_at(self.key.token);
            self.key = key;
        }
    }
}

fn syntax(mark: Mark, kind: SyntaxErrorKind) -> SyntaxError {
    kind.at(mark.line.saturating_add(1))
}
