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

impl<'a> Json<'a> {
    /// The value of a key of an object; [`Json::Absent`] if there is none.
    pub fn get(&self, key: &str) -> &Self {
        let Self::Object(entries) = self else {
            return &Json::Absent;
        };
        let index = entries.binary_search_by(|(name, _)| (**name).cmp(key));
        let entry = index.ok().and_then(|index| entries.get(index));
        entry.map_or(&Json::Absent, |(_, value)| value)
    }

    /// Whether there is a value that is not `null`.
    pub fn is_set(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The text of a string; empty if it is something else.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The items of a list; none if it is something else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

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
