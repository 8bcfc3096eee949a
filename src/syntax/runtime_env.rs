//! Whether KubeRay can read a `spec.runtimeEnvYAML`.

pub use rayjob_policy_yaml::{Error as SyntaxError, ErrorKind as SyntaxErrorKind};

/// Decodes a text from base64, if it is base64.
pub(crate) fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(rayjob_policy_yaml::from_base64(text.trim())?).ok()
}

/// Judges the text of a `spec.runtimeEnvYAML`. KubeRay calls `yaml.Unmarshal` of
/// `sigs.k8s.io/yaml` with a `map[string]interface{}`
/// (`ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec`). Unknown keys are not
/// an error.
///
/// # Errors
/// Why KubeRay cannot read it.
pub fn check(text: &str) -> Result<(), SyntaxError> {
    rayjob_policy_yaml::check_mapping(text)
}
