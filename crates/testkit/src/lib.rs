//! The cases that every host of the policy must answer the same: the vectors under
//! `tests/vectors`, those of the rules' examples, and broken and hostile input.

#[cfg(feature = "examples")]
mod example;
mod hostile;
#[cfg(feature = "examples")]
mod told;
mod vector;

use std::path::{Path, PathBuf};

#[cfg(feature = "examples")]
pub use example::{advice, counts, examples, findings, fixes, joined, says, tells};
pub use hostile::{Injury, Raw, harmless, mutilate, unreadable};
#[cfg(feature = "examples")]
pub use told::Asked;
pub use vector::{Expect, ExpectedFinding, Vector, vectors};

/// A file or folder of the project, by its path from the root.
pub fn project(path: impl AsRef<Path>) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap_or(root);
    root.join(path)
}
