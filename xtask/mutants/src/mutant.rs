//! What cargo-mutants lists, and how a mutant is named without the number of its line.

use serde::Deserialize;

/// A mutant, as `cargo mutants --list --json` prints it.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// The file, from the root of the workspace.
    pub file: String,
    /// `FILE:LINE:COLUMN: what is changed`.
    pub name: String,
    /// The Cargo package.
    pub package: String,
    /// What sort of code is changed.
    pub genre: Genre,
    /// The code that is replaced.
    pub span: Span,
    /// What replaces it.
    pub replacement: String,
}

/// A genre of cargo-mutants.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub enum Genre {
    /// The body of a function returns something else.
    FnValue,
    /// Another operator stands between two operands.
    BinaryOperator,
    /// `!` or `-` is removed.
    UnaryOperator,
    /// An arm before a wildcard is removed.
    MatchArm,
    /// A guard is always true, or never.
    MatchArmGuard,
    /// A field of a struct with a base is removed.
    StructField,
}

/// A piece of a file.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Span {
    /// Its first character.
    pub start: Place,
    /// The character after its last.
    pub end: Place,
}

/// Line and column of a character; both count from one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    line: usize,
    column: usize,
}

impl From<proc_macro2::LineColumn> for Place {
    fn from(place: proc_macro2::LineColumn) -> Self {
        Self {
            line: place.line,
            column: place.column + 1,
        }
    }
}

impl Place {
    /// Returns the offset in bytes.
    pub fn offset(self, text: &str) -> usize {
        let start = match self.line {
            0 | 1 => 0,
            line => text
                .match_indices('\n')
                .nth(line - 2)
                .map_or(text.len(), |(at, _)| at + 1),
        };
        let rest = &text[start..];
        start
            + rest
                .char_indices()
                .nth(self.column - 1)
                .map_or(rest.len(), |(at, _)| at)
    }
}

impl Mutant {
    /// Returns what names the mutant in the list of equivalents: what is changed, and the line
    /// that it is changed in, which edits elsewhere in the file leave alone.
    pub fn key(&self, text: &str) -> String {
        let line = text
            .lines()
            .nth(self.span.start.line - 1)
            .unwrap_or_default();
        format!("{}: {}", unplaced(&self.name), line.trim())
    }
}

/// Returns the name of a mutant without its line and column: `FILE: what is changed`.
pub fn unplaced(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    let file = parts.next().unwrap_or_default();
    let what = parts.nth(2).unwrap_or_default();
    format!("{file}:{what}")
}
