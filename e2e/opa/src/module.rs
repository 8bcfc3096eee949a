//! The module by itself, function by function, as a host calls it.

use anyhow::{Context, Result};
use wasmtime::{
    Engine, Instance, Linker, Memory, MemoryType, Module, Store, TypedFunc, WasmParams, WasmResults,
};

use crate::built;

/// How a text is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As JSON.
    Json,
    /// As OPA writes a term.
    Term,
}

/// The module, compiled.
pub struct Compiled(Module);

/// An instance of the module with the smallest memory that a host makes.
pub struct Guest {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Compiled {
    /// Compiles the built module.
    ///
    /// # Errors
    /// If that fails.
    pub fn built() -> Result<Self> {
        Ok(Self(Module::new(&Engine::default(), built()?)?))
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// If that fails.
    pub fn instantiate(&self) -> Result<Guest> {
        self.instantiate_within(None)
    }

    /// Makes an instance whose memory does not grow beyond so many pages.
    ///
    /// # Errors
    /// If that fails.
    pub fn instantiate_within(&self, pages: Option<u32>) -> Result<Guest> {
        let mut store = Store::new(self.0.engine(), ());
        let memory = Memory::new(&mut store, MemoryType::new(4, pages))?;
        let mut linker = Linker::new(self.0.engine());
        linker.define(&store, "env", "memory", memory)?;
        // As Kubewarden: it comes back.
        linker.func_wrap("env", "opa_abort", |_message: u32| {})?;
        let instance = linker.instantiate(&mut store, &self.0)?;
        Ok(Guest {
            store,
            instance,
            memory,
        })
    }
}

impl Guest {
    /// Calls one of the module's functions.
    ///
    /// # Errors
    /// If there is no such function, or it traps.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, parameters: P) -> Result<R> {
        let function: TypedFunc<P, R> = self.instance.get_typed_func(&mut self.store, name)?;
        let result = function.call(&mut self.store, parameters);
        result
            .map_err(anyhow::Error::from)
            .with_context(|| name.to_owned())
    }

    /// The first free address of the heap.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn heap(&mut self) -> Result<u32> {
        self.call("opa_heap_ptr_get", ())
    }

    /// Takes back the heap from an address on.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn rewind(&mut self, to: u32) -> Result<()> {
        self.call("opa_heap_ptr_set", to)
    }

    /// Hands a text over, and frees it as hosts do.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn parse(&mut self, text: &[u8], syntax: Syntax) -> Result<u32> {
        let length = u32::try_from(text.len())?;
        let at: u32 = self.call("opa_malloc", length)?;
        self.memory
            .write(&mut self.store, usize::try_from(at)?, text)?;
        let name = match syntax {
            Syntax::Json => "opa_json_parse",
            Syntax::Term => "opa_value_parse",
        };
        let value = self.call(name, (at, length))?;
        self.call::<_, ()>("opa_free", at)?;
        Ok(value)
    }

    /// Starts an evaluation.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn context(&mut self, entry_point: usize, input: u32, data: u32) -> Result<u32> {
        let context: u32 = self.call("opa_eval_ctx_new", ())?;
        self.call::<_, ()>("opa_eval_ctx_set_input", (context, input))?;
        self.call::<_, ()>("opa_eval_ctx_set_data", (context, data))?;
        let entry_point = u32::try_from(entry_point)?;
        self.call::<_, ()>("opa_eval_ctx_set_entrypoint", (context, entry_point))?;
        Ok(context)
    }

    /// Evaluates, and returns the address of the result.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn eval(&mut self, context: u32) -> Result<u32> {
        self.call::<_, i32>("eval", context)?;
        self.call("opa_eval_ctx_get_result", context)
    }

    /// A value as text.
    ///
    /// # Errors
    /// As [`Self::call`], or if it is no text.
    pub fn dump(&mut self, value: u32, syntax: Syntax) -> Result<String> {
        let name = match syntax {
            Syntax::Json => "opa_json_dump",
            Syntax::Term => "opa_value_dump",
        };
        let at = self.call(name, value)?;
        self.text(at)
    }

    /// The text at an address, up to its NUL.
    ///
    /// # Errors
    /// If there is no text.
    pub fn text(&self, at: u32) -> Result<String> {
        let memory = self.memory.data(&self.store);
        let text = memory.get(usize::try_from(at)?..).context("no text")?;
        let end = text.iter().position(|&byte| byte == 0).context("no end")?;
        Ok(String::from_utf8(text[..end].to_vec())?)
    }

    /// Grows the memory, as hosts do, until it reaches an address.
    ///
    /// # Errors
    /// If it cannot grow.
    pub fn reach(&mut self, end: u64) -> Result<()> {
        let missing = end.div_ceil(0x10000).saturating_sub(self.pages());
        self.memory.grow(&mut self.store, missing)?;
        Ok(())
    }

    /// The size of the memory, in pages of 64 KiB.
    pub fn pages(&self) -> u64 {
        self.memory.size(&self.store)
    }

    /// The memory.
    pub fn memory(&mut self) -> &mut [u8] {
        self.memory.data_mut(&mut self.store)
    }
}
