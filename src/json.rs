//! JSON: reading it into views, and saying what could not be read and where.

mod fault;
mod later;
mod path;
mod quote;

pub use fault::Fault;
pub use later::Later;
pub use path::Path;
pub use quote::Quoted;
pub use rayjob_json::*;

/// Reads one JSON document.
///
/// # Errors
/// The first thing that could not be read, with the path of its field.
pub fn read<'a, T: Slot<'a> + Default>(document: &'a [u8]) -> Result<T, Fault> {
    let mut value = T::default();
    fill(document, value.place()).map_err(|problem| Fault::new(document, problem))?;
    Ok(value)
}

#[cfg(test)]
mod tests;
