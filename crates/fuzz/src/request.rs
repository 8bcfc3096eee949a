//! Whatever a host hands over gets one verdict, which the spelling of the JSON does not change.

use rayjob_policy_core::admit::{admit, judge};
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use rayjob_policy_opa::EntryPoint;
use serde_json::{Value, json};

use crate::mutate::respelled;

/// Checks the verdict on a request, the answers that hosts get, and the verdicts on the same
/// request in another spelling, and on its object by itself.
pub fn check(request: &[u8]) {
    let verdict = admit(request);
    is_sound(&verdict);
    for entry_point in EntryPoint::ALL {
        let answer = entry_point.answer(request, None, None);
        let read: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        let allowed = match entry_point {
            EntryPoint::Response => &read["allowed"],
            EntryPoint::Main if read.is_object() => &read["response"]["allowed"],
            EntryPoint::Main | EntryPoint::Violation => &json!(read == json!([])),
            EntryPoint::Findings => {
                let all = read.as_array().expect("a list");
                &json!(all.iter().all(|finding| finding["level"] != "deny"))
            }
        };
        assert_eq!(allowed, verdict.allowed, "{entry_point:?} {read}");
    }
    let Ok(value) = serde_json::from_slice::<Value>(request) else {
        return;
    };
    // serde_json keeps the last of equal keys, which the policy refuses where it reads them.
    if verdict.allowed || !may_repeat(request, &value) {
        let other = respelled(&value, 7);
        assert_eq!(said(&admit(other.as_bytes())), said(&verdict), "{other}");
    }
    let object = &value["request"]["object"];
    // What is being deleted passes, even if it cannot be read; by itself nothing is deleted.
    let is_kept = object["metadata"]["deletionTimestamp"].is_null();
    if is_kept
        && ["ray.io/v1", "ray.io/v1alpha1"]
            .iter()
            .any(|it| object["apiVersion"] == *it)
    {
        let alone = judge(object.to_string().as_bytes(), None, &Settings::default());
        let created = admit(create(object).as_bytes());
        assert_eq!(said(&alone), said(&created), "{object}");
    }
}

/// Checks that a verdict says why it denies, and fits where hosts show it.
pub(crate) fn is_sound(verdict: &Verdict) {
    assert_eq!(verdict.allowed, verdict.message.is_none());
    let denies = verdict
        .findings
        .iter()
        .any(|graded| graded.level == Level::Deny);
    assert_eq!(verdict.allowed, !denies && verdict.refusal.is_none());
    for warning in &verdict.warnings {
        assert!(warning.len() <= 256 && warning.is_ascii(), "{warning}");
    }
    let message = verdict.message.as_deref().unwrap_or_default();
    assert!(message.lines().count() <= 4, "{message}");
}

/// What the spelling must not change: numbers are shown as they are written.
fn said(verdict: &Verdict) -> (bool, Option<u16>, Option<String>) {
    (verdict.allowed, verdict.code, verdict.finding_ids())
}

/// Whether a document may have keys that are written twice: it has more colons than what was
/// read of it.
fn may_repeat(document: &[u8], read: &Value) -> bool {
    let colons = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b':').count();
    colons(document) > colons(read.to_string().as_bytes())
}

fn create(object: &Value) -> String {
    let kind = json!({"group": "ray.io", "version": "v1", "kind": object["kind"]});
    let namespace = &object["metadata"]["namespace"];
    json!({"request": {"uid": "1", "kind": kind, "operation": "CREATE", "namespace": namespace,
                       "object": object}})
    .to_string()
}
