use std::fmt;

/// Why KubeRay refuses a `spec.runtimeEnvYAML`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line at fault or, in broken syntax, where reading stopped; from 1.
    pub line: u32,
    /// What is wrong there.
    pub kind: SyntaxErrorKind,
}

/// What can be wrong with a `spec.runtimeEnvYAML`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A control character, or another that YAML forbids.
    Character,
    /// A character that no value starts with.
    Start,
    /// A tab in front of the first character of a line.
    Tab,
    /// A key without its `:`.
    MissingColon,
    /// A `:` where no key is before it.
    StrayColon,
    /// A `?` where no key can be.
    StrayKey,
    /// A `-` where no list can be.
    StrayEntry,
    /// Something else than a comment or a line break.
    RestOfLine,
    /// Quotes that do not end within their document.
    OpenQuote,
    /// A backslash in double quotes with something unknown behind it.
    Escape,
    /// An indentation of 0 after `|` or `>`.
    Indentation,
    /// An anchor or alias without a name of ASCII letters, digits, `_` and `-`.
    AnchorName,
    /// A tag that is not written as tags are.
    TagSyntax,
    /// A tag whose handle no `%TAG` directive defines.
    TagHandle,
    /// A directive that is unknown, malformed or a second one of its kind.
    Directive,
    /// A `%YAML` directive for another version than 1.1.
    Version,
    /// Directives without a `---` behind them.
    MissingStart,
    /// A block list that goes on with something else than `-`.
    BlockList,
    /// A block mapping that goes on with something else than a key.
    BlockMapping,
    /// A `[` list without a `,` or `]`.
    FlowList,
    /// A `{` mapping without a `,` or `}`.
    FlowMapping,
    /// Something else where a value must be.
    MissingValue,
    /// More than 10,000 nested collections.
    Depth,
    /// The document is a list.
    List,
    /// The document is a string.
    Text,
    /// The document is a number.
    Number,
    /// The document is a boolean.
    Boolean,
    /// A key that is null, or nothing at all.
    NullKey,
    /// A key that is an integer above 2^63-1.
    HugeKey,
    /// A key that is a list or a mapping.
    CollectionKey,
    /// A value that is `.nan` or an infinity.
    NotFinite,
    /// A tag such as `!!int` before a text of another type.
    TagMismatch,
    /// A text after `!!binary` that is not base64.
    Base64,
    /// `<<` with something else than mappings.
    Merge,
    /// An alias whose anchor the document has not set before.
    UnknownAlias,
    /// An alias inside the node that it names.
    EndlessAlias,
    /// Nearly all of the document comes from repeating aliases.
    ManyAliases,
}

impl SyntaxErrorKind {
    pub(super) fn at(self, line: u32) -> SyntaxError {
        SyntaxError { line, kind: self }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Character => "control characters are not allowed",
            Self::Start => "no value starts with this character",
            Self::Tab => "a tab cannot indent",
            Self::MissingColon => "expected ':' after a key",
            Self::StrayColon => "':' is not allowed here",
            Self::StrayKey => "'?' is not allowed here",
            Self::StrayEntry => "'-' is not allowed here",
            Self::RestOfLine => "expected a comment or the end of the line",
            Self::OpenQuote => "the quotes are not closed",
            Self::Escape => "invalid escape in double quotes",
            Self::Indentation => "an indentation of 0 is not allowed",
            Self::AnchorName => "an anchor takes ASCII letters, digits, '_' and '-'",
            Self::TagSyntax => "malformed tag",
            Self::TagHandle => "no %TAG defines the handle of this tag",
            Self::Directive => "invalid % directive",
            Self::Version => "only %YAML 1.1 is understood",
            Self::MissingStart => "expected '---' after the % directives",
            Self::BlockList => "expected '-' or the end of the list",
            Self::BlockMapping => "expected a key or the end of the mapping",
            Self::FlowList => "expected ',' or ']'",
            Self::FlowMapping => "expected ',' or '}'",
            Self::MissingValue => "expected a value",
            Self::Depth => "nested deeper than 10000 levels",
            Self::List => "a list, not keys with values",
            Self::Text => "a string, not keys with values",
            Self::Number => "a number, not keys with values",
            Self::Boolean => "a boolean, not keys with values",
            Self::NullKey => "a key is null",
            Self::HugeKey => "a key is an integer above 9223372036854775807",
            Self::CollectionKey => "a key is a list or a mapping",
            Self::NotFinite => ".nan and .inf have no place in JSON",
            Self::TagMismatch => "the text does not fit its tag",
            Self::Base64 => "the !!binary text is not base64",
            Self::Merge => "'<<' needs a mapping or a list of mappings",
            Self::UnknownAlias => "an alias names an unknown anchor",
            Self::EndlessAlias => "an alias stands inside the node it names",
            Self::ManyAliases => "too much of the document comes from aliases",
        }
    }
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}
