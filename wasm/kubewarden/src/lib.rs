//! The policy as a Kubewarden module: waPC calls in, [`rayjob_rules`] asked,
//! Kubewarden's responses out.

use std::error::Error;
use std::fmt;

use kubewarden_policy_sdk::metadata::ProtocolVersion;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use rayjob_rules::admit::admit;
use rayjob_rules::settings::Settings;
use rayjob_rules::verdict::Verdict;
use serde::Serialize;
use wapc_guest::{CallResult, register_function};

/// What the SDK calls a `ValidationResponse`, without the parts that this
/// policy never has: its type can hold any JSON, which a module pays for.
#[derive(Serialize)]
struct Response<'v> {
    accepted: bool,
    message: Option<&'v str>,
    code: Option<u16>,
    audit_annotations: Option<AuditAnnotations>,
    warnings: Option<&'v [String]>,
}

#[derive(Serialize)]
struct AuditAnnotations {
    findings: String,
}

/// Called by the host once per instance, before any other call.
#[expect(unsafe_code, reason = "the name is how the host finds the function")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings);
    register_function("protocol_version", protocol_version);
}

/// `{"request": AdmissionRequest, "settings": object}` to a `ValidationResponse`.
fn validate(payload: &[u8]) -> CallResult {
    let verdict = admit(payload);
    let findings = verdict.finding_ids();
    let Verdict {
        allowed,
        message,
        code,
        warnings,
        ..
    } = verdict;
    answer(&Response {
        accepted: allowed,
        message: message.as_deref(),
        code,
        audit_annotations: findings.map(|findings| AuditAnnotations { findings }),
        warnings: (!warnings.is_empty()).then_some(&warnings),
    })
}

/// Settings, bare, to a `SettingsValidationResponse`.
fn validate_settings(payload: &[u8]) -> CallResult {
    let message = Settings::parse(payload)
        .err()
        .map(|error| error.to_string());
    answer(&SettingsValidationResponse {
        valid: message.is_none(),
        message,
    })
}

/// Anything to the version of this conversation.
fn protocol_version(_payload: &[u8]) -> CallResult {
    answer(&ProtocolVersion::default())
}

/// An answer as JSON.
fn answer(answer: &impl Serialize) -> CallResult {
    serde_json::to_vec(answer).map_err(|_| Unwritable.into())
}

/// An answer cannot become JSON: none of those here. `serde_json`'s own error
/// would bring the texts of all that can be wrong with JSON.
struct Unwritable;

impl Error for Unwritable {}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer cannot be written")
    }
}

impl fmt::Debug for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
