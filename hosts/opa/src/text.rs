//! Finds parts of a JSON text without parsing the rest.
//!
//! OPA's data may be its whole store, of which the policy reads one object. So
//! this module never parses a text: it only locates members, and the reader of a
//! part detects invalid JSON. At this level Rego terms have the same syntax.

use std::borrow::Cow;
use std::ops::Range;

use rayjob_policy_core::json::{self, Text};

/// A member of an object.
pub struct Member<'t> {
    /// The key, without quotes and escapes.
    pub key: Cow<'t, str>,
    text: &'t [u8],
    start: usize,
    value: usize,
}

impl Member<'_> {
    /// Where its value is in the text.
    pub fn value(&self) -> Range<usize> {
        self.value..end_of_value(self.text, self.value)
    }

    /// Where the member is in the text, from the key to the value.
    fn place(&self) -> Range<usize> {
        self.start..self.value().end
    }
}

/// The members of an object; none for any other text. A value is skipped only when
/// the next member is requested.
pub fn members(text: &[u8]) -> impl Iterator<Item = Member<'_>> {
    let start = skip_space(text, 0);
    let mut next = (text.get(start) == Some(&b'{')).then_some(start + 1);
    let mut last_value = None;
    std::iter::from_fn(move || {
        if let Some(value) = last_value.take() {
            let comma = skip_space(text, end_of_value(text, value));
            next = (text.get(comma) == Some(&b',')).then_some(comma + 1);
        }
        let start = skip_space(text, next?);
        if text.get(start) != Some(&b'"') {
            return None;
        }
        let end = end_of_string(text, start + 1);
        let colon = skip_space(text, end);
        if text.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_space(text, colon + 1);
        last_value = Some(value);
        let key = unquote(&text[start..end]);
        Some(Member {
            key,
            text,
            start,
            value,
        })
    })
}

/// The value at a path of keys.
pub fn get<'t>(text: &'t [u8], path: &[&str]) -> Option<&'t [u8]> {
    path.iter().try_fold(text, |text, key| {
        let member = members(text).find(|member| member.key == *key)?;
        text.get(member.value())
    })
}

/// Sets the value at a path of keys, or removes it. Anything missing on the path to
/// a new value, or not an object, becomes an object. The rest stays as it is written.
pub fn set(text: &[u8], path: &[&str], value: Option<&[u8]>) -> Vec<u8> {
    let mut place = 0..text.len();
    let mut last_member = None;
    for (depth, key) in path.iter().enumerate() {
        let object = &text[place.clone()];
        let Some(member) = members(object).find(|member| member.key == *key) else {
            let missing = &path[depth..];
            return match value {
                Some(value) => replace(text, place.clone(), &with_member(object, missing, value)),
                None => text.to_vec(),
            };
        };
        let from = |range: Range<usize>| place.start + range.start..place.start + range.end;
        last_member = Some(from(member.place()));
        place = from(member.value());
    }
    match (value, last_member) {
        (Some(value), _) => replace(text, place, value),
        (None, Some(member)) => replace(text, with_comma(text, member), b""),
        (None, None) => Vec::new(),
    }
}

/// Whether a text is an object and not, say, a set.
pub fn is_object(text: &[u8]) -> bool {
    let start = skip_space(text, 0);
    let is_empty = || text.get(skip_space(text, start + 1)) == Some(&b'}');
    text.get(start) == Some(&b'{') && (is_empty() || members(text).next().is_some())
}

fn replace(text: &[u8], place: Range<usize>, new: &[u8]) -> Vec<u8> {
    [&text[..place.start], new, &text[place.end..]].concat()
}

/// An object with a new member, at a path of keys that are missing in it; a new object
/// instead of anything else.
fn with_member(object: &[u8], path: &[&str], value: &[u8]) -> Vec<u8> {
    let nested = path.iter().rev().fold(value.to_vec(), |value, key| {
        let key = serde_json::to_string(key).unwrap_or_default();
        [b"{", key.as_bytes(), b":", &value, b"}"].concat()
    });
    if members(object).next().is_none() {
        return nested;
    }
    let start = skip_space(object, 0) + 1;
    let member = &nested[1..nested.len() - 1];
    [&object[..start], member, b",", &object[start..]].concat()
}

/// The place of a member with the comma that separates it from another.
fn with_comma(text: &[u8], member: Range<usize>) -> Range<usize> {
    let after = skip_space(text, member.end);
    let before = text[..member.start].trim_ascii_end();
    match (text.get(after), before) {
        (Some(b','), _) => member.start..after + 1,
        (_, [before @ .., b',']) => before.len()..member.end,
        _ => member,
    }
}

/// The position after the value that begins here. An invalid value ends where the
/// member of an object would.
fn end_of_value(text: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at + 1),
            b'{' | b'[' | b'(' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' | b')' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' | b')' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => {
                return at;
            }
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The position after a string whose opening quote is before `at`.
pub fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The position of the first byte that is not white space.
pub fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let space = rest.iter().take_while(|byte| b" \t\n\r".contains(byte));
    at + space.count()
}

/// A key without quotes and escapes; empty if it is not JSON.
fn unquote(key: &[u8]) -> Cow<'_, str> {
    let inner = key.get(1..key.len().saturating_sub(1)).unwrap_or_default();
    match std::str::from_utf8(inner) {
        Ok(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => {
            let text = json::read::<Text<'_>>(key).unwrap_or_default();
            Cow::Owned(text.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{get, is_object, members, set};

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_value_is_found_between_others() {
        let store = br#" { "a" : [1, {"b": "}"}], "k\u0061y": {"b": {"c": "\"}" }}, "z": set(), "y": 1e5 } "#;
        let at = |path: &[&str]| get(store, path).map(|value| text(value.to_vec()));
        assert_eq!(at(&["kay", "b"]).as_deref(), Some(r#"{"c": "\"}" }"#));
        assert_eq!(at(&["kay", "b", "c"]).as_deref(), Some(r#""\"}""#));
        assert_eq!(at(&["z"]).as_deref(), Some("set()"));
        assert_eq!(at(&["y"]).as_deref(), Some("1e5"));
        assert_eq!(at(&["b"]), None);
        assert_eq!(at(&["a", "b"]), None);
        assert_eq!(at(&[]).map(|all| all.len()), Some(store.len()));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in [
            &b""[..],
            b"null",
            b"[1]",
            b"7",
            b"{",
            b"{}",
            b"{1}",
            b"{\"a\"",
            b"\"a\": 1",
            b"{,}",
        ] {
            assert_eq!(members(text).count(), 0, "{text:?}");
            assert_eq!(is_object(text), text == b"{}", "{text:?}");
        }
    }

    #[test]
    fn broken_text_ends() {
        for text in [
            &b"{\"a\":"[..],
            b"{\"a\": {\"b\": [",
            b"{\"a\": \"b\\",
            b"{\"a\": 1 2, \"b\": 3}",
            b"{\"a\": ]}",
        ] {
            assert!(members(text).count() <= 2, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_set_where_it_belongs() {
        for (before, path, after) in [
            (r#"{"a": 1, "b": 2}"#, &["a"][..], r#"{"a": 9, "b": 2}"#),
            (
                r#"{"a": {"b": 1}}"#,
                &["a", "c", "d"],
                r#"{"a": {"c":{"d":9},"b": 1}}"#,
            ),
            (r#"{"a": 1}"#, &["a", "b"], r#"{"a": {"b":9}}"#),
            (r#"{"a": {1, 2}}"#, &["a", "b"], r#"{"a": {"b":9}}"#),
            ("{}", &["a", "b"], r#"{"a":{"b":9}}"#),
            ("null", &["a"], r#"{"a":9}"#),
            ("null", &[], "9"),
            ("{}", &["\"\n"], r#"{"\"\n":9}"#),
        ] {
            let set = set(before.as_bytes(), path, Some(b"9"));
            assert_eq!(text(set), after, "{before} {path:?}");
        }
    }

    #[test]
    fn a_value_is_removed_and_nothing_else() {
        for (before, path, after) in [
            (r#"{"a": 1, "b": 2}"#, &["b"][..], r#"{"a": 1}"#),
            (r#"{"a": 1, "b": 2}"#, &["a"], r#"{ "b": 2}"#),
            (r#"{"a": 1}"#, &["a"], "{}"),
            (r#"{"a": 1}"#, &["b", "c"], r#"{"a": 1}"#),
            (
                r#"{"a": {"b": 1, "c": 2}}"#,
                &["a", "b"],
                r#"{"a": { "c": 2}}"#,
            ),
            ("{}", &[], ""),
        ] {
            let set = set(before.as_bytes(), path, None);
            assert_eq!(text(set), after, "{before} {path:?}");
        }
    }
}
