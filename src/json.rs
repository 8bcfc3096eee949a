//! JSON: reading it into views, and saying what could not be read and where.

mod each;
mod lazy;
mod path;
mod quote;
mod read_error;

pub use each::{Location, each};
pub use lazy::Lazy;
pub use path::{Path, pointer_step};
pub use quote::Quoted;
pub use rayjob_policy_json::*;
pub use read_error::ReadError;

/// Reads one JSON document.
///
/// # Errors
/// The first thing that could not be read, with the path of its field.
pub fn read<'a, T: Slot<'a> + Default>(document: &'a [u8]) -> Result<T, ReadError> {
    let mut value: T = empty();
    fill(document, value.place()).map_err(|problem| ReadError::new(document, problem))?;
    Ok(value)
}

/// A value before it is read. One function for each type keeps modules small, since this is
/// a long one for a view.
#[inline(never)]
fn empty<T: Default>() -> T {
    T::default()
}

#[cfg(test)]
mod tests;
