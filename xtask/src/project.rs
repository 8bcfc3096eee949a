//! Where things are in the project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The plain module for Kubewarden.
pub const PLAIN: &str = "dist/policy.wasm";
/// The module that carries its metadata.
pub const ANNOTATED: &str = "dist/annotated-policy.wasm";
/// The module for OPA's hosts.
pub const OPA: &str = "dist/policy-opa.wasm";
/// The same with metadata, for Kubewarden to run it as OPA would.
pub const ANNOTATED_OPA: &str = "dist/annotated-policy-opa.wasm";
/// The same with metadata, for Kubewarden to run it as Gatekeeper would.
pub const ANNOTATED_GATEKEEPER: &str = "dist/annotated-policy-gatekeeper.wasm";
/// The module in a bundle for OPA itself.
pub const BUNDLE: &str = "dist/bundle.tar.gz";
/// What a release has of them.
pub const MODULES: [&str; 6] = [
    PLAIN,
    ANNOTATED,
    OPA,
    ANNOTATED_OPA,
    ANNOTATED_GATEKEEPER,
    BUNDLE,
];
/// The module for web pages, with its JavaScript.
pub const BROWSER: &str = "dist/browser";
/// That module.
pub const PAGE_MODULE: &str = "dist/browser/rayjob_policy_bg.wasm";
/// The metadata, as written by hand.
pub const METADATA: &str = "policy-metadata.yml";
/// What users of the policy read.
pub const README: &str = "README.md";

/// The project's folder.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A file of the project.
pub fn path(file: &str) -> PathBuf {
    root().join(file)
}

/// Reads a file of the project.
///
/// # Errors
/// If it cannot be read; the error names it.
pub fn read(file: &str) -> Result<Vec<u8>> {
    fs::read(path(file)).with_context(|| file.to_owned())
}

/// Reads a text file of the project.
///
/// # Errors
/// If it cannot be read as UTF-8; the error names it.
pub fn read_text(file: &str) -> Result<String> {
    fs::read_to_string(path(file)).with_context(|| file.to_owned())
}

/// Writes a file of the project, and its folder if need be.
///
/// # Errors
/// If it cannot be written; the error names it.
pub fn write(file: &str, contents: impl AsRef<[u8]>) -> Result<()> {
    let path = path(file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| file.to_owned())?;
    }
    fs::write(path, contents).with_context(|| file.to_owned())
}
