//! The policy as a module for web pages: texts in, findings and traces out.
//!
//! ```text
//! JavaScript object --JSON--> request --manifest, core--> answer --JSON--> JavaScript object
//! ```
//!
//! `types.ts` declares the types of these objects.

mod answer;
mod catalogue;
mod cluster;
mod job;
mod matrix;
mod options;
mod releases;
mod trace;

use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Options, Source, settings};
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use options::{Given, SimulationOptions};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

/// Judges the RayJobs, RayCronJobs, RayClusters and RayServices of a text.
///
/// # Errors
/// If the options do not match `types.ts`.
#[wasm_bindgen(unchecked_return_type = "Answer")]
pub fn check(
    text: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "Options")] options: JsValue,
) -> Result<JsValue, JsError> {
    let given = Given::of(from_js(options)?).map_err(fail)?;
    let (cluster, unknown) = match cluster::read(&given.cluster) {
        Ok(cluster) => (cluster, None),
        Err(problem) => (None, Some(problem)),
    };
    let settings = match cluster::settings(&given.settings, cluster.as_ref()) {
        Ok(settings) => settings,
        Err(errors) => {
            let mut answer = answer::Answer::without_settings(errors);
            answer.cluster.extend(unknown);
            return to_js(&answer);
        }
    };
    let options = Options {
        settings,
        stored: given.stored(),
        cluster: cluster.as_ref(),
        ..Options::default()
    };
    let mut answer = answer::answer(&Source::new(text), &options)?;
    answer.cluster.extend(unknown);
    to_js(&answer)
}

/// Changes only the KubeRay release in the text of settings; `undefined` if the
/// text does not allow it.
///
/// # Errors
/// If the release is unknown.
#[wasm_bindgen(js_name = withRelease)]
pub fn with_release(settings: &str, release: &str) -> Result<Option<String>, JsError> {
    Ok(settings::with_release(settings, parse(release)?))
}

/// Returns every rule, with its explanation and examples.
///
/// # Errors
/// If an example is not JSON, which no caller can cause.
#[wasm_bindgen(unchecked_return_type = "Catalogue")]
pub fn catalogue() -> Result<JsValue, JsError> {
    to_js(&catalogue::catalogue()?)
}

/// Simulates the lifecycle of a RayJob, or of a job of a RayCronJob, in a KubeRay
/// release.
///
/// # Errors
/// If the release is unknown, the settings are invalid, the object describes no job,
/// or the object or the options cannot be read.
#[wasm_bindgen(unchecked_return_type = "Trace")]
pub fn lifecycle(
    #[wasm_bindgen(unchecked_param_type = "object")] object: JsValue,
    release: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "SimulationOptions")] options: JsValue,
) -> Result<JsValue, JsError> {
    let object = from_js(object)?;
    let options = SimulationOptions::of(from_js(options)?).map_err(fail)?;
    to_js(&trace::simulate(&object, parse(release)?, &options).map_err(fail)?)
}

/// Returns what each KubeRay release, if the object describes a job, and the policy
/// configured for it would do with one object of a text: the one at this index in the documents of
/// [`check`].
///
/// # Errors
/// If there is no such object, or something cannot be read.
#[wasm_bindgen(unchecked_return_type = "InRelease[]")]
pub fn releases(
    text: &str,
    index: usize,
    #[wasm_bindgen(unchecked_optional_param_type = "Options")] options: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "SimulationOptions")] simulation: JsValue,
) -> Result<JsValue, JsError> {
    let given = Given::of(from_js(options)?).map_err(fail)?;
    let simulation = SimulationOptions::of(from_js(simulation)?).map_err(fail)?;
    let compared = releases::compare(text, index, &given.settings, given.stored(), &simulation);
    to_js(&compared.map_err(fail)?)
}

/// Returns the verdict on each submission mode combined with each field that not
/// every mode supports.
///
/// # Errors
/// If the release is unknown, or the settings are invalid.
#[wasm_bindgen(unchecked_return_type = "Matrix")]
pub fn matrix(
    settings: &str,
    release: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "object")] object: JsValue,
) -> Result<JsValue, JsError> {
    let object = from_js(object)?;
    let release = parse(release)?;
    let settings = settings::read(settings, Some(release));
    let settings = settings.map_err(|errors| fail(errors.join("; ")))?;
    let settings = settings.unwrap_or_else(|| Settings::for_release(release));
    to_js(&matrix::matrix(&settings, &object)?)
}

fn parse(release: &str) -> Result<Release, JsError> {
    Release::parse(release).ok_or_else(|| JsError::new("unknown KubeRay release"))
}

fn fail(error: String) -> JsError {
    JsError::new(&error)
}

/// Converts a value from JavaScript; `undefined` becomes null.
fn from_js(value: JsValue) -> Result<Value, JsError> {
    if value.is_undefined() {
        return Ok(Value::Null);
    }
    let json =
        js_sys::JSON::stringify(&value).map_err(|_| JsError::new("the value is not JSON"))?;
    Ok(serde_json::from_str(&String::from(json))?)
}

/// Converts a value to JavaScript.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    let json = serde_json::to_string(value)?;
    js_sys::JSON::parse(&json).map_err(|_| JsError::new("the value is not JSON"))
}
