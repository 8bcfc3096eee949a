//! Settings are understood, or refused with reasons: beforehand and in a request alike.

use rayjob_policy_core::admit::admit;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Refusal;
use rayjob_policy_manifest::settings::read;
use serde_json::{Value, json};

/// Checks settings by themselves, in a request and in a file.
pub fn check(settings: &[u8]) {
    let parsed = Settings::parse(settings);
    if let Err(error) = &parsed {
        assert!(!error.errors().is_empty());
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let Ok(value) = serde_json::from_slice::<Value>(settings) else {
        return;
    };
    let kind = json!({"group": "ray.io", "version": "v1", "kind": "RayJob"});
    let request = json!({"uid": "1", "kind": kind, "operation": "CREATE",
                         "object": {"metadata": {"name": "a"}, "spec": {}}});
    let start = format!(r#"{{"request": {request}, "settings": "#).into_bytes();
    let verdict = admit(&[&start[..], settings, b"}"].concat());
    let is_refused = matches!(verdict.refusal, Some(Refusal::InvalidSettings));
    let cannot_be_read = matches!(verdict.refusal, Some(Refusal::Unreadable(_)));
    assert_eq!(
        parsed.is_err(),
        is_refused || cannot_be_read,
        "{:?}",
        verdict.message
    );
    if let Value::Object(_) = &value {
        let in_file = read(&value.to_string(), None);
        if parsed.is_ok() {
            assert!(in_file.is_ok(), "{in_file:?}");
        }
    }
}
