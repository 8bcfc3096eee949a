//! The small grammars that rules need.
