//! A Kubewarden host: waPC on wasmtime, as in policy-server, with a fresh
//! instance for every call.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wapc::WapcHost;
use wasmtime_provider::{WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre};

/// A module that was compiled once and is instantiated for every call.
pub struct Policy {
    module: WasmtimeEngineProviderPre,
}

impl Policy {
    /// Compiles a module.
    ///
    /// # Errors
    /// If the file cannot be read, is no module, or imports what this host
    /// does not offer.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| {
            format!(
                "{} is missing; `cargo xtask build` makes it",
                path.display()
            )
        })?;
        let module = WasmtimeEngineProviderBuilder::new()
            .module_bytes(&bytes)
            .build_pre()?;
        Ok(Self { module })
    }

    /// The module that `cargo xtask build` wrote.
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn built() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Self::load(&root.join("dist/policy.wasm"))
    }

    /// Calls one of the module's waPC operations in a new instance.
    ///
    /// # Errors
    /// What the module says, or that it trapped.
    pub fn call(&self, operation: &str, payload: &[u8]) -> Result<Vec<u8>> {
        let host = WapcHost::new(Box::new(self.module.rehydrate(None)?), None)?;
        Ok(host.call(operation, payload)?)
    }
}

/// The files of a folder of the project with this ending, in order of name.
///
/// # Errors
/// If the folder cannot be read.
pub fn project_files(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == ending)
    });
    files.sort();
    Ok(files)
}
