//! The small grammars that rules need.

pub mod runtime_env;
