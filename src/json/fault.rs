//! What could not be read, and where.

use std::fmt;

use serde_json::error::Category;

use super::slot::fill;
use super::{Path, Text};

/// Why a JSON document could not be read: one line that names the field and
/// what was expected there. It shows a number as written, and nothing else of
/// the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    path: Path,
    problem: String,
}

/// The longest number that is shown, in bytes.
const LONGEST_NUMBER: usize = 24;

impl Fault {
    /// A fault found in a document after it was read.
    pub fn at(path: Path, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { path, problem }
    }

    /// The fault of a value that stands at this path of a document.
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

    /// What was wrong, without the path.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Says in our words what `serde_json` said of these bytes.
    pub(super) fn new(bytes: &[u8], error: &serde_json::Error) -> Self {
        let Location { path, found } = Location::of(bytes, offset(bytes, error));
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let text = text.strip_suffix(&*place).unwrap_or(&text);
        let problem = match error.classify() {
            Category::Eof if bytes.trim_ascii().is_empty() => "expected JSON, found nothing".into(),
            Category::Eof => "the JSON is cut off here".into(),
            Category::Syntax | Category::Io => format!("not valid JSON: {text}"),
            Category::Data => match text
                .rsplit(',')
                .next()
                .and_then(|last| last.strip_prefix(" expected "))
            {
                Some(expected) => format!("expected {expected}, found {found}"),
                None => "written twice; keep one".into(),
            },
        };
        Self { path, problem }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = ["request", "review"]
            .iter()
            .find_map(|top| self.path.strip_prefix(&[top, "object"]));
        match object {
            Some(path) if !path.is_empty() => path.fmt(f)?,
            _ if self.path.is_empty() => f.write_str("request")?,
            _ => self.path.fmt(f)?,
        }
        write!(f, ": {}", self.problem)
    }
}

/// The position of an error, in bytes; `serde_json` gives it as a line and a
/// column, both counted from 1 and the column in bytes.
fn offset(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = error.line().saturating_sub(1);
    let start: usize = bytes
        .split_inclusive(|&b| b == b'\n')
        .take(lines)
        .map(<[u8]>::len)
        .sum();
    start.saturating_add(error.column())
}

/// What a reader sees who looks at one position of a JSON document.
struct Location {
    path: Path,
    found: String,
}

/// An object or a list that is open at the position, and where it began.
enum Open {
    Object { start: usize, key: Option<String> },
    List { start: usize, index: usize },
}

impl Open {
    fn start(self) -> usize {
        match self {
            Self::Object { start, .. } | Self::List { start, .. } => start,
        }
    }
}

impl Location {
    /// Walks to the position once more, without recursion and with no demand
    /// on what it passes.
    fn of(bytes: &[u8], position: usize) -> Self {
        let mut open: Vec<Open> = Vec::new();
        // Where the last value began.
        let mut value = None;
        let mut just_opened = false;
        let mut at = 0;
        while at < position {
            let Some(byte) = bytes.get(at) else { break };
            let start = at;
            at = at.saturating_add(1);
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => continue,
                b'{' => open.push(Open::Object { start, key: None }),
                b'[' => open.push(Open::List { start, index: 0 }),
                b'}' | b']' => {
                    value = open.pop().map(Open::start);
                    just_opened = false;
                    continue;
                }
                b',' => match open.last_mut() {
                    Some(Open::Object { key, .. }) => *key = None,
                    Some(Open::List { index, .. }) => *index = index.saturating_add(1),
                    None => {}
                },
                b'"' => {
                    at = end_of_string(bytes, at);
                    if let Some(Open::Object {
                        key: key @ None, ..
                    }) = open.last_mut()
                    {
                        *key = bytes.get(start..at).and_then(unquote);
                    }
                }
                b':' => {}
                _ => at = end_of_word(bytes, at),
            }
            just_opened = matches!(byte, b'{' | b'[');
            value = (!b",:".contains(byte)).then_some(start);
        }
        if just_opened {
            open.pop();
        }
        let rest = bytes.get(value.unwrap_or(position)..).unwrap_or_default();
        Self {
            path: open
                .into_iter()
                .fold(Path::default(), |path, open| match open {
                    Open::Object { key: Some(key), .. } => path.key(key),
                    Open::Object { key: None, .. } => path,
                    Open::List { index, .. } => path.index(index),
                }),
            found: describe(rest.trim_ascii_start()),
        }
    }
}

/// The position behind a string whose opening quote is before `at`.
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

/// The position behind a number, `true`, `false` or `null`.
fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let word = bytes.get(at..).unwrap_or_default().iter();
    let ends = |b: &u8| b",]}: \n\r\t".contains(b);
    at.saturating_add(word.take_while(|b| !ends(b)).count())
}

fn unquote(key: &[u8]) -> Option<String> {
    let mut text = Text::default();
    fill(key, &mut text).ok()?;
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
