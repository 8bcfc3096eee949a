//! A waPC guest whose fuel is counted.

use std::path::Path;
use std::time::{Duration, Instant};

use wasmtime::error::{Context as _, bail};
use wasmtime::{
    Caller, Config, Engine, Extern, InstancePre, Linker, Memory, Module, Result, Store, TypedFunc,
};

const OPERATION: &str = "validate";

/// A compiled guest. Fuel is counted in one build and time taken in another,
/// since counting takes time.
pub struct Guest {
    counted: InstancePre<Call>,
    timed: InstancePre<Call>,
}

/// What a verdict cost.
pub struct Cost {
    /// Fuel for instantiation and the first call.
    pub first_fuel: u64,
    /// Fuel for a second call.
    pub second_fuel: u64,
    /// Median time of instantiation and the first call.
    pub first_time: Duration,
    /// Median time of a later call in the same instance.
    pub second_time: Duration,
    /// Memory after two calls, in pages of 64 KiB.
    pub pages: u64,
}

/// The payload that the guest fetches, and its answer.
#[derive(Default)]
struct Call {
    payload: Vec<u8>,
    response: Vec<u8>,
}

struct Instance {
    store: Store<Call>,
    call: TypedFunc<(u32, u32), u32>,
    memory: Memory,
}

impl Guest {
    /// Compiles a guest.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        Ok(Self {
            counted: compile(&bytes, true)?,
            timed: compile(&bytes, false)?,
        })
    }

    /// Asks for a verdict on a payload many times.
    pub fn measure(&self, payload: &[u8], rounds: usize) -> Result<Cost> {
        const FUEL: u64 = u64::MAX / 2;
        let mut counted = Instance::new(&self.counted, payload, Some(FUEL))?;
        counted.validate(payload)?;
        let first_fuel = FUEL - counted.store.get_fuel()?;
        counted.validate(payload)?;
        let second_fuel = FUEL - first_fuel - counted.store.get_fuel()?;
        let pages = counted.memory.size(&counted.store);

        let mut first = Vec::new();
        for _ in 0..rounds.min(500) {
            let start = Instant::now();
            Instance::new(&self.timed, payload, None)?.validate(payload)?;
            first.push(start.elapsed());
        }
        first.sort_unstable();
        let mut warm = Instance::new(&self.timed, payload, None)?;
        let second_time = crate::median(rounds, || warm.validate(payload));
        Ok(Cost {
            first_fuel,
            second_fuel,
            first_time: first[first.len() / 2],
            second_time,
            pages,
        })
    }
}

impl Instance {
    fn new(pre: &InstancePre<Call>, payload: &[u8], fuel: Option<u64>) -> Result<Self> {
        let call = Call {
            payload: payload.to_vec(),
            response: Vec::new(),
        };
        let mut store = Store::new(pre.module().engine(), call);
        if let Some(fuel) = fuel {
            store.set_fuel(fuel)?;
        }
        let instance = pre.instantiate(&mut store)?;
        if let Ok(init) = instance.get_typed_func::<(), ()>(&mut store, "wapc_init") {
            init.call(&mut store, ())?;
        }
        let call = instance.get_typed_func(&mut store, "__guest_call")?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .context("no memory")?;
        Ok(Self {
            store,
            call,
            memory,
        })
    }

    fn validate(&mut self, payload: &[u8]) -> Result<()> {
        let ok = self.call.call(
            &mut self.store,
            (OPERATION.len() as u32, payload.len() as u32),
        )?;
        let response = &self.store.data().response;
        if ok != 1 || !response.starts_with(b"{\"accepted\":true") {
            bail!(
                "the request was not accepted: {}",
                String::from_utf8_lossy(response)
            );
        }
        Ok(())
    }
}

fn compile(bytes: &[u8], count_fuel: bool) -> Result<InstancePre<Call>> {
    let engine = Engine::new(Config::new().consume_fuel(count_fuel))?;
    let module = Module::new(&engine, bytes)?;
    let mut linker = Linker::new(&engine);
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
    linker.define_unknown_imports_as_traps(&module)?;
    linker.instantiate_pre(&module)
}

fn memory(caller: &mut Caller<'_, Call>) -> Result<Memory> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(wasmtime::Error::msg("the guest exports no memory")),
    }
}
