//! Lists that are read only when accessed.

use std::cell::OnceCell;
use std::ops::Deref;

use super::{List, Path, Place, ReadError, Slot, read};

/// A list that is read at its first access, because in most objects there is
/// none: the environment of a worker matters to one rule, behind a feature gate.
///
/// A list that cannot be read appears empty; after an access, check for the
/// [error](Self::error).
#[derive(Debug)]
pub struct Lazy<'a, T> {
    text: &'a [u8],
    list: OnceCell<Result<List<T>, ReadError>>,
}

impl<T> Default for Lazy<'_, T> {
    fn default() -> Self {
        Self {
            text: b"",
            list: OnceCell::new(),
        }
    }
}

impl<T> Lazy<'_, T> {
    /// Why the list could not be read, if an access has failed.
    pub fn error(&self, at: impl FnOnce() -> Path) -> Option<ReadError> {
        self.list
            .get()?
            .as_ref()
            .err()
            .map(|error| error.clone().below(at()))
    }
}

impl<'a, T: Slot<'a> + Default> Deref for Lazy<'a, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let list = self.list.get_or_init(|| match self.text {
            b"" => Ok(List::default()),
            text => read(text),
        });
        list.as_deref().unwrap_or_default()
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for Lazy<'a, T> {
    fn place(&mut self) -> Place<'_, 'a> {
        Place::Source(&mut self.text)
    }
}
