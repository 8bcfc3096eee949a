use std::fmt;

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// Where, in bytes: what is wrong or, in broken syntax, where reading stopped.
    pub at: usize,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A control character, or another one that YAML forbids.
    Character,
    /// A character that no value starts with.
    Start,
    /// A tab where a line is indented.
    Tab,
    /// A key without its `:`.
    MissingColon,
    /// A `:` with no key before it.
    StrayColon,
    /// A `?` where no key can be.
    StrayKey,
    /// A `-` where no list can be.
    StrayEntry,
    /// Something other than a comment or a line break.
    RestOfLine,
    /// Quotes that do not end within their document.
    OpenQuote,
    /// A backslash in double quotes followed by something unknown.
    Escape,
    /// An indentation of 0 after `|` or `>`.
    Indentation,
    /// An anchor or alias without a name of ASCII letters, digits, `_` and `-`.
    AnchorName,
    /// A malformed tag.
    TagSyntax,
    /// A tag whose handle no `%TAG` directive defines.
    TagHandle,
    /// A directive that is unknown, malformed or repeated.
    Directive,
    /// A `%YAML` directive for a version other than 1.1.
    Version,
    /// Directives without a `---` after them.
    MissingStart,
    /// Something behind a document other than `---`. Kubernetes never reads it.
    MissingEnd,
    /// Text behind a value that has ended, such as a string in quotes.
    Leftover,
    /// A closing bracket without an opening one.
    StrayBracket,
    /// A block list that continues with something other than `-`.
    BlockList,
    /// A block mapping that continues with something other than a key.
    BlockMapping,
    /// A `[` list without a `,` or `]`.
    FlowList,
    /// A `{` mapping without a `,` or `}`.
    FlowMapping,
    /// Something else where a value is required.
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
    /// A key that is null or missing.
    NullKey,
    /// A key that is an integer above 2^63-1.
    HugeKey,
    /// A key that is a list or a mapping.
    CollectionKey,
    /// A value that is `.nan` or an infinity.
    NotFinite,
    /// A tag such as `!!int` on a value of another type.
    TagMismatch,
    /// A `!!binary` value that is not base64.
    Base64,
    /// `<<` with something other than mappings.
    Merge,
    /// An alias whose anchor is not set earlier in the document.
    UnknownAlias,
    /// An alias inside the node that it names.
    EndlessAlias,
    /// Nearly all of the document comes from repeating aliases.
    ManyAliases,
}

impl ErrorKind {
    pub(crate) fn at(self, at: usize) -> Error {
        Error { at, kind: self }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Character => "control characters are not allowed",
            Self::Start => "a value cannot start with this character",
            Self::Tab => "tabs cannot be used for indentation",
            Self::MissingColon => "expected ':' after a key",
            Self::StrayColon => "':' is not allowed here",
            Self::StrayKey => "'?' is not allowed here",
            Self::StrayEntry => "'-' is not allowed here",
            Self::RestOfLine => "expected a comment or the end of the line",
            Self::OpenQuote => "the closing quote is missing",
            Self::Escape => "invalid escape in double quotes",
            Self::Indentation => "an indentation of 0 is not allowed",
            Self::AnchorName => "an anchor name must consist of ASCII letters, digits, '_' and '-'",
            Self::TagSyntax => "malformed tag",
            Self::TagHandle => "no %TAG directive defines the handle of this tag",
            Self::Directive => "invalid % directive",
            Self::Version => "only %YAML 1.1 is supported",
            Self::MissingStart => "expected '---' after the % directives",
            Self::MissingEnd => {
                "the document ends before this: indent it as the rest, or write '---' first"
            }
            Self::Leftover => "unexpected text after a value",
            Self::StrayBracket => "no bracket is open here",
            Self::BlockList => "expected '-' or the end of the list",
            Self::BlockMapping => "expected a key or the end of the mapping",
            Self::FlowList => "expected ',' or ']'",
            Self::FlowMapping => "expected ',' or '}'",
            Self::MissingValue => "expected a value",
            Self::Depth => "nested deeper than 10000 levels",
            Self::List => "a list, not a mapping",
            Self::Text => "a string, not a mapping",
            Self::Number => "a number, not a mapping",
            Self::Boolean => "a boolean, not a mapping",
            Self::NullKey => "a key is null",
            Self::HugeKey => "a key is an integer above 9223372036854775807",
            Self::CollectionKey => "a key is a list or a mapping",
            Self::NotFinite => ".nan and .inf are not valid in JSON",
            Self::TagMismatch => "the value does not match its tag",
            Self::Base64 => "the !!binary value is not valid base64",
            Self::Merge => "'<<' needs a mapping or a list of mappings",
            Self::UnknownAlias => "an alias refers to an undefined anchor",
            Self::EndlessAlias => "an alias refers to a node that contains it",
            Self::ManyAliases => "too much of the document comes from aliases",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}
