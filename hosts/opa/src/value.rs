//! Values that the host refers to by address.

use std::borrow::Cow;
use std::cell::Cell;

use rayjob_policy_core::json::{self, List, ReadError, Text};

use crate::data::{self, Change};
use crate::replica::Replica;
use crate::term;

/// A value: a text where the host wrote it, and its syntax. Nothing is copied, and
/// the text is read only on demand.
///
/// INVARIANT: it refers only to the heap below it and to static data, so that a
/// host can copy the heap to the same place in another instance.
#[repr(align(8))]
pub struct Value {
    syntax: Syntax,
    text: Cell<&'static [u8]>,
    /// Whether the text is only the policy's part of a store.
    is_part: Cell<bool>,
    /// The settings in a store, cached because a store can be large.
    settings: Cell<Option<Option<&'static [u8]>>>,
}

/// How the text of a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// As JSON.
    Json,
    /// As OPA writes a term.
    Term,
    /// As JSON, in the list that OPA reads as a set.
    Result,
}

impl Value {
    /// A value written as JSON.
    pub const fn json(text: &'static [u8]) -> Self {
        Self::new(Syntax::Json, text)
    }

    /// A value written as OPA writes a term.
    pub const fn term(text: &'static [u8]) -> Self {
        Self::new(Syntax::Term, text)
    }

    /// The result of an evaluation.
    pub fn result(answer: &[u8]) -> Self {
        Self::new(Syntax::Result, Self::result_set(answer).leak())
    }

    /// The text of a result, which is a set of one object. It is JSON, and OPA must be able to
    /// read it as a term: it takes no byte order mark, not even in a string.
    pub fn result_set(answer: &[u8]) -> Vec<u8> {
        let answer = String::from_utf8_lossy(answer).replace('\u{feff}', r"\ufeff");
        format!("[{{\"result\":{answer}}}]").into_bytes()
    }

    const fn new(syntax: Syntax, text: &'static [u8]) -> Self {
        Self {
            syntax,
            text: Cell::new(text),
            is_part: Cell::new(false),
            settings: Cell::new(None),
        }
    }

    /// The text as the host wrote it.
    pub fn text(&self) -> &'static [u8] {
        self.text.get()
    }

    /// The value as JSON, with sets as lists.
    pub fn to_json(&self) -> Cow<'static, [u8]> {
        match self.syntax {
            Syntax::Json | Syntax::Result => Cow::Borrowed(self.text()),
            Syntax::Term => term::to_json(self.text()),
        }
    }

    /// The value as a term. JSON is already a term.
    pub fn to_term(&self) -> Cow<'static, [u8]> {
        match (self.syntax, self.text()) {
            (Syntax::Result, [_, object @ .., _]) => [b"{", object, b"}"].concat().into(),
            (_, text) => text.into(),
        }
    }

    /// The settings of the policy, if the value is OPA's `data`. OPA itself passes
    /// its store, as a term.
    pub fn settings(&self) -> Option<Cow<'static, [u8]>> {
        if self.syntax == Syntax::Json {
            return data::in_document(self.text());
        }
        let found = self
            .settings
            .get()
            .unwrap_or_else(|| data::in_store(self.text()));
        self.settings.set(Some(found));
        found.map(term::to_json)
    }

    /// The objects of the cluster, if the value is OPA's `data`.
    pub fn replica(&self) -> Replica {
        Replica {
            data: self.text(),
            is_term: self.syntax == Syntax::Term,
        }
    }

    /// Whether the text replaced another: whether it is the policy's part of a store.
    pub fn is_part(&self) -> bool {
        self.is_part.get()
    }

    /// The text of OPA's `data` after a change at a path; `None` if the change does
    /// not concern the policy.
    ///
    /// # Errors
    /// If the path is not a list of keys.
    pub fn changed(&self, path: &Self, value: Option<&Self>) -> Result<Option<Vec<u8>>, ReadError> {
        let keys = path.to_json();
        let keys = json::read::<List<Text<'_>>>(&keys)?;
        let keys: Vec<_> = keys.iter().map(|key| &**key).collect();
        let value = value.map(Self::to_json);
        let change = Change {
            path: &keys,
            value: value.as_deref(),
        };
        Ok(match self.syntax {
            Syntax::Json => Some(change.of_document(self.text())),
            _ => change.of_store(self.text(), self.is_part()),
        })
    }

    /// Gives the value the text [after a change](Self::changed).
    pub fn replace(&self, text: &'static [u8]) {
        self.text.set(text);
        self.is_part.set(self.syntax != Syntax::Json);
        self.settings.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_result_is_a_list_in_json_and_a_set_as_a_term() {
        let result = Value::result("{\"a\":\"\u{feff}\"}".as_bytes());
        let json = r#"[{"result":{"a":"\ufeff"}}]"#;
        assert_eq!(text(result.text()), json);
        assert_eq!(text(&result.to_json()), json);
        assert_eq!(text(&result.to_term()), r#"{{"result":{"a":"\ufeff"}}}"#);
    }

    #[test]
    fn a_value_keeps_its_text_until_it_is_asked_for_in_json() {
        let term = Value::term(br#"{"a", "b"}"#);
        assert_eq!(text(&term.to_term()), r#"{"a", "b"}"#);
        assert_eq!(text(&term.to_json()), r#"["a", "b"]"#);
        let json = Value::json(br#"["a"]"#);
        assert_eq!(
            (text(&json.to_term()), text(&json.to_json())),
            (r#"["a"]"#, r#"["a"]"#)
        );
    }

    #[test]
    fn data_has_the_settings_in_its_place_or_is_them() {
        let settings = |data: &Value| Some(text(&data.settings()?).to_owned());
        let store = br#"{"kuberay": {"rayjob": {"settings": {"rules": {"\a"}}}}}"#;
        let store = Value::term(store);
        for _ in 0..2 {
            assert_eq!(
                settings(&store).as_deref(),
                Some(r#"{"rules": ["\u0007"]}"#)
            );
        }
        assert!(store.replica().is_term);
        let document = Value::json(br#"{"rules": {}}"#);
        assert_eq!(settings(&document).as_deref(), Some(r#"{"rules": {}}"#));
        assert!(!document.replica().is_term);
        assert_eq!(settings(&Value::term(b"{}")), None);
    }

    #[test]
    fn a_store_becomes_the_part_that_the_policy_reads() {
        let change = |data: &Value, path: &'static str, value: &'static str| {
            let (path, value) = (Value::json(path.as_bytes()), Value::json(value.as_bytes()));
            let changed = data.changed(&path, Some(&value)).expect("a path");
            if let Some(changed) = changed {
                data.replace(changed.leak());
            }
            (text(data.text()), data.is_part())
        };
        let path = r#"["kuberay", "rayjob", "settings"]"#;
        let store = Value::term(br#"{"users": {}, "kuberay": {"rayjob": {"settings": {}}}}"#);
        assert!(store.settings().is_some());
        let whole = (text(store.text()), false);
        assert_eq!(change(&store, r#"["users"]"#, "1"), whole);
        let part = r#"{"kuberay":{"rayjob":{"settings":1}}}"#;
        assert_eq!(change(&store, path, "1"), (part, true));
        assert_eq!(store.settings().as_deref(), Some(&b"1"[..]));
        let document = Value::json(b"{}");
        let whole = (r#"{"users":1}"#, false);
        assert_eq!(change(&document, r#"["users"]"#, "1"), whole);
        let removed = store.changed(&Value::json(path.as_bytes()), None);
        let removed = removed.expect("a path").expect("a change");
        assert_eq!(text(&removed), r#"{"kuberay":{"rayjob":{}}}"#);
        assert!(store.changed(&Value::json(b"7"), None).is_err());
    }
}
