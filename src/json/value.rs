//! JSON of which nothing is known beforehand.

use super::leaf::sorted;
use super::{Fields, Items, Leaf, Present, Slot, Text};

/// A JSON value; the items of a list are not kept.
#[derive(Debug, Default)]
pub enum Json<'a> {
    /// There is none.
    #[default]
    Absent,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as it is written.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
    /// A list.
    List(Ignored),
    /// An object, its keys in the order in which they are written.
    Object(Vec<(Text<'a>, Json<'a>)>),
}

/// The items of a list of which none is kept.
#[derive(Debug, Default)]
pub struct Ignored(Present);

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
    fn expected(&self) -> &'static str {
        "a value"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn null(&mut self) {
        *self = Self::Null;
    }

    fn take(&mut self, leaf: Leaf<'a>) -> bool {
        *self = match leaf {
            Leaf::Boolean(value) => Self::Boolean(value),
            Leaf::Number(number) => Self::Number(number),
            Leaf::Text(text) => Self::Text(text),
        };
        true
    }

    fn fields(&mut self) -> Option<&mut dyn Fields<'a>> {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Vec::new());
        }
        Some(self)
    }

    fn items(&mut self) -> Option<&mut dyn Items<'a>> {
        *self = Self::List(Ignored::default());
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

impl<'a> Fields<'a> for Json<'a> {
    fn entry(&mut self, key: Text<'a>) -> Option<&mut dyn Slot<'a>> {
        let Self::Object(entries) = self else {
            return None;
        };
        entries.push((key, Self::Absent));
        entries.last_mut().map(|(_, value)| value as _)
    }

    fn close(&mut self) -> bool {
        let Self::Object(entries) = self else {
            return true;
        };
        let keys = sorted(entries.iter().map(|(key, _)| key).collect());
        keys.windows(2)
            .all(|pair| !matches!(pair, [a, b] if a == b))
    }
}

impl<'a> Items<'a> for Ignored {
    fn push(&mut self) -> Option<&mut dyn Slot<'a>> {
        Some(&mut self.0)
    }
}
