//! The policy as a module for web pages: texts in, findings and lives out.
//!
//! ```text
//! JavaScript object --JSON--> request --manifest, core--> answer --JSON--> JavaScript object
//! ```
//!
//! What crosses is declared in `types.ts`.

mod answer;
mod catalogue;
mod job;
mod matrix;
mod releases;
mod trace;

use rayjob_manifest::{Options, Source, settings};
use rayjob_rules::release::Release;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

/// What a text is judged with.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    /// The settings of the policy, as YAML or JSON; blank for the defaults.
    settings: String,
    /// The objects that are stored, as manifests.
    stored: String,
}

impl Given {
    fn stored(&self) -> Option<&str> {
        Some(self.stored.as_str()).filter(|stored| !stored.is_empty())
    }
}

/// Judges the RayJobs and RayCronJobs of a text.
///
/// # Errors
/// If the options are not what `types.ts` says.
#[wasm_bindgen(unchecked_return_type = "Answer")]
pub fn check(
    text: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "Options")] options: JsValue,
) -> Result<JsValue, JsError> {
    let given: Given = from_js(options)?;
    let settings = match settings::read(&given.settings, None) {
        Ok(settings) => settings,
        Err(errors) => return to_js(&answer::Answer::without_settings(errors)),
    };
    let options = Options {
        settings,
        stored: given.stored(),
        ..Options::default()
    };
    to_js(&answer::answer(&Source::new(text), &options)?)
}

/// The text of settings with another release of KubeRay, and else as it is;
/// `undefined` if the text does not allow it.
///
/// # Errors
/// If the release is unknown.
#[wasm_bindgen(js_name = withRelease)]
pub fn with_release(settings: &str, release: &str) -> Result<Option<String>, JsError> {
    Ok(settings::with_release(settings, parse(release)?))
}

/// Every rule, with its explanation and examples.
///
/// # Errors
/// None that a caller can cause.
#[wasm_bindgen(unchecked_return_type = "Catalogue")]
pub fn catalogue() -> Result<JsValue, JsError> {
    to_js(&catalogue::catalogue()?)
}

/// The life of a RayJob, or of a job of a RayCronJob, in a release of KubeRay.
///
/// # Errors
/// If the release is unknown, the settings are faulty, or the object or the
/// options cannot be read.
#[wasm_bindgen(unchecked_return_type = "Trace")]
pub fn lifecycle(
    #[wasm_bindgen(unchecked_param_type = "object")] object: JsValue,
    release: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "SimulationOptions")] options: JsValue,
) -> Result<JsValue, JsError> {
    let object: Value = from_js(object)?;
    let options: trace::SimulationOptions = from_js(options)?;
    to_js(&trace::simulate(&object, parse(release)?, &options).map_err(fail)?)
}

/// What each release of KubeRay, and the policy set for it, would do with one
/// of the objects of a text: the one at this position among those that
/// [`check`] finds.
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
    let given: Given = from_js(options)?;
    let simulation: trace::SimulationOptions = from_js(simulation)?;
    let compared = releases::compare(text, index, &given.settings, given.stored(), &simulation);
    to_js(&compared.map_err(fail)?)
}

/// What the policy says of each submission mode together with each field that
/// does not go with every mode.
///
/// # Errors
/// If the settings are faulty.
#[wasm_bindgen(unchecked_return_type = "Matrix")]
pub fn matrix(
    settings: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "object")] object: JsValue,
) -> Result<JsValue, JsError> {
    let object: Value = from_js(object)?;
    let settings = settings::read(settings, None).map_err(|errors| fail(errors.join("; ")))?;
    to_js(&matrix::matrix(&settings.unwrap_or_default(), &object)?)
}

fn parse(release: &str) -> Result<Release, JsError> {
    Release::parse(release).ok_or_else(|| JsError::new("this is no known KubeRay release"))
}

fn fail(error: String) -> JsError {
    JsError::new(&error)
}

/// Takes a value over from JavaScript; `undefined` stands for the default.
fn from_js<T: DeserializeOwned + Default>(value: JsValue) -> Result<T, JsError> {
    if value.is_undefined() {
        return Ok(T::default());
    }
    let json = js_sys::JSON::stringify(&value).map_err(|_| JsError::new("this is not JSON"))?;
    Ok(serde_json::from_str(&String::from(json))?)
}

/// Hands a value over to JavaScript.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    let json = serde_json::to_string(value)?;
    js_sys::JSON::parse(&json).map_err(|_| JsError::new("this is not JSON"))
}
