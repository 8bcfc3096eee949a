//! The rules that are stated in CEL, as one operator has them.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod interpreter;
mod lexer;
mod statement;

pub use lexer::{Piece, pieces};
pub use statement::{Statement, literal, statements};
