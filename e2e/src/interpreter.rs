//! A light engine for waPC modules: wasmi, an interpreter that builds in
//! seconds, where a compiler such as Kubewarden's takes minutes.

use std::error::Error;
use std::sync::Arc;

use anyhow::Result;
use wapc::wapc_functions as names;
use wapc::{HOST_NAMESPACE, ModuleState, WebAssemblyEngineProvider};
use wasmi::{Caller, Engine, Extern, Linker, Memory, Module, Store, TypedFunc};

/// One instance of a module, for [`wapc::WapcHost`].
pub struct Interpreter {
    module: Module,
    started: Option<Started>,
}

struct Started {
    store: Store<Arc<ModuleState>>,
    guest_call: TypedFunc<(i32, i32), i32>,
}

impl Interpreter {
    /// Reads and checks a module, once for all of its instances.
    ///
    /// # Errors
    /// If the bytes are not a WebAssembly module.
    pub fn read(bytes: &[u8]) -> Result<Module> {
        Ok(Module::new(&Engine::default(), bytes)?)
    }

    /// An instance that has not started yet.
    pub fn new(module: &Module) -> Self {
        Self {
            module: module.clone(),
            started: None,
        }
    }
}

type ProviderResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

impl WebAssemblyEngineProvider for Interpreter {
    fn init(&mut self, host: Arc<ModuleState>) -> ProviderResult<()> {
        let engine = self.module.engine();
        let mut store = Store::new(engine, host);
        let instance = linker(engine)?.instantiate_and_start(&mut store, &self.module)?;
        for start in names::REQUIRED_STARTS {
            if let Ok(start) = instance.get_typed_func::<(), ()>(&store, start) {
                start.call(&mut store, ())?;
            }
        }
        let guest_call = instance.get_typed_func(&store, names::GUEST_CALL)?;
        self.started = Some(Started { store, guest_call });
        Ok(())
    }

    fn call(&mut self, operation: i32, message: i32) -> ProviderResult<i32> {
        let started = self
            .started
            .as_mut()
            .ok_or("the instance has not started")?;
        let Started { store, guest_call } = started;
        Ok(guest_call.call(store, (operation, message))?)
    }

    fn replace(&mut self, _: &[u8]) -> ProviderResult<()> {
        Err("this engine does not replace modules".into())
    }
}

/// The functions that the policy imports. It calls nothing on its host, so the
/// functions of waPC for that are missing.
fn linker(engine: &Engine) -> Result<Linker<Arc<ModuleState>>, wasmi::Error> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        HOST_NAMESPACE,
        names::GUEST_REQUEST_FN,
        |mut caller: Caller<'_, Arc<ModuleState>>, operation: u32, message: u32| {
            let Some(request) = caller.data().get_guest_request() else {
                return Ok(());
            };
            let memory = memory(&caller)?;
            memory.write(
                &mut caller,
                operation as usize,
                request.operation.as_bytes(),
            )?;
            memory.write(&mut caller, message as usize, &request.msg)?;
            Ok::<_, wasmi::Error>(())
        },
    )?;
    linker.func_wrap(
        HOST_NAMESPACE,
        names::GUEST_RESPONSE_FN,
        |caller: Caller<'_, Arc<ModuleState>>, at: u32, length: u32| {
            let response = bytes(&caller, at, length)?;
            caller.data().set_guest_response(response);
            Ok::<_, wasmi::Error>(())
        },
    )?;
    linker.func_wrap(
        HOST_NAMESPACE,
        names::GUEST_ERROR_FN,
        |caller: Caller<'_, Arc<ModuleState>>, at: u32, length: u32| {
            let message = bytes(&caller, at, length)?;
            let message = String::from_utf8_lossy(&message).into_owned();
            caller.data().set_guest_error(message);
            Ok::<_, wasmi::Error>(())
        },
    )?;
    Ok(linker)
}

fn memory(caller: &Caller<'_, Arc<ModuleState>>) -> Result<Memory, wasmi::Error> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| wasmi::Error::new("the module exports no memory"))
}

fn bytes(
    caller: &Caller<'_, Arc<ModuleState>>,
    at: u32,
    length: u32,
) -> Result<Vec<u8>, wasmi::Error> {
    let mut bytes = vec![0; length as usize];
    memory(caller)?.read(caller, at as usize, &mut bytes)?;
    Ok(bytes)
}
