//! From text to tokens, as go-yaml v2 `scannerc.go` does it.

use std::collections::VecDeque;

use super::fault::{Fault, Problem};
use super::reader::{Mark, Reader};

/// How deep block and flow collections may be nested, each
/// (`scannerc.go:max_indents`, `max_flow_level`).
const MAX_DEPTH: usize = 10_000;

/// How many characters a key without `?` may span.
const MAX_KEY_LENGTH: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    StreamEnd,
    /// A `%YAML` directive; whether it names version 1.1.
    Version(bool),
    TagDirective,
    DocumentStart,
    DocumentEnd,
    SequenceStart,
    MappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Plain,
    Quoted,
}

#[derive(Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    /// Line, from 1.
    pub line: u32,
    /// The name of an alias, anchor or tag handle.
    pub name: &'t str,
    /// The text of a scalar, the rest of a tag or what its handle stands for.
    pub text: String,
    /// The flow level whose possible key starts here.
    key_level: Option<usize>,
}

/// A node that a `:` may yet turn into a key.
#[derive(Debug, Clone, Copy, Default)]
struct PossibleKey {
    possible: bool,
    /// In block context at the start of a line: nothing but a key can stand here.
    required: bool,
    token: usize,
    mark: Mark,
}

/// Hands out tokens, reading no further ahead than it must: what follows the first document
/// is never seen, so its errors never count.
pub(super) struct Scanner<'t> {
    pub(super) reader: Reader<'t>,
    tokens: VecDeque<Token<'t>>,
    taken: usize,
    head_is_sure: bool,
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    key: PossibleKey,
    outer_keys: Vec<PossibleKey>,
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
    /// The text up to where the next token is certain is not YAML.
    pub fn peek(&mut self) -> Result<Kind, Fault> {
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
    pub fn take(&mut self) -> Result<Token<'t>, Fault> {
        self.peek()?;
        self.head_is_sure = false;
        self.taken = self.taken.saturating_add(1);
        let end = self.token(Kind::StreamEnd, self.reader.mark());
        Ok(self.tokens.pop_front().unwrap_or(end))
    }

    /// The line of the next token if it has been read, else of the cursor; from 1.
    pub fn line(&self) -> u32 {
        match self.tokens.front() {
            Some(head) => head.line,
            None => self.reader.mark().line.saturating_add(1),
        }
    }

    pub(super) fn fail<T>(&self, problem: Problem) -> Result<T, Fault> {
        Err(syntax(self.reader.mark(), problem))
    }

    fn fetch_more(&mut self) -> Result<(), Fault> {
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

    fn fetch_next(&mut self) -> Result<(), Fault> {
        self.reader.need(1)?;
        self.skip_to_token()?;
        self.close_blocks(self.reader.mark().column);
        self.reader.need(4)?;

        let reader = &self.reader;
        let flow = self.in_flow();
        let alone = reader.is_blank_break_or_end(1);
        match reader.at(0) {
            0 => self.fetch_stream_end(),
            b'%' if reader.mark().column == 0 => self.fetch_directive(),
            b'-' if reader.is_document_marker() => self.fetch_document_marker(Kind::DocumentStart),
            b'.' if reader.is_document_marker() => self.fetch_document_marker(Kind::DocumentEnd),
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if alone => self.fetch_block_entry(),
            b'?' if flow || alone => self.fetch_key(),
            b':' if flow || alone => self.fetch_value(),
            b'*' => self.fetch_node(Kind::Alias, Self::scan_name),
            b'&' => self.fetch_node(Kind::Anchor, Self::scan_name),
            b'!' => self.fetch_node(Kind::Tag, Self::scan_tag),
            b'|' if !flow => self.fetch_block_scalar(true),
            b'>' if !flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_node(Kind::Quoted, |s, into| s.scan_quoted(true, into)),
            b'"' => self.fetch_node(Kind::Quoted, |s, into| s.scan_quoted(false, into)),
            b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => self.fail(Problem::Start),
            _ => self.fetch_node(Kind::Plain, Self::scan_plain),
        }
    }

    fn skip_to_token(&mut self) -> Result<(), Fault> {
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

    pub(super) fn skip_comment(&mut self) -> Result<(), Fault> {
        if self.reader.at(0) == b'#' {
            while !self.reader.is_break_or_end() {
                self.reader.skip();
                self.reader.need(1)?;
            }
        }
        Ok(())
    }

    /// Moves over blanks, a comment and the line break; nothing else may stand there.
    pub(super) fn skip_rest_of_line(&mut self) -> Result<(), Fault> {
        self.skip_blanks()?;
        self.skip_comment()?;
        if !self.reader.is_break_or_end() {
            return self.fail(Problem::RestOfLine);
        }
        self.reader.need(2)?;
        self.reader.skip_break();
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) -> Result<(), Fault> {
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

    fn token(&self, kind: Kind, mark: Mark) -> Token<'t> {
        Token {
            kind,
            line: mark.line.saturating_add(1),
            name: "",
            text: String::new(),
            key_level: None,
        }
    }

    fn push(&mut self, mut token: Token<'t>) {
        token.key_level = self.next_key_level.take();
        self.tokens.push_back(token);
    }

    fn push_indicator(&mut self, kind: Kind) {
        let token = self.token(kind, self.reader.mark());
        self.reader.skip();
        self.push(token);
    }

    /// Inserts a token before the one with that number; behind all if that one is gone.
    fn insert(&mut self, number: usize, kind: Kind, mark: Mark) {
        let token = self.token(kind, mark);
        match number.checked_sub(self.taken) {
            Some(place) if place < self.tokens.len() => self.tokens.insert(place, token),
            _ => self.tokens.push_back(token),
        }
    }

    /// Stops waiting for a `:` before the token with that number is handed out.
    ///
    /// At the end of an empty flow collection that is the token of its start, so that go-yaml
    /// takes `{}: a` for an empty mapping with something behind it.
    fn forget_key_at(&mut self, number: usize) {
        let place = number.checked_sub(self.taken);
        if let Some(token) = place.and_then(|place| self.tokens.get_mut(place)) {
            token.key_level = None;
        }
    }

    fn next_number(&self) -> usize {
        self.taken.saturating_add(self.tokens.len())
    }

    fn key_at(&mut self, level: usize) -> &mut PossibleKey {
        self.outer_keys.get_mut(level).unwrap_or(&mut self.key)
    }

    fn may_be_key(&mut self, level: usize) -> Result<bool, Fault> {
        let here = self.reader.mark();
        let key = self.key_at(level);
        let in_reach = key.mark.line >= here.line
            && key.mark.index.saturating_add(MAX_KEY_LENGTH) >= here.index;
        if key.possible && !in_reach {
            if key.required {
                return Err(syntax(key.mark, Problem::MissingColon));
            }
            key.possible = false;
        }
        Ok(key.possible)
    }

    /// Notes that the next token may start a key.
    fn save_key(&mut self) -> Result<(), Fault> {
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

    fn drop_key(&mut self) -> Result<(), Fault> {
        if self.key.possible && self.key.required {
            return Err(syntax(self.key.mark, Problem::MissingColon));
        }
        self.key.possible = false;
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the present one.
    fn open_block(&mut self, kind: Kind, mark: Mark, number: usize) -> Result<(), Fault> {
        if self.in_flow() || self.indent >= mark.column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = mark.column;
        if self.indents.len() > MAX_DEPTH {
            return self.fail(Problem::Depth);
        }
        self.insert(number, kind, mark);
        Ok(())
    }

    /// Closes the block collections that are deeper than the column.
    fn close_blocks(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            let token = self.token(Kind::BlockEnd, self.reader.mark());
            self.tokens.push_back(token);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn leave_blocks(&mut self) -> Result<(), Fault> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), Fault> {
        self.reader.finish_line();
        self.leave_blocks()?;
        let token = self.token(Kind::StreamEnd, self.reader.mark());
        self.push(token);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Fault> {
        self.leave_blocks()?;
        let mut token = self.token(Kind::TagDirective, self.reader.mark());
        self.scan_directive(&mut token)?;
        self.push(token);
        Ok(())
    }

    fn fetch_document_marker(&mut self, kind: Kind) -> Result<(), Fault> {
        self.leave_blocks()?;
        self.push_indicator(kind);
        self.reader.skip();
        self.reader.skip();
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind) -> Result<(), Fault> {
        self.save_key()?;
        self.outer_keys.push(self.key);
        self.key = PossibleKey {
            token: self.next_number(),
            ..PossibleKey::default()
        };
        if self.outer_keys.len() > MAX_DEPTH {
            return self.fail(Problem::Depth);
        }
        self.key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind) -> Result<(), Fault> {
        self.drop_key()?;
        if let Some(key) = self.outer_keys.pop() {
            self.forget_key_at(self.key.token);
            self.key = key;
        }
        self.key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Fault> {
        self.drop_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Fault> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.fail(Problem::StrayEntry);
            }
            self.open_block(Kind::SequenceStart, self.reader.mark(), self.next_number())?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Fault> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.fail(Problem::StrayKey);
            }
            self.open_block(Kind::MappingStart, self.reader.mark(), self.next_number())?;
        }
        self.drop_key()?;
        self.key_allowed = !self.in_flow();
        self.push_indicator(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Fault> {
        if self.may_be_key(self.outer_keys.len())? {
            let PossibleKey { token, mark, .. } = self.key;
            self.insert(token, Kind::Key, mark);
            self.open_block(Kind::MappingStart, mark, token)?;
            self.key.possible = false;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return self.fail(Problem::StrayColon);
                }
                self.open_block(Kind::MappingStart, self.reader.mark(), self.next_number())?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(Kind::Value);
        Ok(())
    }

    /// Fetches a token that may start a key and that no key can follow.
    fn fetch_node(
        &mut self,
        kind: Kind,
        scan: fn(&mut Self, &mut Token<'t>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        let mut token = self.token(kind, self.reader.mark());
        scan(self, &mut token)?;
        self.push(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Fault> {
        self.drop_key()?;
        self.key_allowed = true;
        let mut token = self.token(Kind::Quoted, self.reader.mark());
        self.scan_block_scalar(literal, &mut token)?;
        self.push(token);
        Ok(())
    }
}

fn syntax(mark: Mark, problem: Problem) -> Fault {
    problem.at(mark.line.saturating_add(1))
}
