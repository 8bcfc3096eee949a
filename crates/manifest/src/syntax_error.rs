//! Why a part of a text is not read.

use std::ops::Range;

/// A part of a text that breaks the grammar of YAML or JSON, or a limit of their readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The part, in bytes.
    pub span: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
}

impl SyntaxError {
    pub(crate) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { span, message }
    }
}
