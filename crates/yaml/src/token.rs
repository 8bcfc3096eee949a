//! The tokens of YAML.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
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
    Block,
}

#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub kind: TokenKind,
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends; 0 for a token that is only implied.
    pub end: usize,
    /// The name of an alias, anchor or tag handle.
    pub name: &'t str,
    /// The text of a scalar, the rest of a tag or the prefix of its handle.
    pub text: Cow<'t, str>,
    /// The flow level whose possible key starts here.
    pub key_level: Option<usize>,
}
