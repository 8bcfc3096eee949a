//! The small grammars that rules need.

pub mod names;
pub mod nearest;
