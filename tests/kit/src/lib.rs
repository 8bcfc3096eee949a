//! The cases that every host of the policy must answer the same: the vectors under
//! `tests/vectors`, and broken and hostile input.

mod hostile;
mod vector;

pub use hostile::{Injury, Raw, harmless, mutilate, unreadable};
pub use vector::{Expect, ExpectedFinding, Vector, vectors};
