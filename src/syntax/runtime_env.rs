//! Whether KubeRay can read a `spec.runtimeEnvYAML`.
//!
//! KubeRay calls `yaml.Unmarshal` of `sigs.k8s.io/yaml` with a `map[string]interface{}`
//! (`ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec`): go-yaml v2 reads YAML
//! 1.1, the outcome is turned into JSON, and that is read again.

mod decode;
mod fault;
mod fetch;
mod grammar;
mod names;
mod number;
mod parser;
mod reader;
mod scalars;
mod scanner;
mod token;
mod tree;
mod types;

#[cfg(test)]
mod tests;

pub use fault::{Fault, Problem};

/// Judges the text of a `spec.runtimeEnvYAML`.
///
/// # Errors
/// Why KubeRay cannot read it.
pub fn check(text: &str) -> Result<(), Fault> {
    let text = if text.is_empty() { "\n" } else { text };
    match parser::parse(text)? {
        Some(tree) => decode::judge(tree.nodes()),
        None => Ok(()),
    }
}
