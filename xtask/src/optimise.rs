//! Makes modules smaller with Binaryen's wasm-opt.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::project;

/// What Rust compiles for and wasm-opt must be told.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// wasm-opt, of the version in `xtask/package.json`.
pub struct Optimiser {
    script: PathBuf,
}

impl Optimiser {
    /// The installed one: `make build` installs it where there is npm.
    pub fn find() -> Option<Self> {
        let script = project::path("xtask/node_modules/binaryen/bin/wasm-opt");
        script.exists().then_some(Self { script })
    }

    /// The same module in fewer bytes, with further options. It takes seconds,
    /// so the answer is kept under `target/`.
    ///
    /// # Errors
    /// If it cannot be run, or does not take this for a module.
    pub fn shrink(&self, module: &[u8], options: &[&str]) -> Result<Vec<u8>> {
        let options = [&FEATURES[..], &["-Oz", "--converge"], options].concat();
        let version = project::read("xtask/package-lock.json")?;
        let mut hasher = DefaultHasher::new();
        (module, &options, version).hash(&mut hasher);
        let folder = project::path("target/wasm-opt");
        let kept = folder.join(format!("{:016x}.wasm", hasher.finish()));
        if kept.exists() {
            return Ok(fs::read(kept)?);
        }

        fs::create_dir_all(&folder)?;
        let input = tempfile::NamedTempFile::new()?;
        input.as_file().write_all(module)?;
        let output = tempfile::NamedTempFile::new_in(&folder)?;
        let status = Command::new("node")
            .arg(&self.script)
            .args(options)
            .arg(input.path())
            .arg("-o")
            .arg(output.path())
            .stdin(Stdio::null())
            .status()
            .context("node cannot be run")?;
        ensure!(status.success(), "wasm-opt failed");
        output.persist(&kept)?;
        Ok(fs::read(kept)?)
    }
}
