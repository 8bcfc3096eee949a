//! The policy as a Kubewarden module: passes waPC calls to [`rayjob_policy_core`] and
//! returns Kubewarden's responses.

pub mod answer;
mod cluster;
mod json;

use std::sync::Arc;

use rayjob_policy_core::admit;
use rayjob_policy_core::json::Json;
use rayjob_policy_core::settings::Settings;
use wapc_guest::{CallResult, register_function};

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
    let choose = |json: &Json<'_>| {
        let settings = Settings::from_json(json)?;
        Ok(settings.with_inventory(Arc::new(cluster::PolicyServer)))
    };
    Ok(answer::validation(
        &admit::respond(payload, &choose).verdict,
    ))
}

/// Answers bare settings with a `SettingsValidationResponse`.
fn validate_settings(payload: &[u8]) -> CallResult {
    let error = Settings::parse(payload).err();
    let message = error.map(|error| error.to_string());
    Ok(answer::settings(message.as_deref()))
}

/// Answers any payload with the protocol version.
fn protocol_version(_payload: &[u8]) -> CallResult {
    Ok(answer::protocol_version())
}
