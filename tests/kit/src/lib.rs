//! The cases that every host of the policy must answer alike: the vectors
//! under `tests/vectors`, and input that is broken or hostile.

mod hostile;
mod vector;

pub use hostile::{Injury, Raw, harmless, mutilate, unreadable};
pub use vector::{Expect, ExpectedFinding, Vector, vectors};
