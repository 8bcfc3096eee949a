//! The slots of views.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use super::{Items, Place, Slot};

/// A 32-bit integer, read as the API server reads one: `3.0` and `1e2` are
/// whole numbers, `3.5`, `"3"` and `2147483648` are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int(pub i32);

/// A string, borrowed from the input unless it contains escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(pub(super) Cow<'a, str>);

/// A JSON list; an item that is `null` is the item's default, as in Go.
#[derive(Debug)]
pub struct List<T>(Vec<T>);

/// A JSON object of strings, sorted by key; a value that is `null` is the
/// empty string, as in Go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StringMap<'a>(Vec<(Text<'a>, Text<'a>)>);

/// Whether a field is present, regardless of its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present(pub bool);

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a> Slot<'a> for Int {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Integer(&mut self.0)
    }
}

impl<'a> Slot<'a> for bool {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Boolean(self)
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> Slot<'a> for Text<'a> {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Text(self)
    }
}

impl<'a> Slot<'a> for Present {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Presence(&mut self.0)
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for Option<T> {
    fn place(&mut self) -> Place<'_, 'a> {
        self.get_or_insert_default().place()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for List<T> {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::List(self)
    }
}

impl<'a, T: Slot<'a> + Default> Items<'a> for List<T> {
    fn push(&mut self) -> Option<Place<'_, 'a>> {
        self.0.push(T::default());
        self.0.last_mut().map(Slot::place)
    }
}

impl<'a> StringMap<'a> {
    /// The place for an object that keeps only the strings with matching keys.
    pub fn place_for(&mut self, is_kept: fn(&str) -> bool) -> Place<'_, 'a> {
        Place::Texts(is_kept, &mut self.0)
    }

    /// The value of a key, if present.
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }
}

impl<'a> Deref for StringMap<'a> {
    type Target = [(Text<'a>, Text<'a>)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Slot<'a> for StringMap<'a> {
    fn place(&mut self) -> Place<'_, 'a> {
        self.place_for(|_| true)
    }
}
