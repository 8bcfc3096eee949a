//! Read errors and their places.

use std::fmt;

use super::{Error, ErrorKind, Path, Slot, Text, fill};

/// Why a JSON document could not be read: one line that names the field and the
/// expected type. It shows a number as written, and nothing else of the
/// document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    path: Path,
    problem: String,
}

/// The longest number that is shown, in bytes.
const LONGEST_NUMBER: usize = 24;

impl ReadError {
    /// An error found in a document after it was read.
    pub fn at(path: Path, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { path, problem }
    }

    /// The error of a value at this path of a document.
    #[must_use]
    pub fn below(self, path: Path) -> Self {
        Self {
            path: path.join(self.path),
            ..self
        }
    }

    /// The field that could not be read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The field as the message names it: from the object on, if it is in one; `request`
    /// for the whole document.
    pub fn field(&self) -> String {
        let object = ["request", "review"]
            .iter()
            .find_map(|top| self.path.strip_prefix(&[top, "object"]));
        match object {
            Some(path) if !path.is_empty() => path.to_string(),
            _ if self.path.is_empty() => "request".into(),
            _ => self.path.to_string(),
        }
    }

    /// The problem, without the path.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Describes the error of this document.
    pub(super) fn new(document: &[u8], problem: Error) -> Self {
        let found = || describe(document.get(problem.at..).unwrap_or_default());
        let text = match problem.kind {
            ErrorKind::Cut if document.trim_ascii().is_empty() => {
                "expected JSON, found nothing".into()
            }
            ErrorKind::Cut => "the JSON is cut off here".into(),
            ErrorKind::Syntax(text) => format!("not valid JSON: {text}"),
            ErrorKind::Misfit(expected) => format!("expected {expected}, found {}", found()),
            ErrorKind::Twice => "specified twice; keep one".into(),
        };
        Self::at(path_to(document, problem.at), text)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field(), self.problem)
    }
}

impl std::error::Error for ReadError {}

/// An object or a list that is open at a position.
enum Open {
    Object { key: Option<String> },
    List { index: usize },
}

/// The path of the value at a position: scans the document again, without
/// recursion and without checking it.
fn path_to(document: &[u8], position: usize) -> Path {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < position {
        let Some(byte) = document.get(at) else { break };
        let start = at;
        at = at.saturating_add(1);
        match byte {
            b'{' => open.push(Open::Object { key: None }),
            b'[' => open.push(Open::List { index: 0 }),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object { key }) => *key = None,
                Some(Open::List { index }) => *index = index.saturating_add(1),
                None => {}
            },
            b'"' => {
                at = end_of_string(document, at);
                if let Some(Open::Object { key: key @ None }) = open.last_mut() {
                    *key = document.get(start..at).and_then(unquote);
                }
            }
            _ => {}
        }
    }
    open.into_iter()
        .fold(Path::default(), |path, open| match open {
            Open::Object { key: Some(key) } => path.key(key),
            Open::Object { key: None } => path,
            Open::List { index } => path.index(index),
        })
}

/// The position after a string whose opening quote is before `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let skip = match bytes.get(at) {
            None => return at,
            Some(b'"') => return at.saturating_add(1),
            Some(b'\\') => 2,
            Some(_) => 1,
        };
        at = at.saturating_add(skip);
    }
}

/// The position after a number, `true`, `false` or `null`.
fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let word = bytes.get(at..).unwrap_or_default().iter();
    let ends = |b: &u8| b",]}: \n\r\t".contains(b);
    at.saturating_add(word.take_while(|b| !ends(b)).count())
}

fn unquote(key: &[u8]) -> Option<String> {
    let mut text = Text::default();
    fill(key, text.place()).ok()?;
    Some(text.to_string())
}

/// Names the kind of the JSON value that begins here; a number is shown.
fn describe(value: &[u8]) -> String {
    let kind = match value.first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => {
            let number = value.get(..end_of_word(value, 0)).unwrap_or_default();
            return match std::str::from_utf8(number) {
                Ok(number) if number.len() <= LONGEST_NUMBER => number.into(),
                _ => "a number".into(),
            };
        }
        None => "nothing",
    };
    kind.into()
}
