//! Values that are read only when accessed.

use std::cell::OnceCell;
use std::ops::Deref;

use super::{Path, Place, ReadError, Slot, empty, read};

/// A value that is read at its first access, because in most objects there is
/// none: the environment of a worker matters to one rule, behind a feature gate.
///
/// A value that cannot be read is its default; after an access, check for the
/// [error](Self::error).
#[derive(Debug)]
pub struct Lazy<'a, T> {
    text: &'a [u8],
    value: OnceCell<(T, Option<ReadError>)>,
}

impl<T> Default for Lazy<'_, T> {
    fn default() -> Self {
        Self {
            text: b"",
            value: OnceCell::new(),
        }
    }
}

impl<T> Lazy<'_, T> {
    /// Why the value could not be read, if an access has failed.
    pub fn error(&self, at: impl FnOnce() -> Path) -> Option<ReadError> {
        let (_, error) = self.value.get()?;
        error.as_ref().map(|error| error.clone().below(at()))
    }
}

impl<'a, T: Slot<'a> + Default> Deref for Lazy<'a, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let (value, _) = self.value.get_or_init(|| match self.text {
            b"" => (empty(), None),
            text => match read(text) {
                Ok(value) => (value, None),
                Err(error) => (empty(), Some(error)),
            },
        });
        value
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for Lazy<'a, T> {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Source(&mut self.text)
    }
}
