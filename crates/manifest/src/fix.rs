//! Applies fixes to a text.

use std::collections::{BTreeMap, BTreeSet};

use rayjob_policy_core::rule::Origin;
use rayjob_policy_core::rules;
use serde_json::Value;

use crate::check::{Options, check};
use crate::checked::{Checked, Document, Finding, Fix};
use crate::edit::{self, Edit};
use crate::source::Source;
use crate::tree::key_of;

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

/// How often a text is fixed and checked again.
const MOST_ROUNDS: usize = 100;

/// How much text may be checked for that, in bytes: a text of megabytes is fixed in fewer rounds.
const MOST_TEXT: usize = 64 << 20;

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
    let mut budget = MOST_TEXT;
    for _ in 0..MOST_ROUNDS {
        let mut candidates = candidates(&checked, wanted, &given_up);
        if candidates.is_empty() {
            break;
        }
        // If they cannot be fixed together, half of them may work.
        while let Some(first) = candidates.first() {
            let Some(rest) = budget.checked_sub(fixed.text.len()) else {
                return fixed;
            };
            budget = rest;
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

    fn applied(&self) -> AppliedFix {
        AppliedFix {
            rule: self.finding.rule,
            path: self.finding.path.clone(),
            title: self.fix.title,
        }
    }
}

/// The first wanted and possible fix of each document, and those that can be applied together
/// with it.
fn candidates<'c>(
    checked: &'c Checked,
    wanted: Wanted<'_>,
    given_up: &BTreeSet<String>,
) -> Vec<Candidate<'c>> {
    let documents = checked.documents.iter().enumerate();
    let objects = documents.filter(|(_, document)| !document.is_request);
    let of_object = |(index, document): (usize, &'c Document)| {
        let findings = document.findings.iter();
        let candidates = findings
            .filter(|finding| finding.ignored.is_none())
            .filter_map(move |finding| {
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
        let mut possible = candidates.filter(|candidate| !given_up.contains(&candidate.key()));
        let first = possible.next();
        let rule = first.as_ref().map_or("", |first| first.finding.rule);
        let judges_places = judges_places(rule);
        let more = possible.filter(move |it| judges_places && it.finding.rule == rule);
        first.into_iter().chain(more)
    };
    objects.flat_map(of_object).collect()
}

/// Whether a rule judges each place by itself, so that a fix cannot settle two of its findings.
fn judges_places(rule: &str) -> bool {
    let in_catalogue = rules::all().find(|it| it.id == rule);
    in_catalogue.is_none_or(|rule| rule.origin == Origin::ApiServer)
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
    if next.documents.len() != checked.documents.len() {
        return None;
    }
    let mut left = candidates;
    for (index, (before, after)) in checked.documents.iter().zip(&next.documents).enumerate() {
        let (own, others) = left.split_at(left.partition_point(|it| it.document == index));
        left = others;
        if own.is_empty() {
            if before.object != after.object {
                return None;
            }
            continue;
        }
        let mut object = before.object.clone();
        for candidate in own {
            patch(&mut object, &candidate.fix.patch)?;
        }
        if object != after.object || !are_gone(own, before, after) {
            return None;
        }
    }
    Some((edited, next))
}

/// Whether the findings are gone and, where a fix is safe, there are no new ones.
fn are_gone(candidates: &[Candidate<'_>], before: &Document, after: &Document) -> bool {
    // The next item of a list may have moved up to the place of a finding, and a renamed field
    // may have findings of the same rule below it.
    let is_left = |fixed: &Finding| {
        let mut findings = after.findings.iter();
        findings.any(|it| it.rule == fixed.rule && it.path == fixed.path)
    };
    let (before, mut left) = (numbers(before), numbers(after));
    let mut is_safe = false;
    for Candidate { finding, fix, .. } in candidates {
        is_safe |= fix.safe;
        *left.entry(finding.rule).or_default() += 1;
    }
    let is_less = |rule: &str| left.get(rule) <= before.get(rule);
    let mut fixed = candidates.iter().map(|candidate| candidate.finding);
    fixed.all(|finding| is_less(finding.rule) || !is_left(finding))
        && (!is_safe || left.keys().all(|rule| is_less(rule)))
}

/// The number of findings of each rule.
fn numbers(document: &Document) -> BTreeMap<&str, usize> {
    let mut numbers = BTreeMap::new();
    let shown = document.findings.iter().map(|finding| (finding.rule, 1));
    let omitted = document
        .tally
        .omitted()
        .map(|sort| (sort.rule, sort.omitted));
    for (rule, number) in shown.chain(omitted) {
        *numbers.entry(rule).or_default() += number;
    }
    numbers
}

/// Applies a JSON Patch, whose `move` stays within one mapping; `null` is an empty patch.
fn patch(object: &mut Value, patch: &Value) -> Option<()> {
    for operation in patch.as_array().into_iter().flatten() {
        let pointer = operation.get("path")?.as_str()?;
        let (parent, key) = pointer.rsplit_once('/')?;
        let key = key_of(key);
        let parent = object.pointer_mut(parent)?;
        if let Some(from) = operation.get("from") {
            let (_, from) = from.as_str()?.rsplit_once('/')?;
            let from = key_of(from);
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
                let index = key.parse().ok()?;
                parent.get::<usize>(index)?;
                parent.remove(index);
            }
            _ => return None,
        }
    }
    Some(())
}
