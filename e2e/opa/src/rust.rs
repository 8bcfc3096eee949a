//! The crate `opa-wasm`.

use anyhow::Result;
use opa_wasm::{DefaultContext, Policy, Runtime};
use serde_json::Value;
use wasmtime::{Config, Engine, Module, Store};

use crate::{Data, ENTRY_POINTS, Host, built};

/// The crate `opa-wasm`.
pub struct Rust {
    runtime: tokio::runtime::Runtime,
    module: Module,
    loaded: Option<(Data, Store<()>, Policy<DefaultContext>)>,
}

impl Rust {
    /// Compiles the module.
    ///
    /// # Errors
    /// If that fails.
    pub fn new() -> Result<Self> {
        let engine = Engine::new(&Config::new())?;
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            module: Module::new(&engine, built()?)?,
            loaded: None,
        })
    }
}

impl Host for Rust {
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        let Self {
            runtime,
            module,
            loaded,
        } = self;
        runtime.block_on(async {
            // This SDK sets data once in an instance.
            if loaded.as_ref().is_none_or(|(loaded, ..)| loaded != data) {
                let mut store = Store::new(module.engine(), ());
                let runtime = Runtime::new(&mut store, module).await?;
                let policy = runtime.with_data(&mut store, &data.as_document()).await?;
                *loaded = Some((data.clone(), store, policy));
            }
            let mut answers = Vec::new();
            if let Some((_, store, policy)) = loaded {
                for entry_point in ENTRY_POINTS {
                    let set: [Value; 1] = policy.evaluate(&mut *store, entry_point, input).await?;
                    answers.push(set[0]["result"].clone());
                }
            }
            Ok(answers)
        })
    }
}
