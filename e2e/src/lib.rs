//! A Kubewarden host: waPC, with a fresh instance of the module for every call,
//! as in policy-server.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use rayjob_policy_testkit::project;
use wapc::{WapcHost, WebAssemblyEngineProvider};

mod cluster;
mod engine;
/// wasmi, an interpreter that builds in seconds, where an engine that compiles,
/// such as Kubewarden's, takes minutes.
mod interpreter {
    crate::engine!(wasmi, instantiate_and_start);
}

pub use cluster::Cluster;
pub use wapc;

/// Makes a new instance of a module.
type Instantiate = dyn Fn() -> Box<dyn WebAssemblyEngineProvider>;

/// What a host gives an instance; everything it has by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// The most bytes of memory.
    pub memory: Option<usize>,
    /// The instructions that it may run, about; the engine must count them.
    pub fuel: Option<u64>,
}

/// A module that was prepared once and is instantiated for every call.
pub struct Policy {
    instantiate: Box<Instantiate>,
}

impl Policy {
    /// A module in an engine: `instantiate` makes an instance of it.
    pub fn new(instantiate: impl Fn() -> Box<dyn WebAssemblyEngineProvider> + 'static) -> Self {
        Self {
            instantiate: Box::new(instantiate),
        }
    }

    /// A module in a light interpreter, which needs no compiler to be built.
    ///
    /// # Errors
    /// If the bytes are not a WebAssembly module.
    pub fn interpreted(module: &[u8]) -> Result<Self> {
        let module = wasmi::Module::new(&wasmi::Engine::default(), module)?;
        let instance = move || interpreter::Instance::new(&module, Limits::default());
        Ok(Self::new(move || Box::new(instance())))
    }

    /// Calls one of the module's waPC operations in a new instance, on a host that answers
    /// no call.
    ///
    /// # Errors
    /// What the module says, or that it trapped.
    pub fn call(&self, operation: &str, payload: &[u8]) -> Result<Vec<u8>> {
        let host = WapcHost::new((self.instantiate)(), None)?;
        Ok(host.call(operation, payload)?)
    }

    /// Calls one on a host that answers for the cluster.
    ///
    /// # Errors
    /// What the module says, or that it trapped.
    pub fn call_in(
        &self,
        cluster: &Arc<Cluster>,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>> {
        let host = WapcHost::new((self.instantiate)(), Some(cluster.clone().host_callback()))?;
        Ok(host.call(operation, payload)?)
    }
}

/// The bytes of the module that `cargo xtask build` wrote.
///
/// # Errors
/// If it has not been built.
pub fn built_module() -> Result<Vec<u8>> {
    let path = project("dist/policy.wasm");
    let missing = || format!("{} is missing; `make build` makes it", path.display());
    std::fs::read(&path).with_context(missing)
}

/// The files of a folder of the project with this ending, in order of name.
///
/// # Errors
/// If the folder cannot be read.
pub fn project_files(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = project(folder);
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
