//! Parses JSON into trees.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use crate::syntax_error::SyntaxError;
use crate::tree::{DEEPEST, Entry, NodeId, NodeKind, Tree};

/// Reads the consecutive JSON texts in a piece of the text.
///
/// # Errors
/// At the first part that is not JSON.
pub(crate) fn read(text: &str, piece: Range<usize>) -> Result<Vec<Tree<'_>>, SyntaxError> {
    let mut texts = Deserializer::from_str(&text[piece.clone()]).into_iter::<IgnoredAny>();
    let mut trees = Vec::new();
    let mut start = piece.start;
    while let Some(outcome) = texts.next() {
        let end = piece.start + texts.byte_offset();
        if let Err(error) = outcome {
            return Err(syntax_error(text, start, &error));
        }
        trees.push(tree(text, start..end)?);
        start = end;
    }
    Ok(trees)
}

fn tree(text: &str, piece: Range<usize>) -> Result<Tree<'_>, SyntaxError> {
    let mut reader = Reader {
        text: &text[..piece.end],
        at: piece.start,
        tree: Tree::json(),
    };
    reader.value(0)?;
    Ok(reader.tree)
}

/// Reads a text that is JSON: serde_json has checked its grammar.
struct Reader<'t> {
    /// The text up to the end of the value.
    text: &'t str,
    /// The cursor, in bytes.
    at: usize,
    tree: Tree<'t>,
}

impl<'t> Reader<'t> {
    /// Reads a value and everything in it.
    fn value(&mut self, depth: usize) -> Result<NodeId, SyntaxError> {
        let first = self.next();
        let start = self.at;
        if depth > DEEPEST {
            return Err(SyntaxError::at(start..start, "nesting is too deep"));
        }
        let kind = match first {
            b'{' => {
                let mut entries = Vec::new();
                while self.enters(b'}') {
                    let key_start = self.at;
                    let key = self.string()?;
                    let key_span = key_start..self.at;
                    // The colon.
                    self.next();
                    self.at += 1;
                    entries.push(Entry {
                        key,
                        key_span,
                        value: self.value(depth + 1)?,
                        merges: false,
                    });
                }
                NodeKind::Map(entries)
            }
            b'[' => {
                let mut items = Vec::new();
                while self.enters(b']') {
                    items.push(self.value(depth + 1)?);
                }
                NodeKind::List(items)
            }
            b'"' => NodeKind::Text(self.string()?),
            _ => self.word()?,
        };
        let is_flow = matches!(kind, NodeKind::List(_) | NodeKind::Map(_));
        let id = self.tree.push(start..self.at, kind);
        self.tree.node_mut(id).flow = is_flow;
        Ok(id)
    }

    /// The next character that is not a blank, at which the cursor then is; 0 at
    /// the end.
    fn next(&mut self) -> u8 {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest.bytes().next().unwrap_or(0)
    }

    /// Skips an opening bracket or a comma to the next entry or item; otherwise
    /// skips the closing bracket.
    fn enters(&mut self, close: u8) -> bool {
        if self.next() != close {
            self.at += 1;
        }
        let has_more = self.next() != close;
        if !has_more {
            self.at += 1;
        }
        has_more
    }

    fn string(&mut self) -> Result<Cow<'t, str>, SyntaxError> {
        let start = self.at;
        let mut inside = self.text[start + 1..].bytes();
        let mut has_escapes = false;
        self.at += 1;
        loop {
            self.at += 1;
            match inside.next() {
                Some(b'"') | None => break,
                Some(b'\\') => {
                    has_escapes = true;
                    inside.next();
                    self.at += 1;
                }
                Some(_) => {}
            }
        }
        let written = &self.text[start..self.at];
        if !has_escapes {
            return Ok(Cow::Borrowed(&written[1..written.len() - 1]));
        }
        // Reading a `String` would take in the texts of errors about other types.
        let read: Value = serde_json::from_str(written)
            .map_err(|error| syntax_error(self.text, start, &error))?;
        Ok(Cow::Owned(read.as_str().unwrap_or(written).to_owned()))
    }

    /// Reads `null`, a boolean or a number.
    fn word(&mut self) -> Result<NodeKind<'t>, SyntaxError> {
        let rest = &self.text[self.at..];
        let is_end = |c: char| ",]}".contains(c) || c.is_ascii_whitespace();
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let start = self.at;
        self.at += word.len();
        Ok(match word {
            "null" => NodeKind::Null,
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            number => match number.parse() {
                Ok(number) => NodeKind::Number(number),
                Err(_) => {
                    return Err(SyntaxError::at(
                        start..self.at,
                        "the number is out of range",
                    ));
                }
            },
        })
    }
}

fn syntax_error(text: &str, start: usize, error: &serde_json::Error) -> SyntaxError {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&*place).unwrap_or(&message);
    let lines = error.line().saturating_sub(1);
    let begins: usize = text[start..]
        .split_inclusive('\n')
        .take(lines)
        .map(str::len)
        .sum();
    let at = start + begins + error.column().saturating_sub(1);
    SyntaxError::at(at..at, message)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{DEEPEST, read};

    fn value(text: &str) -> Value {
        let trees = read(text, 0..text.len()).expect("JSON");
        trees[0].value(trees[0].root()).expect("a value")
    }

    #[test]
    fn a_value_is_read_as_serde_json_reads_it() {
        for text in [
            r#" { "a" : [ ] , "b":{}, "c": [[1 , {"d":null}],true,false] } "#,
            r#"{"": "", "\"\\": "\"}]\\", "\u00e9é\ud83d\ude80": "\/\n"}"#,
            "[-0, 1.50e3, 18446744073709551615, 1e-7,\r\n\t\"x\"]",
            "-1",
        ] {
            assert_eq!(value(text), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn everything_has_its_place() {
        let text = r#" {"a\n" : [ "b" , 12 ], "c":{} }  {} "#;
        let trees = read(text, 0..text.len()).expect("JSON");
        let root = trees[0].node(trees[0].root());
        assert_eq!(
            &text[root.span.clone()],
            r#"{"a\n" : [ "b" , 12 ], "c":{} }"#
        );
        for (key, written) in [("a\n", r#"[ "b" , 12 ]"#), ("c", "{}")] {
            let id = trees[0].get(trees[0].root(), key).expect("an entry");
            assert_eq!(&text[trees[0].node(id).span.clone()], written);
        }
        assert_eq!(trees.len(), 2);
    }

    #[test]
    fn a_fault_is_where_it_is() {
        for (text, at) in [
            (r#"{"a": 1,}"#, 8),
            ("[1,\n 2 3]", 7),
            (r#"["a\ud83d"]"#, 9),
            ("[1e999]", 1),
        ] {
            let error = read(text, 0..text.len()).expect_err("no JSON");
            assert_eq!(error.span.start, at, "{text} {error:?}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = |depth| format!("{}0{}", open.repeat(depth), close.repeat(depth));
            let fits = deep(DEEPEST);
            assert!(read(&fits, 0..fits.len()).is_ok());
            let deep = deep(DEEPEST + 1);
            let error = read(&deep, 0..deep.len()).expect_err("too deep");
            assert_eq!(error.message, "nesting is too deep");
            assert_eq!(error.span.start, open.len() * (DEEPEST + 1));
        }
    }
}
