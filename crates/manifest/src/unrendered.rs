//! The verdict on an object with placeholders.

use std::collections::BTreeSet;

use rayjob_policy_core::rule::Origin;
use rayjob_policy_core::verdict::{Graded, Verdict};
use serde_json::Value;

use crate::placeholder::{self, Extent, Placeholder, Renderer, StandIn};
use crate::tree::key_of;

/// How an object is judged.
type Judge<'j> = &'j dyn Fn(&Value) -> Verdict;

/// A module has a copy of the code of a set for each type of what is in it.
type Set = BTreeSet<String>;

/// (`collect` sorts first, which takes much more code.)
fn set(items: impl Iterator<Item = String>) -> Set {
    let mut set = Set::new();
    items.for_each(|item| {
        set.insert(item);
    });
    set
}

/// The part of a verdict that holds whatever the placeholders become, and the
/// findings that the policy could not see because of one.
///
/// The object is judged twice, with different values in place of the
/// placeholders. A detail shows every value that a finding depends on, so a
/// finding with the same detail both times depends on no placeholder.
pub(crate) fn verdict(
    object: &Value,
    placeholders: &[Placeholder],
    renderer: Renderer,
    written: &Verdict,
    judge: Judge<'_>,
) -> Verdict {
    let mut remains = written.clone();
    if written.findings.is_empty() && written.refusal.is_none() {
        return remains;
    }
    let of = |extent| {
        let some = placeholders.iter().filter(move |it| it.extent == extent);
        set(some.map(|it| it.pointer.clone()))
    };
    let (keys, passages) = (of(Extent::Key), of(Extent::Passage));
    let errors = errors(written);
    let mut open = of(Extent::Whole);
    open.retain(|place| errors.contains(place));
    let (one, other) = filled_in(object, &open, renderer, judge);
    // The detail of a finding in a passage may also show the words after it.
    let key = |graded: &Graded| {
        let pointer = pointer(graded);
        let detail = match passages.contains(&pointer) {
            true => "",
            false => &graded.finding.detail,
        };
        format!("{} {pointer}\n{detail}", graded.finding.rule.id)
    };
    let keys_of = |verdict: &Verdict| set(verdict.findings.iter().map(key));
    let (found, found_too) = (keys_of(&one), keys_of(&other));
    let is_true = |graded: &Graded| {
        let key = key(graded);
        found.contains(&key) && found_too.contains(&key) && !is_in(&keys, &pointer(graded))
    };
    remains.findings.retain(is_true);
    // The shown part of a passage may be a placeholder.
    let in_full = |graded: &Graded| format!("{}\n{}", key(graded), graded.finding.detail);
    let same = set(one.findings.iter().map(in_full));
    for graded in &mut remains.findings {
        if !same.contains(&in_full(graded)) {
            graded.finding.part = 0..0;
        }
    }
    if !open.is_empty() {
        let told = keys_of(&remains);
        let unseen = one.findings.iter();
        let unseen = unseen.filter(|graded| !told.contains(&key(graded)) && is_true(graded));
        remains.findings.extend(unseen.cloned());
    }
    let is_open = |error: String| open.contains(&error) || is_in(&keys, &error);
    if error(written).is_some_and(is_open) {
        remains = Verdict {
            findings: remains.findings,
            ..one
        };
    }
    remains
}

/// Whether a JSON Pointer is one of these or below one.
fn is_in(places: &Set, pointer: &str) -> bool {
    let ends = pointer.match_indices('/').skip(1).map(|(end, _)| end);
    let mut prefixes = ends.chain([pointer.len()]);
    prefixes.any(|end| places.contains(&pointer[..end]))
}

/// The verdicts on the object with two different sets of values in place of its
/// placeholders. The `open` places may need something other than a string; the
/// policy's own errors show which.
fn filled_in(
    object: &Value,
    open: &Set,
    renderer: Renderer,
    judge: Judge<'_>,
) -> (Verdict, Verdict) {
    const ONE: StandIn = StandIn {
        value: "x",
        passage: "x",
    };
    const OTHER: StandIn = StandIn {
        value: "y",
        passage: "",
    };
    let [mut one, mut other] = [ONE, OTHER].map(|with| {
        let mut filled = object.clone();
        placeholder::fill_in(&mut filled, renderer, with);
        filled
    });
    let mut left = open.clone();
    let mut others = [(true.into(), false.into()), (1.into(), 1000.into())].into_iter();
    while !left.is_empty() {
        let errors = errors(&judge(&one));
        left.retain(|place| errors.contains(place));
        let Some((value, another)) = others.next() else {
            break;
        };
        for place in &left {
            put(&mut one, place, &value);
            put(&mut other, place, &another);
        }
    }
    for place in &left {
        remove(&mut one, place);
        remove(&mut other, place);
    }
    (judge(&one), judge(&other))
}

/// The places where the API server or the policy cannot accept the value.
fn errors(verdict: &Verdict) -> Set {
    let findings = verdict.findings.iter();
    let refused = findings.filter(|graded| graded.finding.rule.origin == Origin::ApiServer);
    set(refused.map(pointer).chain(error(verdict)))
}

/// Where in the object the policy cannot read it.
fn error(verdict: &Verdict) -> Option<String> {
    let error = verdict.refusal.as_ref()?.error()?;
    Some(error.path().to_pointer())
}

fn pointer(graded: &Graded) -> String {
    graded.finding.path.to_pointer()
}

fn put(object: &mut Value, pointer: &str, value: &Value) {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value.clone();
    }
}

fn remove(object: &mut Value, pointer: &str) {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let key = pointer.get(parent.len() + 1..).unwrap_or_default();
    if let Some(Value::Object(fields)) = object.pointer_mut(parent) {
        fields.remove(&key_of(key));
    } else {
        put(object, pointer, &Value::Null);
    }
}
