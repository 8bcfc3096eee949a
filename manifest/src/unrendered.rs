//! The verdict on an object that has placeholders.

use std::collections::{BTreeMap, BTreeSet};

use rayjob_rules::verdict::{Verdict, Weighed};
use serde_json::Value;

use crate::placeholder::{self, Placeholder, Renderer};

/// How an object is judged.
type Judge<'j> = &'j dyn Fn(&Value) -> Verdict;

/// What remains of a verdict on an object whatever its placeholders will be: not
/// what rests on one, but what the policy could not see because of one.
///
/// That is found by trying: the object is judged with values in place of the
/// placeholders, smaller ones and greater ones, and what is told both times is
/// true.
pub(crate) fn verdict(
    object: &Value,
    placeholders: &[Placeholder],
    renderer: Renderer,
    written: &Verdict,
    judge: Judge<'_>,
) -> Verdict {
    let mut remains = written.clone();
    if written.findings.is_empty() && written.fault.is_none() {
        return remains;
    }
    let hiding: BTreeSet<_> = placeholders.iter().filter_map(Placeholder::hides).collect();
    let is_hidden = |pointer: &str| {
        let ends = pointer.match_indices('/').skip(1).map(|(end, _)| end);
        let mut prefixes = ends.chain([pointer.len()]);
        prefixes.any(|end| hiding.contains(&pointer[..end]))
    };
    let faults = faults(written);
    let open = placeholders
        .iter()
        .filter(|it| it.is_whole() && faults.contains(&it.pointer));
    let open: Vec<_> = open.map(|it| &*it.pointer).collect();
    let (small, great) = filled_in(object, &open, renderer, judge);
    let (found, found_too) = (details(&small), details(&great));
    let remains_with = |weighed: &Weighed, needs_same_detail: bool| {
        let id = id(weighed);
        let is_same = match (found.get(&id), found_too.get(&id)) {
            (Some(small), Some(great)) => small == great || !needs_same_detail,
            _ => false,
        };
        is_same && !is_hidden(&id.1)
    };
    remains
        .findings
        .retain(|weighed| remains_with(weighed, false));
    if !open.is_empty() {
        let told: BTreeSet<_> = remains.findings.iter().map(id).collect();
        let unseen = small.findings.iter();
        let unseen = unseen.filter(|weighed| !told.contains(&id(weighed)));
        let unseen = unseen.filter(|weighed| remains_with(weighed, true));
        remains.findings.extend(unseen.cloned());
    }
    if fault(written).is_some_and(|fault| is_hidden(&fault)) {
        remains = Verdict {
            findings: remains.findings,
            ..small
        };
        if fault(&remains).is_some_and(|fault| is_hidden(&fault)) {
            (remains.code, remains.fault) = (None, None);
        }
    }
    remains
}

/// The verdicts on the object with values in place of its placeholders. Those
/// at the `open` places were of the wrong type.
fn filled_in(
    object: &Value,
    open: &[&str],
    renderer: Renderer,
    judge: Judge<'_>,
) -> (Verdict, Verdict) {
    let mut filled = object.clone();
    placeholder::fill_in(&mut filled, renderer);
    if open.is_empty() {
        let verdict = judge(&filled);
        return (verdict.clone(), verdict);
    }
    let fitting = |filled: &mut Value, places: &[&'_ str], value: Value| {
        for place in places {
            set(filled, place, &value);
        }
        faults(&judge(filled))
    };
    let not_boolean = fitting(&mut filled, open, true.into());
    let (others, booleans): (Vec<&str>, Vec<&str>) =
        open.iter().partition(|place| not_boolean.contains(**place));
    let not_number = fitting(&mut filled, &others, 1.into());
    let (texts, numbers): (Vec<&str>, Vec<&str>) = others
        .iter()
        .partition(|place| not_number.contains(**place));
    for place in texts {
        remove(&mut filled, place);
    }
    let small = judge(&filled);
    for place in booleans {
        set(&mut filled, place, &false.into());
    }
    for place in numbers {
        set(&mut filled, place, &1000.into());
    }
    (small, judge(&filled))
}

/// The places at which the API server or the policy cannot take a value.
fn faults(verdict: &Verdict) -> BTreeSet<String> {
    let findings = verdict.findings.iter();
    let refused = findings.filter(|weighed| weighed.finding.rule.id.starts_with("crd-"));
    refused.map(pointer).chain(fault(verdict)).collect()
}

/// Where in the object the policy cannot read it.
fn fault(verdict: &Verdict) -> Option<String> {
    let pointer = verdict.fault.as_ref()?.path().to_pointer();
    Some(pointer.strip_prefix("/request/object")?.to_owned())
}

/// The details of what was found, by rule and place.
fn details(verdict: &Verdict) -> BTreeMap<(&'static str, String), &str> {
    let findings = verdict.findings.iter();
    let details = findings.map(|weighed| (id(weighed), &*weighed.finding.detail));
    details.collect()
}

fn id(weighed: &Weighed) -> (&'static str, String) {
    (weighed.finding.rule.id, pointer(weighed))
}

fn pointer(weighed: &Weighed) -> String {
    weighed.finding.path.to_pointer()
}

fn set(object: &mut Value, pointer: &str, value: &Value) {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value.clone();
    }
}

fn remove(object: &mut Value, pointer: &str) {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let key = pointer.get(parent.len() + 1..).unwrap_or_default();
    if let Some(Value::Object(fields)) = object.pointer_mut(parent) {
        fields.remove(&key.replace("~1", "/").replace("~0", "~"));
    } else {
        set(object, pointer, &Value::Null);
    }
}
