//! Whether KubeRay can read a `spec.runtimeEnvYAML`.
//!
//! KubeRay calls `yaml.Unmarshal` of `sigs.k8s.io/yaml` with a `map[string]interface{}`
//! (`ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec`): go-yaml v2 reads YAML
//! 1.1, the result is converted to JSON, and that is read again. Unknown keys are not an error.
//!
//! The parser reimplements go-yaml's syntax for this one question. On 15,000 mutilated texts, the
//! crate `libyaml-safer` 0.3 disagreed with go-yaml on 0.8 % and panicked on 1 %, which is a trap
//! in Wasm, and its parser alone takes 69 KB there; `saphyr-parser` 0.3 disagreed on 11.6 %. This
//! parser takes 61 KB (`opt-level = "s"`), neither panics nor recurses, and agrees on 710,000
//! texts, except where KubeRay itself can answer either way: a value that JSON lacks, under keys
//! that differ only in type (`1` and `"1"`), of which the order of a Go map keeps one. Such a text
//! is refused here.
//!
//! go-yaml's scanner and parser are those of libyaml, whose licence is in `LICENSE.libyaml`.

mod decode;
mod error;
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

pub use error::{SyntaxError, SyntaxErrorKind};

/// Decodes a text from base64, if it is base64.
pub(crate) fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(types::base64(text.trim())?).ok()
}

/// Whether an unquoted scalar is a text.
pub(crate) fn is_text(scalar: &str) -> bool {
    types::infer(scalar).kind == types::Kind::Text
}

/// Judges the text of a `spec.runtimeEnvYAML`.
///
/// # Errors
/// Why KubeRay cannot read it.
pub fn check(text: &str) -> Result<(), SyntaxError> {
    let text = if text.is_empty() { "\n" } else { text };
    match parser::parse(text)? {
        Some(tree) => decode::judge(tree.nodes()),
        None => Ok(()),
    }
}
