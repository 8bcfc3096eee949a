//! What the policy promises about any input, one module for each target of the fuzzer.
//!
//! A target is a function that takes any bytes and panics if a promise is broken. The fuzzer
//! (`fuzz/`) looks for such bytes; `tests/corpus.rs` checks those that it kept. [`mutate`]
//! changes an input so that it stays an object, a manifest or a script.

pub mod calls;
pub mod corpus;
pub mod fuel;
pub mod json;
pub mod manifest;
pub mod modules;
pub mod mutate;
pub mod pods;
pub mod request;
pub mod runtime_env;
pub mod settings;
pub mod shell;
mod vocabulary;
pub mod yaml;

/// A function that panics if input breaks a promise.
pub type Check = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Check); 11] = [
    ("calls", calls::check),
    ("fuel", fuel::check),
    ("json", json::check),
    ("manifest", manifest::check),
    ("modules", modules::check),
    ("pods", pods::check),
    ("request", request::check),
    ("runtime_env", runtime_env::check),
    ("settings", settings::check),
    ("shell", shell::check),
    ("yaml", yaml::check),
];
