//! Writes answers as JSON. The types of the SDK say the same by serde, which takes 7 KB
//! of code for five fields, and the SDK brings 73 crates.

use rayjob_policy_core::verdict::Verdict;

use crate::json::{NULL, Object};

/// The version of the protocol, as JSON: `kubewarden-policy-sdk 0.17.3
/// src/metadata.rs:ProtocolVersion`.
pub const PROTOCOL_VERSION: &[u8] = br#""v1""#;

/// A `ValidationResponse`.
pub fn validation(verdict: &Verdict) -> Vec<u8> {
    let code = verdict.code.map(|code| code.to_string());
    let annotations = [
        ("findings", verdict.finding_ids()),
        ("unavailable", verdict.unavailable()),
    ];
    let written = annotations.iter().filter(|(_, value)| value.is_some());
    let annotations = written.fold(Object::default(), |object, (name, value)| {
        object.text(name, value.as_deref())
    });
    let annotations = annotations.finish();
    Object::default()
        .value("accepted", &verdict.allowed.to_string())
        .text("message", verdict.message.as_deref())
        .value("code", code.as_deref().unwrap_or(NULL))
        .value(
            "audit_annotations",
            if annotations == "{}" {
                NULL
            } else {
                &annotations
            },
        )
        .texts("warnings", &verdict.warnings)
        .finish()
        .into_bytes()
}

/// A `SettingsValidationResponse`; the message says why settings are not valid.
pub fn settings(message: Option<&str>) -> Vec<u8> {
    Object::default()
        .value("valid", &message.is_none().to_string())
        .text("message", message)
        .finish()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use kubewarden_policy_sdk::metadata::ProtocolVersion;
    use kubewarden_policy_sdk::response::ValidationResponse;
    use kubewarden_policy_sdk::settings::SettingsValidationResponse;
    use rayjob_policy_core::admit::admit;
    use serde_json::{Value, json};

    use super::{PROTOCOL_VERSION, settings, validation};

    fn read(json: &[u8]) -> Value {
        serde_json::from_slice(json).expect("JSON")
    }

    #[test]
    fn the_sdk_reads_every_kind_of_answer() {
        let create = |spec: Value| {
            let object = json!({"apiVersion": "ray.io/v1", "kind": "RayJob",
                                "metadata": {"name": "train"}, "spec": spec});
            let kind = json!({"group": "ray.io", "version": "v1", "kind": "RayJob"});
            let request =
                json!({"uid": "1", "operation": "CREATE", "kind": kind, "object": object});
            json!({"request": request, "settings": {}}).to_string()
        };
        let cluster = json!({"ray.io/cluster": "ray"});
        let warned = create(json!({"clusterSelector": cluster, "entrypoint": "a && b"}));
        let denied = create(json!({"submissionMode": "InteractiveMode", "backoffLimit": 2}));
        assert!(!admit(warned.as_bytes()).warnings.is_empty());
        assert!(admit(denied.as_bytes()).finding_ids().is_some());
        let untouched = r#"{"request": {"uid": "1", "operation": "DELETE"}}"#;
        for payload in ["{", untouched, &warned, &denied] {
            let verdict = admit(payload.as_bytes());
            let answer = validation(&verdict);
            let read: ValidationResponse = serde_json::from_slice(&answer).expect("an answer");
            assert_eq!(read.accepted, verdict.allowed);
            assert_eq!(read.message, verdict.message);
            assert_eq!(read.code, verdict.code);
            assert_eq!(read.warnings.unwrap_or_default(), verdict.warnings);
            let ids = verdict.finding_ids().map(|ids| json!({"findings": ids}));
            assert_eq!(json!(read.audit_annotations), json!(ids));
        }
    }

    #[test]
    fn the_other_answers_are_those_of_the_sdk() {
        for message in [None, Some("settings: \"x\" is unknown")] {
            let response = SettingsValidationResponse {
                valid: message.is_none(),
                message: message.map(str::to_owned),
            };
            assert_eq!(read(&settings(message)), json!(response));
        }
        assert_eq!(read(PROTOCOL_VERSION), json!(ProtocolVersion::default()));
    }
}
