//! What an editor offers to do about findings.

use std::ops::Range;

use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Checked, Finding, Options, Source, ignore};
use serde_json::{Value, json};
use similar::{DiffOp, TextDiff};

use super::client::Client;
use super::text::{Lines, Place, Position};
use super::view;

/// The kind of the action that applies all safe fixes.
pub const FIX_ALL: &str = "source.fixAll.rayjob-policy";

const QUICK_FIX: &str = "quickfix";

/// A document for which actions are wanted.
pub struct Request<'r> {
    pub client: Client,
    pub uri: &'r str,
    pub version: &'r Value,
    pub text: &'r str,
    pub checked: &'r Checked,
    pub options: &'r Options<'r>,
    /// The piece of the text.
    pub place: Place,
    /// The kinds of actions that the client wants; null is all.
    pub only: &'r Value,
}

impl Request<'_> {
    /// The actions that apply: fixes of the findings in the piece, comments that silence them,
    /// and all safe fixes of the document.
    pub fn actions(&self) -> Value {
        let lines = Lines::new(self.text, self.client.encoding);
        let mut actions = Vec::new();
        if self.wants(QUICK_FIX) {
            let found = self.findings(&lines);
            for finding in &found {
                actions.extend(self.fixes(finding, &lines));
            }
            for finding in &found {
                actions.extend(self.comment(finding, &lines));
            }
        }
        if self.wants(FIX_ALL) {
            actions.extend(self.fix_all(&lines));
        }
        actions.into()
    }

    /// The findings in the piece or, if there are none, on its lines.
    fn findings(&self, lines: &Lines<'_>) -> Vec<&Finding> {
        let Place { start, end } = self.place;
        let exact = |it: Position| it;
        let line = |it: Position| Position { character: 0, ..it };
        [exact, line]
            .into_iter()
            .map(|key| {
                let touches = |finding: &&Finding| {
                    let place = lines.place(finding.span.range());
                    key(place.start) <= key(end) && key(start) <= key(place.end)
                };
                view::findings(self.checked).filter(touches).collect()
            })
            .find(|found: &Vec<_>| !found.is_empty())
            .unwrap_or_default()
    }

    /// Whether the client wants this kind, or a more general one.
    fn wants(&self, kind: &str) -> bool {
        let is_part = |general: &str| {
            let rest = kind.strip_prefix(general);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let only = self.only.as_array();
        only.is_none_or(|only| only.iter().filter_map(Value::as_str).any(is_part))
    }

    fn fixes(&self, finding: &Finding, lines: &Lines<'_>) -> Vec<Value> {
        let possible = finding.fixes.iter().filter(|fix| !fix.edits.is_empty());
        let preferred = possible.clone().position(|fix| fix.safe);
        let actions = possible.enumerate().map(|(index, fix)| {
            let edits = fix.edits.iter();
            let edits = edits.map(|edit| (edit.span.range(), edit.text.clone()));
            json!({
                "title": sentence(fix.title),
                "kind": QUICK_FIX,
                "isPreferred": Some(index) == preferred,
                "diagnostics": [view::diagnostic(finding, lines)],
                "edit": self.edit(edits, lines),
            })
        });
        actions.collect()
    }

    fn comment(&self, finding: &Finding, lines: &Lines<'_>) -> Option<Value> {
        let edit = ignore::comment(&Source::new(self.text), self.options, finding)?;
        Some(json!({
            "title": format!("Ignore {} here: write the reason behind the comment", finding.rule),
            "kind": QUICK_FIX,
            "diagnostics": [view::diagnostic(finding, lines)],
            "edit": self.edit([(edit.span.range(), edit.text)], lines),
        }))
    }

    fn fix_all(&self, lines: &Lines<'_>) -> Option<Value> {
        view::findings(self.checked)
            .flat_map(|finding| &finding.fixes)
            .find(|fix| fix.safe && !fix.edits.is_empty())?;
        let fixed = fix(self.text, self.options, Wanted::Safe);
        (!fixed.applied.is_empty()).then(|| {
            json!({
                "title": "Apply all safe fixes of rayjob-policy",
                "kind": FIX_ALL,
                "edit": self.edit(changes(self.text, &fixed.text), lines),
            })
        })
    }

    fn edit(
        &self,
        edits: impl IntoIterator<Item = (Range<usize>, String)>,
        lines: &Lines<'_>,
    ) -> Value {
        let edits = edits.into_iter();
        let edits =
            edits.map(|(range, text)| json!({"range": lines.place(range), "newText": text}));
        let edits = edits.collect::<Vec<_>>();
        match self.client.edits_versions {
            true => json!({"documentChanges": [{
                "textDocument": {"uri": self.uri, "version": self.version},
                "edits": edits,
            }]}),
            false => json!({"changes": {self.uri: edits}}),
        }
    }
}

/// The edits that turn a text into another, line by line.
fn changes(old: &str, new: &str) -> Vec<(Range<usize>, String)> {
    let diff = TextDiff::from_lines(old, new);
    let old: Vec<_> = diff.iter_old_slices().collect();
    let new: Vec<_> = diff.iter_new_slices().collect();
    let changed = diff.ops().iter();
    let changed = changed.filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let changes = changed.map(|op| {
        let start = old[..op.old_range().start].concat().len();
        let end = start + old[op.old_range()].concat().len();
        (start..end, new[op.new_range()].concat())
    });
    changes.collect()
}

/// A text with a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn edits_leave_equal_lines_alone() {
        let (old, new) = ("a\r\nb\r\nc\r\nd", "a\r\nB\r\nc\r\nd\r\ne");
        let edits = changes(old, new);
        assert_eq!(edits[0], (3..6, "B\r\n".to_owned()));
        let mut text = old.to_owned();
        for (range, part) in edits.into_iter().rev() {
            text.replace_range(range, &part);
        }
        assert_eq!(text, new);
    }
}
