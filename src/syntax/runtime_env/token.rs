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
    /// The line, from 1.
    pub line: u32,
    /// The name of an alias, anchor or tag handle.
    pub name: &'t str,
    /// The text of a scalar, the rest of a tag or the prefix of its handle.
    pub text: String,
    /// The flow level whose possible key starts here.
    pub key_level: Option<usize>,
}
