//! Reads YAML as Kubernetes does.
//!
//! kubectl, KubeRay and most programs around Kubernetes read YAML with `sigs.k8s.io/yaml` (v1.6.0):
//! go-yaml v2 reads YAML 1.1, and the result is converted to JSON. This crate reads the same: its
//! scanner and parser follow those of go-yaml, which are those of libyaml, whose licence is in
//! `LICENSE.libyaml`.
//!
//! [`Parser`] reads documents whose nodes know their places in the text, [`Scalar::value`] says
//! what a scalar means, and [`mapping`] whether a text can become a JSON object, without
//! creating the object. Nothing here recurses or panics.
//!
//! On 15,000 mutilated texts, the crate `libyaml-safer` 0.3 disagreed with go-yaml on 0.8 % and
//! panicked on 1 %, which is a trap in Wasm; `saphyr-parser` 0.3 disagreed on 11.6 %. This crate
//! agrees on 710,000 texts, except where Kubernetes itself can answer either way: a value that JSON
//! lacks, under keys that differ only in type (`1` and `"1"`), of which the order of a Go map keeps
//! one. Such a text is refused here.

// Code that reads foreign input must not panic. This is not in `[workspace.lints]` because
// it would then apply to tools and to helpers of integration tests, which may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod decode;
mod document;
mod error;
mod fetch;
mod grammar;
mod number;
mod parser;
mod properties;
mod reader;
mod scalars;
mod scanner;
mod token;
mod value;

#[cfg(test)]
mod tests;

pub use decode::mapping;
pub use document::{Content, Document, Node, Style};
pub use error::{Error, ErrorKind};
pub use parser::Parser;
pub use scanner::MAX_KEY_LENGTH;
pub use value::{Scalar, Tag, Value, from_base64, infer, is_text};
