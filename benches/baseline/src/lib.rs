//! One rule, the headline one, the way most Rust policies are written: the
//! SDK's `ValidationRequest`, and the object as a `serde_json::Value`.

use kubewarden_policy_sdk::request::ValidationRequest;
use kubewarden_policy_sdk::settings::Validatable;
use kubewarden_policy_sdk::{accept_request, protocol_version_guest, reject_request};
use serde::{Deserialize, Serialize};
use wapc_guest::{CallResult, register_function};

#[derive(Default, Deserialize, Serialize)]
struct Settings {}

impl Validatable for Settings {
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Called by the host once per instance.
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("protocol_version", protocol_version_guest);
}

fn validate(payload: &[u8]) -> CallResult {
    let request = ValidationRequest::<Settings>::new(payload)?;
    let spec = &request.request.object["spec"];
    let retries = spec["backoffLimit"].as_i64().unwrap_or(0);
    if spec["submissionMode"] == "InteractiveMode" && retries > 0 {
        let message = "InteractiveMode and backoffLimit cannot be used together";
        return reject_request(Some(message.into()), Some(422), None, None);
    }
    accept_request()
}
