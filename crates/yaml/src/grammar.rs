//! The grammar inside collections (`parserc.go:yaml_parser_parse_block_*`, `_flow_*`).

use crate::document::{Content, Style};
use crate::error::{Error, ErrorKind};
use crate::parser::{Parser, Place};
use crate::token::TokenKind;

/// What is expected next inside an open collection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum State {
    SequenceEntry,
    /// An entry of a list that is not deeper than the key it belongs to.
    IndentlessEntry,
    MappingKey,
    MappingValue,
    FlowSequenceEntry {
        first: bool,
    },
    /// The key, value and end of a mapping of one pair inside `[]`.
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey {
        first: bool,
    },
    FlowMappingValue,
    /// The value of a key without `:` inside `{}`.
    FlowMappingNoValue,
}

impl Parser<'_> {
    /// Continues a collection in that state.
    pub(crate) fn step(&mut self, state: State) -> Result<(), Error> {
        let next = self.scanner.peek()?;
        match state {
            State::SequenceEntry => match next {
                TokenKind::BlockEntry => {
                    self.states.push(state);
                    let next = self.advance()?;
                    self.node_unless(
                        matches!(next, TokenKind::BlockEntry | TokenKind::BlockEnd),
                        Place::Other,
                    )
                }
                TokenKind::BlockEnd => self.close(),
                _ => self.unexpected(next, ErrorKind::BlockList),
            },
            State::IndentlessEntry if next == TokenKind::BlockEntry => {
                self.states.push(state);
                let absent = matches!(
                    self.advance()?,
                    TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
                );
                self.node_unless(absent, Place::Other)
            }
            State::IndentlessEntry => {
                self.document.close(self.scanner.end());
                Ok(())
            }
            State::MappingKey => match next {
                TokenKind::Key => {
                    self.states.push(State::MappingValue);
                    self.block_key_or_value()
                }
                TokenKind::BlockEnd => self.close(),
                _ => self.unexpected(next, ErrorKind::BlockMapping),
            },
            State::MappingValue => {
                self.states.push(State::MappingKey);
                if next == TokenKind::Value {
                    return self.block_key_or_value();
                }
                self.nothing();
                Ok(())
            }
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first, next),
            State::FlowPairKey => {
                self.states.push(State::FlowPairValue);
                if matches!(
                    next,
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd
                ) {
                    // As in go-yaml the token is lost, so `[? , a]` lacks a comma.
                    self.scanner.take()?;
                    self.nothing();
                    return Ok(());
                }
                self.node(Place::Other)
            }
            State::FlowPairValue => {
                self.states.push(State::FlowPairEnd);
                self.flow_value(next, TokenKind::FlowSequenceEnd)
            }
            State::FlowPairEnd => {
                self.document.close(self.scanner.end());
                Ok(())
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first, next),
            State::FlowMappingValue => {
                self.states.push(State::FlowMappingKey { first: false });
                self.flow_value(next, TokenKind::FlowMappingEnd)
            }
            State::FlowMappingNoValue => {
                self.states.push(State::FlowMappingKey { first: false });
                self.nothing();
                Ok(())
            }
        }
    }

    /// Fails at a token that cannot continue a block collection.
    fn unexpected(&self, token: TokenKind, expected: ErrorKind) -> Result<(), Error> {
        self.fail(match token {
            TokenKind::Plain | TokenKind::Quoted => ErrorKind::Leftover,
            TokenKind::FlowSequenceEnd | TokenKind::FlowMappingEnd => ErrorKind::StrayBracket,
            _ => expected,
        })
    }

    fn close(&mut self) -> Result<(), Error> {
        self.scanner.take()?;
        self.document.close(self.scanner.end());
        Ok(())
    }

    fn node_unless(&mut self, absent: bool, place: Place) -> Result<(), Error> {
        if absent {
            self.nothing();
            return Ok(());
        }
        self.node(place)
    }

    fn block_key_or_value(&mut self) -> Result<(), Error> {
        let absent = matches!(
            self.advance()?,
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        );
        self.node_unless(absent, Place::BlockMapping)
    }

    fn flow_value(&mut self, mut next: TokenKind, end: TokenKind) -> Result<(), Error> {
        let mut absent = true;
        if next == TokenKind::Value {
            next = self.advance()?;
            absent = next == TokenKind::FlowEntry || next == end;
        }
        self.node_unless(absent, Place::Other)
    }

    fn flow_sequence_entry(&mut self, first: bool, mut next: TokenKind) -> Result<(), Error> {
        if next != TokenKind::FlowSequenceEnd && !first {
            if next != TokenKind::FlowEntry {
                return self.fail(ErrorKind::FlowList);
            }
            next = self.advance()?;
        }
        match next {
            TokenKind::FlowSequenceEnd => self.close(),
            TokenKind::Key => {
                let start = self.scanner.take()?.start;
                self.document.open(Content::Mapping(Style::Block), start);
                self.states.push(State::FlowSequenceEntry { first: false });
                self.states.push(State::FlowPairKey);
                Ok(())
            }
            _ => {
                self.states.push(State::FlowSequenceEntry { first: false });
                self.node(Place::Other)
            }
        }
    }

    fn flow_mapping_key(&mut self, first: bool, mut next: TokenKind) -> Result<(), Error> {
        if next != TokenKind::FlowMappingEnd && !first {
            if next != TokenKind::FlowEntry {
                return self.fail(ErrorKind::FlowMapping);
            }
            next = self.advance()?;
        }
        match next {
            TokenKind::FlowMappingEnd => self.close(),
            TokenKind::Key => {
                let next = self.advance()?;
                self.states.push(State::FlowMappingValue);
                let absent = matches!(
                    next,
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd
                );
                self.node_unless(absent, Place::Other)
            }
            _ => {
                self.states.push(State::FlowMappingNoValue);
                self.node(Place::Other)
            }
        }
    }
}
