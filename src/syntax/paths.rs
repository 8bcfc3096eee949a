//! Paths in volumes as Kubernetes restricts them.
//!
//! Upstream: `kubernetes v1.36.3 pkg/apis/core/validation/validation.go`.

use std::fmt;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It begins with `/`.
    Absolute,
    /// One of its elements is `..`.
    Backstep,
    /// It begins with `..`.
    Reserved,
}

/// A clause about the path, such as `which is absolute`.
impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => "which is absolute",
            Self::Backstep => "which contains '..'",
            Self::Reserved => "which begins with '..'",
        })
    }
}

impl std::error::Error for PathError {}

/// Checks a path that may be absolute, but leads only downwards (`validatePathNoBacksteps`).
///
/// # Errors
/// [`PathError::Backstep`]
pub fn check_no_backsteps(path: &str) -> Result<(), PathError> {
    match path.split('/').any(|element| element == "..") {
        true => Err(PathError::Backstep),
        false => Ok(()),
    }
}

/// Checks a relative path that leads only downwards (`validateLocalDescendingPath`).
///
/// # Errors
/// The first error.
pub fn check_descending(path: &str) -> Result<(), PathError> {
    match path.starts_with('/') {
        true => Err(PathError::Absolute),
        false => check_no_backsteps(path),
    }
}

/// Checks the path of a file in a volume (`ValidateLocalNonReservedPath`).
///
/// # Errors
/// The first error.
pub fn check_file(path: &str) -> Result<(), PathError> {
    check_descending(path)?;
    match path.starts_with("..") {
        true => Err(PathError::Reserved),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::PathError::{Absolute, Backstep, Reserved};
    use super::*;

    #[test]
    fn a_path_leads_downwards() {
        for (path, anywhere, descending, file) in [
            ("", Ok(()), Ok(()), Ok(())),
            ("a/b", Ok(()), Ok(()), Ok(())),
            ("./a", Ok(()), Ok(()), Ok(())),
            ("a..b/c..", Ok(()), Ok(()), Ok(())),
            ("..a", Ok(()), Ok(()), Err(Reserved)),
            ("...", Ok(()), Ok(()), Err(Reserved)),
            ("a/..b", Ok(()), Ok(()), Ok(())),
            ("/a", Ok(()), Err(Absolute), Err(Absolute)),
            ("..", Err(Backstep), Err(Backstep), Err(Backstep)),
            ("../a", Err(Backstep), Err(Backstep), Err(Backstep)),
            ("a/../b", Err(Backstep), Err(Backstep), Err(Backstep)),
            ("/a/..", Err(Backstep), Err(Absolute), Err(Absolute)),
        ] {
            assert_eq!(check_no_backsteps(path), anywhere, "{path}");
            assert_eq!(check_descending(path), descending, "{path}");
            assert_eq!(check_file(path), file, "{path}");
        }
    }
}
