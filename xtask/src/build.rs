//! Builds the modules.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::metadata::{self, ExecutionMode, Metadata};
use crate::module::{
    with_constants, with_custom_section, with_fresh_stack, without_custom_sections,
};
use crate::optimise::Optimiser;
use crate::{bundle, project};

const TARGET: &str = "wasm32-unknown-unknown";

/// The version of OPA's Wasm ABI. All of its hosts know 1.1; later ones are
/// unknown to some.
pub const OPA_ABI: [(&str, i32); 2] = [
    ("opa_wasm_abi_version", 1),
    ("opa_wasm_abi_minor_version", 1),
];

/// Builds the modules and writes them to `dist/`, plain, annotated and bundled.
///
/// # Errors
/// If the metadata is faulty or the build fails.
pub fn build() -> Result<()> {
    let mut metadata = Metadata::of_project()?;
    add_target()?;
    let mut annotated = |module: &[u8], mode| {
        metadata.set_mode(mode);
        anyhow::Ok(with_custom_section(
            module,
            metadata::SECTION,
            &metadata.to_json()?,
        ))
    };
    let optimiser = optimiser();
    let wapc = module("rayjob-policy-kubewarden", optimiser.as_ref())?;
    let opa = with_constants(&module("rayjob-policy-opa", optimiser.as_ref())?, &OPA_ABI)?;
    // Hosts call it before each evaluation.
    let opa = with_fresh_stack(&opa, "opa_heap_ptr_set")?;
    for (file, contents) in [
        (project::PLAIN, &wapc),
        (project::ANNOTATED, &annotated(&wapc, ExecutionMode::Wapc)?),
        (project::OPA, &opa),
        (
            project::ANNOTATED_OPA,
            &annotated(&opa, ExecutionMode::Opa)?,
        ),
        (
            project::ANNOTATED_GATEKEEPER,
            &annotated(&opa, ExecutionMode::Gatekeeper)?,
        ),
        (project::BUNDLE, &bundle::pack(&opa)?),
    ] {
        project::write(file, contents)?;
        println!("{file}: {} bytes", contents.len());
    }
    Ok(())
}

/// wasm-opt, if it is installed.
pub fn optimiser() -> Option<Optimiser> {
    let optimiser = Optimiser::find();
    if optimiser.is_none() {
        println!(
            "skipped: wasm-opt: it is not installed (`make build` does), so the modules are \
             larger than they need to be"
        );
    }
    optimiser
}

/// Compiles a module, and removes what no host reads.
fn module(package: &str, optimiser: Option<&Optimiser>) -> Result<Vec<u8>> {
    let compiled = compile(package, "module")?;
    let wasm = std::fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let plain = without_custom_sections(&wasm)?;
    match optimiser {
        Some(optimiser) => without_custom_sections(&optimiser.shrink(&plain, &[])?),
        None => Ok(plain),
    }
}

/// Installs the target's standard library if rustup can.
///
/// # Errors
/// If it is not there and cannot be installed.
pub fn add_target() -> Result<()> {
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
            "the standard library for {TARGET} is not installed; `rustup target add {TARGET}` \
             does it"
        ),
    }
}

/// Compiles a module, and says where cargo has put it.
///
/// # Errors
/// If it does not compile.
pub fn compile(package: &str, profile: &str) -> Result<PathBuf> {
    let mut cargo = cargo();
    cargo
        .args(["build", "--locked", "--profile", profile])
        .args(["--target", TARGET, "--package", package])
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?)
        .stderr(Stdio::inherit());
    let messages = output(&mut cargo)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == package.replace('-', "_"))
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
    let about = output(rustc().arg("-vV"))?;
    let commit = about
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .context("rustc names no commit")?;
    let mut places = vec![
        (project::root().to_owned(), ".".to_owned()),
        (sources_of_std()?, format!("/rustc/{commit}")),
    ];
    let registries = registries()?.into_iter();
    places.extend(registries.map(|folder| (folder, "registry".to_owned())));
    let mut flags = OsString::from("-Ctarget-feature=+simd128");
    for (from, to) in places {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}

/// The folders of this machine that the sources of a module are in.
///
/// # Errors
/// If cargo or rustc does not name them.
pub fn folders() -> Result<Vec<PathBuf>> {
    let mut folders = registries()?;
    folders.extend([project::root().to_owned(), sources_of_std()?]);
    Ok(folders)
}

/// Where rustup puts the sources of the standard library, if it is asked to.
fn sources_of_std() -> Result<PathBuf> {
    let sysroot = PathBuf::from(output(rustc().args(["--print", "sysroot"]))?);
    Ok(sysroot.join("lib/rustlib/src/rust"))
}

/// The folders that cargo has unpacked crates into. A mirror of crates.io has a
/// folder of another name.
fn registries() -> Result<Vec<PathBuf>> {
    let about = output(
        cargo()
            .args(["metadata", "--locked", "--format-version", "1"])
            .args(["--filter-platform", TARGET]),
    )?;
    let about: Value = serde_json::from_str(&about)?;
    let packages = about["packages"].as_array().context("no packages")?;
    let others = packages
        .iter()
        .filter(|package| !package["source"].is_null());
    let manifests = others.filter_map(|package| package["manifest_path"].as_str());
    let folders = manifests.filter_map(|manifest| Path::new(manifest).ancestors().nth(2));
    let folders: BTreeSet<_> = folders.map(Path::to_owned).collect();
    Ok(folders.into_iter().collect())
}

/// Cargo, in the project.
fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(project::root());
    cargo
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
