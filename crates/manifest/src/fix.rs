//! Applies fixes to a text.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::{Checked, Document, Finding, Fix, Options, check};
use crate::edit::{self, Edit};
use crate::source::Source;

/// Which findings to fix.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'w> {
    /// Those with a safe fix.
    Safe,
    /// Those of one rule, with its first fix.
    Rule(&'w str),
}

/// A text after its fixes.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// The findings that were fixed, in this order.
    pub applied: Vec<AppliedFix>,
}

/// A finding that was fixed.
#[derive(Clone, Debug)]
pub struct AppliedFix {
    /// The ID of its rule.
    pub rule: &'static str,
    /// Its field.
    pub path: String,
    /// The title of the fix.
    pub title: &'static str,
}

/// How often a text is checked again. Each round fixes one finding of each
/// object.
const MOST_ROUNDS: usize = 100;

/// Applies the wanted fixes to a text as far as the text allows them.
///
/// Requests and findings that a comment silences are left alone. An edit is kept
/// only if it changes the object as the fix says, removes the finding and, where
/// the fix is safe, adds no other finding.
pub fn fix(text: &str, options: &Options<'_>, wanted: Wanted<'_>) -> Fixed {
    let mut fixed = Fixed {
        text: text.to_owned(),
        applied: Vec::new(),
    };
    let mut given_up = BTreeSet::new();
    let mut checked = check(&Source::new(text), options);
    for _ in 0..MOST_ROUNDS {
        let mut candidates = candidates(&checked, wanted, &given_up);
        if candidates.is_empty() {
            break;
        }
        // If they cannot be fixed together, half of them may work.
        while let Some(first) = candidates.first() {
            if let Some((text, next)) = take(&fixed.text, options, &checked, &candidates) {
                fixed
                    .applied
                    .extend(candidates.iter().map(Candidate::applied));
                (fixed.text, checked) = (text, next);
                break;
            }
            if candidates.len() == 1 {
                given_up.insert(first.key());
            }
            candidates.truncate(candidates.len() / 2);
        }
    }
    fixed
}

/// A finding of a document and its fix.
struct Candidate<'c> {
    document: usize,
    finding: &'c Finding,
    fix: &'c Fix,
}

impl Candidate<'_> {
    fn key(&self) -> String {
        let Finding { rule, path, .. } = self.finding;
        format!("{} {rule} {path}", self.document)
    }

    /// The findings of its document.
    fn findings<'f>(&self, checked: &'f Checked) -> &'f [Finding] {
        let document = checked.documents.get(self.document);
        document.map_or(&[], |document| &document.findings)
    }

    fn applied(&self) -> AppliedFix {
        AppliedFix {
            rule: self.finding.rule,
            path: self.finding.path.clone(),
            title: self.fix.title,
        }
    }
}

/// The first wanted and possible fix of each document.
fn candidates<'c>(
    checked: &'c Checked,
    wanted: Wanted<'_>,
    given_up: &BTreeSet<String>,
) -> Vec<Candidate<'c>> {
    let documents = checked.documents.iter().enumerate();
    let objects = documents.filter(|(_, document)| !document.is_request);
    let first = |(index, document): (usize, &'c Document)| {
        let findings = document.findings.iter();
        let candidates = findings
            .filter(|finding| finding.ignored.is_none())
            .filter_map(|finding| {
                let fix = match wanted {
                    Wanted::Safe => finding.fixes.iter().find(|fix| fix.safe),
                    Wanted::Rule(rule) => finding.fixes.first().filter(|_| finding.rule == rule),
                };
                let fix = fix.filter(|fix| !fix.edits.is_empty())?;
                Some(Candidate {
                    document: index,
                    finding,
                    fix,
                })
            });
        { candidates }.find(|candidate| !given_up.contains(&candidate.key()))
    };
    objects.filter_map(first).collect()
}

/// The text after the fixes of these candidates, and its findings; `None` if they do anything other
/// than what they should.
fn take(
    text: &str,
    options: &Options<'_>,
    checked: &Checked,
    candidates: &[Candidate<'_>],
) -> Option<(String, Checked)> {
    let edits = candidates.iter().flat_map(|candidate| &candidate.fix.edits);
    let edits = edits.map(|edit| Edit::new(edit.span.range(), &*edit.text));
    let edited = edit::apply(text, edits.collect())?;
    let next = check(&Source::new(&edited), options);
    let same_number = next.documents.len() == checked.documents.len()
        && next.problems.len() == checked.problems.len();
    let mut wanted: Vec<_> = checked
        .documents
        .iter()
        .map(|document| &document.object)
        .collect();
    let patched: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            let document = checked.documents.get(candidate.document)?;
            patched(&document.object, &candidate.fix.patch)
        })
        .collect::<Option<_>>()?;
    for (candidate, object) in candidates.iter().zip(&patched) {
        *wanted.get_mut(candidate.document)? = object;
    }
    let same_objects = next
        .documents
        .iter()
        .zip(wanted)
        .all(|(document, wanted)| document.object == *wanted);
    let are_gone = same_number
        && candidates
            .iter()
            .all(|candidate| is_gone(candidate, checked, &next));
    (same_objects && are_gone).then_some((edited, next))
}

/// Whether a document has fewer findings of the rule than before and, if the fix
/// is safe, no new findings of other rules.
fn is_gone(candidate: &Candidate<'_>, before: &Checked, after: &Checked) -> bool {
    let (before, after) = (candidate.findings(before), candidate.findings(after));
    let count = |findings: &[Finding], rule: &str| {
        let of_rule = findings.iter().filter(|finding| finding.rule == rule);
        of_rule.count()
    };
    let mut left = after.iter().map(|finding| finding.rule);
    count(after, candidate.finding.rule) < count(before, candidate.finding.rule)
        && (!candidate.fix.safe || left.all(|rule| count(after, rule) <= count(before, rule)))
}

/// An object after a JSON Patch, whose `move` stays within one mapping; `null` is
/// an empty patch.
fn patched(object: &Value, patch: &Value) -> Option<Value> {
    let mut object = object.clone();
    for operation in patch.as_array().into_iter().flatten() {
        let pointer = operation.get("path")?.as_str()?;
        let (parent, key) = pointer.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        let parent = object.pointer_mut(parent)?;
        if let Some(from) = operation.get("from") {
            let (_, from) = from.as_str()?.rsplit_once('/')?;
            let from = from.replace("~1", "/").replace("~0", "~");
            let value = parent.as_object_mut()?.remove(&from)?;
            parent.as_object_mut()?.insert(key, value);
            continue;
        }
        match (parent, operation.get("value")) {
            (Value::Object(parent), Some(value)) => {
                parent.insert(key, value.clone());
            }
            (Value::Object(parent), None) => {
                parent.remove(&key)?;
            }
            (Value::Array(parent), Some(value)) if key == "-" => parent.push(value.clone()),
            (Value::Array(parent), Some(value)) => {
                *parent.get_mut(key.parse::<usize>().ok()?)? = value.clone();
            }
            (Value::Array(parent), None) => {
                let index = key
                    .parse()
                    .ok()
                    .filter(|&index: &usize| index < parent.len())?;
                parent.remove(index);
            }
            _ => return None,
        }
    }
    Some(object)
}
