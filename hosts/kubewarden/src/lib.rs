//! The policy as a Kubewarden module: passes waPC calls to [`rayjob_policy_core`] and
//! returns Kubewarden's responses.

use std::error::Error;
use std::fmt;

use kubewarden_policy_sdk::metadata::ProtocolVersion;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use rayjob_policy_core::admit::admit;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Verdict;
use serde::Serialize;
use wapc_guest::{CallResult, register_function};

/// The SDK's `ValidationResponse` without the fields that this policy never sets.
/// The SDK's type can hold any JSON, which would make the module larger.
#[derive(Serialize)]
struct ValidationResponse<'v> {
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
#[expect(unsafe_code, reason = "the host finds the function by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings);
    register_function("protocol_version", protocol_version);
}

/// Answers `{"request": AdmissionRequest, "settings": object}` with a
/// `ValidationResponse`.
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
    answer(&ValidationResponse {
        accepted: allowed,
        message: message.as_deref(),
        code,
        audit_annotations: findings.map(|findings| AuditAnnotations { findings }),
        warnings: (!warnings.is_empty()).then_some(&warnings),
    })
}

/// Answers bare settings with a `SettingsValidationResponse`.
fn validate_settings(payload: &[u8]) -> CallResult {
    let message = Settings::parse(payload)
        .err()
        .map(|error| error.to_string());
    answer(&SettingsValidationResponse {
        valid: message.is_none(),
        message,
    })
}

/// Answers any payload with the protocol version.
fn protocol_version(_payload: &[u8]) -> CallResult {
    answer(&ProtocolVersion::default())
}

/// Serializes an answer as JSON.
fn answer(answer: &impl Serialize) -> CallResult {
    serde_json::to_vec(answer).map_err(|_| Unwritable.into())
}

/// An answer cannot be serialized, which never happens here. `serde_json`'s own
/// error would add the texts of all JSON errors to the module.
struct Unwritable;

impl Error for Unwritable {}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer cannot be serialized")
    }
}

impl fmt::Debug for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
