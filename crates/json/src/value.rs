//! JSON without a known shape.

use super::{Place, Slot, Text};

/// A JSON value.
#[derive(Debug, Default)]
pub enum Json<'a> {
    /// No value.
    #[default]
    Absent,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
    /// A list.
    List(Vec<Self>),
    /// An object, sorted by key.
    Object(Vec<(Text<'a>, Self)>),
}

impl Json<'_> {
    /// The kind of the value, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Absent => "nothing",
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'a> Slot<'a> for Json<'a> {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Any(self)
    }

    fn null(&mut self) {
        *self = Self::Null;
    }
}
