//! Values that are read and kept as text too.

use std::ops::Deref;

use super::{Place, Slot};

/// An object with the text it was read from, which holds what the view leaves
/// out.
#[derive(Debug, Default)]
pub struct WithSource<'a, T> {
    value: T,
    source: &'a [u8],
}

impl<'a, T> WithSource<'a, T> {
    /// The JSON that it was read from.
    pub fn source(&self) -> &'a [u8] {
        self.source
    }
}

impl<T> Deref for WithSource<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'a, T: Slot<'a>> Slot<'a> for WithSource<'a, T> {
    fn place(&mut self) -> Place<'_, 'a> {
        match self.value.place() {
            Place::Object(keys, fields) => Place::WithSource(keys, fields, &mut self.source),
            other => other,
        }
    }
}
