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
