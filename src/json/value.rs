//! JSON of which nothing is known beforehand.

use super::leaf::sorted;
use super::{Fields, Items, Leaf, Slot, Text};
use crate::syntax::quantity::Quantity;

/// A JSON value.
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
    List(Vec<Json<'a>>),
    /// An object, its keys in the order in which they are written.
    Object(Vec<(Text<'a>, Json<'a>)>),
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

    /// Whether both are the same to a reader who takes an absent field for one
    /// with its zero value and `1000m` for `1`. The operator and other writers
    /// in Go send back what they have read like this.
    pub fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(a), Self::Object(b)) => {
                let mut keys = a.iter().chain(b);
                keys.all(|(key, _)| value(a, key).means(value(b, key)))
            }
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.means(b))
            }
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Text(a), Self::Text(b)) if a == b => true,
            (Self::Number(a), Self::Number(b)) if a == b => true,
            _ => {
                let value = self.quantity();
                (self.is_zero() && other.is_zero())
                    || (value.is_some() && value == other.quantity())
            }
        }
    }

    /// Whether a writer in Go may leave it out.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Boolean(value) => !value,
            Self::Number(_) => self.quantity() == Some(Quantity::ZERO),
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(entries) => entries.iter().all(|(_, value)| value.is_zero()),
        }
    }

    fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Number(text) => Quantity::parse(text),
            Self::Text(text) => Quantity::parse(text),
            _ => None,
        }
    }
}

/// The value of a key.
fn value<'j>(entries: &'j [(Text<'_>, Json<'j>)], key: &str) -> &'j Json<'j> {
    static ABSENT: Json<'static> = Json::Absent;
    let entry = entries.iter().find(|(k, _)| **k == *key);
    entry.map_or(&ABSENT, |(_, value)| value)
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
        *self = Self::List(Vec::new());
        Some(self)
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

impl<'a> Items<'a> for Json<'a> {
    fn push(&mut self) -> Option<&mut dyn Slot<'a>> {
        let Self::List(items) = self else {
            return None;
        };
        items.push(Self::Absent);
        items.last_mut().map(|item| item as _)
    }
}
