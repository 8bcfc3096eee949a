//! Guests with OPA's ABI, called as Kubewarden and the SDKs call them.

use wasmtime::error::{Context as _, bail};
use wasmtime::{
    Instance as Wasm, Linker, Memory, MemoryType, Module, Result, Store, WasmParams, WasmResults,
};

use super::{Host, Instance};

/// A host of OPA's ABI.
pub struct Opa {
    module: Module,
    linker: Linker<()>,
}

/// An instance of an OPA guest.
pub struct OpaInstance {
    store: Store<()>,
    wasm: Wasm,
    memory: Memory,
    data: u32,
    data_end: u32,
}

impl Host for Opa {
    type Instance = OpaInstance;

    fn prepare(module: Module) -> Result<Self> {
        let mut linker = Linker::new(module.engine());
        // The memory differs from instance to instance.
        linker.allow_shadowing(true);
        for import in module.imports() {
            if let Some(function) = import.ty().func() {
                linker.func_new(
                    import.module(),
                    import.name(),
                    function.clone(),
                    |_, _, _| bail!("the guest calls its host"),
                )?;
            }
        }
        Ok(Self { module, linker })
    }

    fn instantiate(&self, fuel: Option<u64>) -> Result<OpaInstance> {
        let mut store = Store::new(self.module.engine(), ());
        if let Some(fuel) = fuel {
            store.set_fuel(fuel)?;
        }
        let memory = Memory::new(&mut store, MemoryType::new(4, None))?;
        let mut linker = self.linker.clone();
        linker.define(&store, "env", "memory", memory)?;
        let wasm = linker.instantiate(&mut store, &self.module)?;
        let mut instance = OpaInstance {
            store,
            wasm,
            memory,
            data: 0,
            data_end: 0,
        };
        for names in ["builtins", "entrypoints"] {
            let value = instance.call(names, ())?;
            instance.dump(value)?;
        }
        instance.data = instance.parse(b"{}")?;
        instance.data_end = instance.call("opa_heap_ptr_get", ())?;
        Ok(instance)
    }
}

impl OpaInstance {
    /// Calls one of the guest's functions.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, parameters: P) -> Result<R> {
        let function = self.wasm.get_typed_func::<P, R>(&mut self.store, name)?;
        function.call(&mut self.store, parameters)
    }

    /// Writes a text to memory that the guest allocates, and returns its address.
    pub fn write(&mut self, text: &[u8]) -> Result<u32> {
        let at: u32 = self.call("opa_malloc", text.len() as u32)?;
        self.memory.write(&mut self.store, at as usize, text)?;
        Ok(at)
    }

    fn parse(&mut self, json: &[u8]) -> Result<u32> {
        let at = self.write(json)?;
        self.call("opa_json_parse", (at, json.len() as u32))
    }

    fn dump(&mut self, value: u32) -> Result<&str> {
        let at: u32 = self.call("opa_json_dump", value)?;
        let text = self.memory.data(&self.store).get(at as usize..);
        let text = text.and_then(|text| text.split(|&byte| byte == 0).next());
        Ok(std::str::from_utf8(text.context("no text")?)?)
    }
}

impl Instance for OpaInstance {
    const ACCEPTED: &'static str = r#""allowed":true"#;

    fn ask(&mut self, payload: &[u8]) -> Result<String> {
        self.call::<_, ()>("opa_heap_ptr_set", self.data_end)?;
        let input = self.parse(payload)?;
        let context: u32 = self.call("opa_eval_ctx_new", ())?;
        self.call::<_, ()>("opa_eval_ctx_set_input", (context, input))?;
        self.call::<_, ()>("opa_eval_ctx_set_data", (context, self.data))?;
        self.call::<_, ()>("opa_eval_ctx_set_entrypoint", (context, 0))?;
        self.call::<_, i32>("eval", context)?;
        let result = self.call("opa_eval_ctx_get_result", context)?;
        Ok(self.dump(result)?.to_owned())
    }

    fn fuel(&self) -> Result<u64> {
        self.store.get_fuel()
    }

    fn pages(&self) -> u64 {
        self.memory.size(&self.store)
    }
}
