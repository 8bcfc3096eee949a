//! Guests of Kubewarden, which speak waPC.

use wasmtime::error::bail;
use wasmtime::{Caller, Extern, InstancePre, Linker, Memory, Module, Result, Store, TypedFunc};

use super::{Host, Instance};

const OPERATION: &str = "validate";

/// A waPC host.
pub struct Wapc(InstancePre<Call>);

/// The payload that the guest fetches, and its answer.
#[derive(Default)]
pub struct Call {
    payload: Vec<u8>,
    response: Vec<u8>,
}

/// An instance of a waPC guest.
pub struct WapcInstance {
    store: Store<Call>,
    call: TypedFunc<(u32, u32), u32>,
    memory: Memory,
}

impl Host for Wapc {
    type Instance = WapcInstance;

    fn prepare(module: Module) -> Result<Self> {
        let mut linker = Linker::new(module.engine());
        linker.func_wrap(
            "wapc",
            "__guest_request",
            |mut caller: Caller<'_, Call>, operation: u32, message: u32| {
                let memory = memory(&mut caller)?;
                let payload = std::mem::take(&mut caller.data_mut().payload);
                memory.write(&mut caller, operation as usize, OPERATION.as_bytes())?;
                memory.write(&mut caller, message as usize, &payload)?;
                caller.data_mut().payload = payload;
                Result::Ok(())
            },
        )?;
        linker.func_wrap(
            "wapc",
            "__guest_response",
            |mut caller: Caller<'_, Call>, at: u32, length: u32| {
                let memory = memory(&mut caller)?;
                let mut response = vec![0; length as usize];
                memory.read(&caller, at as usize, &mut response)?;
                caller.data_mut().response = response;
                Result::Ok(())
            },
        )?;
        // It answers no question about the cluster.
        linker.func_wrap(
            "wapc",
            "__host_call",
            |_: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32| 0_u32,
        )?;
        linker.func_wrap("wapc", "__host_error_len", || 0_u32)?;
        linker.func_wrap("wapc", "__host_error", |_: u32| {})?;
        linker.define_unknown_imports_as_traps(&module)?;
        Ok(Self(linker.instantiate_pre(&module)?))
    }

    fn instantiate(&self, fuel: Option<u64>) -> Result<WapcInstance> {
        let mut store = Store::new(self.0.module().engine(), Call::default());
        if let Some(fuel) = fuel {
            store.set_fuel(fuel)?;
        }
        let instance = self.0.instantiate(&mut store)?;
        if let Ok(init) = instance.get_typed_func::<(), ()>(&mut store, "wapc_init") {
            init.call(&mut store, ())?;
        }
        let call = instance.get_typed_func(&mut store, "__guest_call")?;
        let Some(memory) = instance.get_memory(&mut store, "memory") else {
            bail!("the guest exports no memory");
        };
        Ok(WapcInstance {
            store,
            call,
            memory,
        })
    }
}

impl Instance for WapcInstance {
    const ACCEPTED: &'static str = "{\"accepted\":true";

    fn ask(&mut self, payload: &[u8]) -> Result<String> {
        payload.clone_into(&mut self.store.data_mut().payload);
        let lengths = (OPERATION.len() as u32, payload.len() as u32);
        let ok = self.call.call(&mut self.store, lengths)?;
        if ok != 1 {
            bail!("the guest returned an error");
        }
        let response = &self.store.data().response;
        Ok(String::from_utf8_lossy(response).into_owned())
    }

    fn fuel(&self) -> Result<u64> {
        self.store.get_fuel()
    }

    fn pages(&self) -> u64 {
        self.memory.size(&self.store)
    }
}

fn memory(caller: &mut Caller<'_, Call>) -> Result<Memory> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => bail!("the guest exports no memory"),
    }
}
