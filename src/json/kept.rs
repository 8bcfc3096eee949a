//! Values that are read, and whose text is kept too.

use std::ops::Deref;

use super::{Fields, Json, Slot, read};

/// An object beside the text that it was read from, which holds what the view
/// leaves out.
#[derive(Debug, Default)]
pub struct Kept<'a, T> {
    value: T,
    text: &'a [u8],
}

impl<T> Kept<'_, T> {
    /// Whether both have the same [meaning](Json::means).
    pub fn means(&self, other: &Self) -> bool {
        same(self.text, other.text)
    }
}

/// Whether two texts have the same meaning. What cannot be read means anything.
fn same(a: &[u8], b: &[u8]) -> bool {
    a == b
        || match (read::<Json<'_>>(a), read::<Json<'_>>(b)) {
            (Ok(a), Ok(b)) => a.means(&b),
            _ => true,
        }
}

impl<T> Deref for Kept<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'a, T: Slot<'a>> Slot<'a> for Kept<'a, T> {
    fn expected(&self) -> &'static str {
        self.value.expected()
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn fields(&mut self) -> Option<&mut dyn Fields<'a>> {
        self.value.fields()
    }

    fn keep(&mut self, text: &'a [u8]) {
        self.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn a_text_means_what_another_writer_makes_of_it() {
        for (a, b) in [
            (
                "null",
                r#"{"suspend": false, "labels": {}, "name": "", "list": [], "n": 0.0}"#,
            ),
            (r#"{"a": 1, "b": [true]}"#, r#"{"b": [true], "a": 1.0}"#),
            (r#"{"cpu": "1000m"}"#, r#"{"cpu": "1"}"#),
            (r#"{"cpu": 0.5}"#, r#"{"cpu": "500m"}"#),
            (r#"{"cpu": 2}"#, r#"{"cpu": "2"}"#),
            (r#"{"cpu": 0}"#, r#"{"cpu": "0"}"#),
            (
                r#"[{"name": "a"}]"#,
                r#"[{"name": "a", "resources": {"limits": {}}}]"#,
            ),
            (
                r#"{"n": 18446744073709551616}"#,
                r#"{ "n": 18446744073709551616 }"#,
            ),
        ] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            assert!(same(a, b) && same(b, a), "{a:?} {b:?}");
        }
    }

    #[test]
    fn an_edit_changes_the_meaning() {
        for (a, b) in [
            ("null", r#"{"suspend": true}"#),
            (r#"{"a": 1}"#, r#"{"a": 2}"#),
            (r#"{"a": 1}"#, r#"{"b": 1}"#),
            (r#"{"a": "x"}"#, r#"{"a": "y"}"#),
            (r#"{"a": "1"}"#, r#"{"a": "1m"}"#),
            (r#"{"a": true}"#, r#"{"a": "true"}"#),
            ("[1, 2]", "[2, 1]"),
            ("[1]", "[1, 0]"),
            ("[{}]", "[]"),
            (r#"{"a": [1]}"#, r#"{"a": {"b": 1}}"#),
        ] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            assert!(!same(a, b) && !same(b, a), "{a:?} {b:?}");
        }
    }
}
