//! The policy as a Kubewarden module: waPC calls in, [`rayjob_rules`] asked,
//! Kubewarden's responses out.

use kubewarden_policy_sdk::response::ValidationResponse;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use rayjob_rules::admit::admit;
use rayjob_rules::settings::Settings;
use rayjob_rules::verdict::Verdict;
use wapc_guest::{CallResult, register_function};

/// Called by the host once per instance, before any other call.
#[expect(unsafe_code, reason = "the name is how the host finds the function")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings);
    register_function(
        "protocol_version",
        kubewarden_policy_sdk::protocol_version_guest,
    );
}

/// `{"request": AdmissionRequest, "settings": object}` to a `ValidationResponse`.
fn validate(payload: &[u8]) -> CallResult {
    let verdict = admit(payload);
    let audit_annotations = verdict
        .finding_ids()
        .map(|ids| [("findings".into(), ids)].into());
    let Verdict {
        allowed,
        message,
        code,
        warnings,
        ..
    } = verdict;
    Ok(serde_json::to_vec(&ValidationResponse {
        accepted: allowed,
        message,
        code,
        mutated_object: None,
        audit_annotations,
        warnings: (!warnings.is_empty()).then_some(warnings),
    })?)
}

/// Settings, bare, to a `SettingsValidationResponse`.
fn validate_settings(payload: &[u8]) -> CallResult {
    let message = Settings::parse(payload)
        .err()
        .map(|fault| fault.to_string());
    Ok(serde_json::to_vec(&SettingsValidationResponse {
        valid: message.is_none(),
        message,
    })?)
}
