//! The grammar inside collections (`parserc.go:yaml_parser_parse_block_*`, `_flow_*`).

use super::error::{SyntaxError, SyntaxErrorKind};
use super::parser::{Parser, Place};
use super::token::Kind;
use super::tree::Content;

/// What is expected next inside an open collection.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
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
    pub(super) fn step(&mut self, state: State) -> Result<(), SyntaxError> {
        let next = self.scanner.peek()?;
        match state {
            State::SequenceEntry => match next {
                Kind::BlockEntry => {
                    self.states.push(state);
                    let next = self.advance()?;
                    self.node_unless(
                        matches!(next, Kind::BlockEntry | Kind::BlockEnd),
                        Place::Block,
                    )
                }
                Kind::BlockEnd => self.close(),
                _ => self.fail(SyntaxErrorKind::BlockList),
            },
            State::IndentlessEntry if next == Kind::BlockEntry => {
                self.states.push(state);
                let absent = matches!(
                    self.advance()?,
                    Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd
                );
                self.node_unless(absent, Place::Block)
            }
            State::IndentlessEntry => {
                self.tree.close();
                Ok(())
            }
            State::MappingKey => match next {
                Kind::Key => {
                    self.states.push(State::MappingValue);
                    self.block_key_or_value()
                }
                Kind::BlockEnd => self.close(),
                _ => self.fail(SyntaxErrorKind::BlockMapping),
            },
            State::MappingValue => {
                self.states.push(State::MappingKey);
                if next == Kind::Value {
                    return self.block_key_or_value();
                }
                self.nothing();
                Ok(())
            }
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first, next),
            State::FlowPairKey => {
                self.states.push(State::FlowPairValue);
                if matches!(next, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
                    // As in go-yaml the token is lost, so `[? , a]` lacks a comma.
                    self.scanner.take()?;
                    self.nothing();
                    return Ok(());
                }
                self.node(Place::Flow)
            }
            State::FlowPairValue => {
                self.states.push(State::FlowPairEnd);
                self.flow_value(next, Kind::FlowSequenceEnd)
            }
            State::FlowPairEnd => {
                self.tree.close();
                Ok(())
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first, next),
            State::FlowMappingValue => {
                self.states.push(State::FlowMappingKey { first: false });
                self.flow_value(next, Kind::FlowMappingEnd)
            }
            State::FlowMappingNoValue => {
                self.states.push(State::FlowMappingKey { first: false });
                self.nothing();
                Ok(())
            }
        }
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        self.scanner.take()?;
        self.tree.close();
        Ok(())
    }

    fn node_unless(&mut self, absent: bool, place: Place) -> Result<(), SyntaxError> {
        if absent {
            self.nothing();
            return Ok(());
        }
        self.node(place)
    }

    fn block_key_or_value(&mut self) -> Result<(), SyntaxError> {
        let absent = matches!(self.advance()?, Kind::Key | Kind::Value | Kind::BlockEnd);
        self.node_unless(absent, Place::BlockOrIndentless)
    }

    fn flow_value(&mut self, mut next: Kind, end: Kind) -> Result<(), SyntaxError> {
        let mut absent = true;
        if next == Kind::Value {
            next = self.advance()?;
            absent = next == Kind::FlowEntry || next == end;
        }
        self.node_unless(absent, Place::Flow)
    }

    fn flow_sequence_entry(&mut self, first: bool, mut next: Kind) -> Result<(), SyntaxError> {
        if next != Kind::FlowSequenceEnd && !first {
            if next != Kind::FlowEntry {
                return self.fail(SyntaxErrorKind::FlowList);
            }
            next = self.advance()?;
        }
        match next {
            Kind::FlowSequenceEnd => self.close(),
            Kind::Key => {
                let line = self.scanner.line();
                self.scanner.take()?;
                self.tree.open(Content::Mapping, line);
                self.states.push(State::FlowSequenceEntry { first: false });
                self.states.push(State::FlowPairKey);
                Ok(())
            }
            _ => {
                self.states.push(State::FlowSequenceEntry { first: false });
                self.node(Place::Flow)
            }
        }
    }

    fn flow_mapping_key(&mut self, first: bool, mut next: Kind) -> Result<(), SyntaxError> {
        if next != Kind::FlowMappingEnd && !first {
            if next != Kind::FlowEntry {
                return self.fail(SyntaxErrorKind::FlowMapping);
            }
            next = self.advance()?;
        }
        match next {
            Kind::FlowMappingEnd => self.close(),
            Kind::Key => {
                let next = self.advance()?;
                self.states.push(State::FlowMappingValue);
                let absent = matches!(next, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd);
                self.node_unless(absent, Place::Flow)
            }
            _ => {
                self.states.push(State::FlowMappingNoValue);
                self.node(Place::Flow)
            }
        }
    }
}
