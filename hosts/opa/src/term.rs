//! Converts Rego terms, as OPA writes them, to JSON.
//!
//! OPA passes its input as a term (`ast.Value.String`). A term is JSON with two
//! exceptions: its strings have Go's escapes (`strconv.Quote`), and it may contain
//! sets, `{1, 2}` and `set()`, which become lists.

use std::borrow::Cow;

use crate::text::skip_space;

/// Returns a term as JSON. It is copied only if it is not JSON already. Text that
/// is not a term is returned unchanged, and is not JSON either.
pub fn to_json(term: &[u8]) -> Cow<'_, [u8]> {
    let mut json = Json {
        term,
        written: Vec::new(),
        copied: 0,
    };
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = term.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => at = string(&mut json, at),
            b'{' => open.push(Open {
                // An empty set is written as `set()`.
                is_set: term.get(skip_space(term, at)) != Some(&b'}'),
                brace: json.position(start),
            }),
            b'[' => open.push(Open {
                is_set: false,
                brace: 0,
            }),
            b':' => {
                if let Some(open) = open.last_mut() {
                    open.is_set = false;
                }
            }
            b'}' => {
                if let Some(Open {
                    is_set: true,
                    brace,
                }) = open.pop()
                {
                    json.replace(start..at, b"]");
                    json.written[brace] = b'[';
                }
            }
            b']' => {
                open.pop();
            }
            b's' if term[start..].starts_with(b"set()") => {
                at = start + b"set()".len();
                json.replace(start..at, b"[]");
            }
            _ => {}
        }
    }
    json.finish()
}

/// An open brace or bracket: a set until a colon follows.
struct Open {
    is_set: bool,
    /// Where the brace will be written.
    brace: usize,
}

/// Replaces Go's escapes in a string, and returns the position behind it.
fn string(json: &mut Json<'_>, mut at: usize) -> usize {
    while let Some(&byte) = json.term.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                let digits = match json.term.get(at) {
                    Some(b'x') => 2,
                    Some(b'U') => 8,
                    Some(b'a' | b'v') => 0,
                    // JSON has the other escapes as well.
                    _ => {
                        at += 1;
                        continue;
                    }
                };
                let letter = json.term[at];
                let end = at + 1 + digits;
                let digits = json.term.get(at + 1..end);
                let code = match letter {
                    b'a' => Some(7),
                    b'v' => Some(11),
                    _ => digits
                        .and_then(|digits| std::str::from_utf8(digits).ok())
                        .and_then(|digits| u32::from_str_radix(digits, 16).ok()),
                };
                if let Some(code) = code {
                    // `\xff` stands for a byte that is not Unicode.
                    let lost = letter == b'x' && code >= 0x80;
                    let c = char::from_u32(code).filter(|_| !lost);
                    let escaped = escape(c.unwrap_or(char::REPLACEMENT_CHARACTER));
                    json.replace(start..end, escaped.as_bytes());
                    at = end;
                }
            }
            _ => {}
        }
    }
    at.min(json.term.len())
}

/// A character as written in a JSON string.
fn escape(c: char) -> String {
    match c {
        '\0'..='\x1f' | '"' | '\\' => format!("\\u{:04x}", u32::from(c)),
        c => c.into(),
    }
}

/// JSON that differs from a term in some places.
struct Json<'t> {
    term: &'t [u8],
    /// The JSON so far; empty while nothing differs.
    written: Vec<u8>,
    /// Where the unwritten rest of the term begins.
    copied: usize,
}

impl<'t> Json<'t> {
    /// Where an unwritten byte of the term will be in the JSON.
    fn position(&self, at: usize) -> usize {
        self.written.len() + at - self.copied
    }

    /// Writes something else instead of a part of the term.
    fn replace(&mut self, part: std::ops::Range<usize>, json: &[u8]) {
        self.written
            .extend_from_slice(&self.term[self.copied..part.start]);
        self.written.extend_from_slice(json);
        self.copied = part.end;
    }

    fn finish(mut self) -> Cow<'t, [u8]> {
        if self.copied == 0 {
            return Cow::Borrowed(self.term);
        }
        let end = self.term.len();
        self.replace(end..end, b"");
        Cow::Owned(self.written)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::to_json;

    fn json(term: &str) -> String {
        String::from_utf8(to_json(term.as_bytes()).into_owned()).expect("text")
    }

    #[test]
    fn json_is_not_copied() {
        for term in [
            "{}",
            r#"{"a": [1, {"b": "\u00e9\n\"{"}], "c": true}"#,
            "[]",
            r#"[false, {"s": "set()"}]"#,
            "7",
            "",
            "null",
        ] {
            assert!(
                matches!(to_json(term.as_bytes()), Cow::Borrowed(_)),
                "{term}"
            );
        }
    }

    #[test]
    fn the_escapes_of_go_become_those_of_json() {
        for (term, expected) in [
            (r#""\a\v\x00\x7f""#, "\"\\u0007\\u000b\\u0000\u{7f}\""),
            (r#""\U000e0001\\a""#, "\"\u{e0001}\\\\a\""),
            (r#""\x22\x5c""#, r#""\u0022\u005c""#),
            (r#""\xff""#, "\"\u{fffd}\""),
            (r#"{"\a": "\\x41"}"#, r#"{"\u0007": "\\x41"}"#),
        ] {
            assert_eq!(json(term), expected);
        }
    }

    #[test]
    fn sets_become_lists() {
        for (term, expected) in [
            ("set()", "[]"),
            (r#"{1, "a:b"}"#, r#"[1, "a:b"]"#),
            (
                r#"{"a": {"b", "c"}, "d": set()}"#,
                r#"{"a": ["b", "c"], "d": []}"#,
            ),
            (r#"{{"a": 1}, {{2}}, [{3}]}"#, r#"[{"a": 1}, [[2]], [[3]]]"#),
            (r#"{"\a", "\v"}"#, r#"["\u0007", "\u000b"]"#),
        ] {
            assert_eq!(json(term), expected);
        }
    }

    #[test]
    fn what_is_no_term_does_no_harm() {
        for term in [
            "}",
            "{",
            "\"",
            "\"\\",
            "\"\\x",
            "\"\\xg1\"",
            "\"\\U1234567",
            "{1",
            "]}",
            "{:}",
            "{1]}",
            "\"\\U00110000\"",
        ] {
            to_json(term.as_bytes());
        }
    }
}
