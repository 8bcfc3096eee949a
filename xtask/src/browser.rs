//! Builds the module for web pages.

use std::env;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::module::without_custom_sections;
use crate::{build, project};

const PACKAGE: &str = "rayjob-policy-browser";
const NAME: &str = "rayjob_policy";

/// Pages are sent compressed. What has been inlined compresses badly, and what
/// is alike compresses well only where it stands together.
const TO_COMPRESS_WELL: [&str; 6] = [
    "--debuginfo",
    "--always-inline-max-function-size",
    "0",
    "--one-caller-inline-max-function-size",
    "0",
    "--reorder-functions-by-name",
];

/// Builds the module and its JavaScript into `dist/browser/`.
///
/// # Errors
/// If the build fails.
pub fn build() -> Result<()> {
    build::add_target()?;
    let compiled = build::compile(PACKAGE, "page")?;
    let folder = project::path(project::BROWSER);
    let mut bindgen = bindgen();
    bindgen
        .current_dir(project::root())
        .args(["--target", "web", "--out-name", NAME, "--out-dir"])
        .arg(&folder)
        .arg(compiled);
    let status = bindgen.status().context("bindgen cannot be run")?;
    ensure!(status.success(), "wasm-bindgen failed");

    let file = project::PAGE_MODULE;
    let compiled = project::read(file)?;
    let module = match build::optimiser() {
        Some(optimiser) => optimiser.shrink(&compiled, &TO_COMPRESS_WELL)?,
        None => compiled,
    };
    let module = without_custom_sections(&module)?;
    fs::write(project::path(file), &module)?;
    println!("{file}: {} bytes", module.len());
    Ok(())
}

/// wasm-bindgen's program: what the variable `BINDGEN` names, or else as cargo
/// compiles it.
fn bindgen() -> Command {
    if let Some(program) = env::var_os("BINDGEN") {
        return Command::new(program);
    }
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "rayjob-policy-bindgen",
        "--bin",
        "bindgen",
        "--",
    ]);
    cargo
}
