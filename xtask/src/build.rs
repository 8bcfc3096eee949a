//! Builds the Kubewarden module.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::metadata::{self, Metadata};
use crate::module::{with_custom_section, without_custom_sections};
use crate::project;

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "rayjob-policy-kubewarden";

/// Builds the module and writes it to `dist/`, plain and annotated.
///
/// # Errors
/// If the metadata is faulty or the build fails.
pub fn build() -> Result<()> {
    let metadata = Metadata::of_project()?.to_json()?;
    add_target()?;
    let compiled = compile()?;
    let wasm = std::fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let plain = without_custom_sections(&wasm)?;
    let annotated = with_custom_section(&plain, metadata::SECTION, &metadata);
    for (file, module) in [(project::PLAIN, plain), (project::ANNOTATED, annotated)] {
        project::write(file, &module)?;
        println!("{file}: {} bytes", module.len());
    }
    Ok(())
}

/// Installs the target's standard library if rustup can.
fn add_target() -> Result<()> {
    let folder = output(rustc().args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(&folder).exists() {
        return Ok(());
    }
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "the standard library for {TARGET} is not installed; `rustup target add {TARGET}` does it"
        ),
    }
}

/// Compiles the module, and says where cargo has put it.
fn compile() -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(project::root())
        .args(["build", "--locked", "--profile", "module"])
        .args(["--target", TARGET, "--package", PACKAGE])
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?)
        .stderr(Stdio::inherit());
    let messages = output(&mut cargo)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == PACKAGE.replace('-', "_"))
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .context("cargo names no module")
}

/// Every engine that runs a module of ours has had 128-bit SIMD for years; JSON
/// is read with it. Panic messages name source files: without the folders of
/// this machine in them, the same sources give the same bytes everywhere.
fn flags() -> Result<OsString> {
    let cargo = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor a home directory is known")?;
    let sysroot = PathBuf::from(output(rustc().args(["--print", "sysroot"]))?);
    let about = output(rustc().arg("-vV"))?;
    let commit = about
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .context("rustc names no commit")?;
    let places = [
        (project::root().to_owned(), ".".to_owned()),
        (cargo.join("registry/src"), "registry".to_owned()),
        (
            sysroot.join("lib/rustlib/src/rust"),
            format!("/rustc/{commit}"),
        ),
    ];
    let mut flags = OsString::from("-Ctarget-feature=+simd128");
    for (from, to) in places {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// What a command prints, without the line feed at its end.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_owned();
    let output = command
        .output()
        .with_context(|| format!("{} cannot be run", name.display()))?;
    ensure!(output.status.success(), "{} failed", name.display());
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
