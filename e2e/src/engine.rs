//! How an engine runs waPC modules.

/// Declares `Instance`, an instance of a module for [`wapc::WapcHost`], in an
/// engine with the API of wasmtime: in wasmtime itself or in wasmi. The first
/// argument is the engine's crate, the second what instantiates a module there.
#[macro_export]
macro_rules! engine {
    ($engine:ident, $instantiate:ident) => {
        use std::error::Error;
        use std::sync::Arc;

        use $crate::Limits;
        use $crate::wapc::wapc_functions as names;
        use $crate::wapc::{HOST_NAMESPACE, ModuleState, WebAssemblyEngineProvider};
        use $engine::{
            Caller, Engine, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder,
            TypedFunc,
        };

        /// One instance of a module.
        pub struct Instance {
            module: Module,
            limits: Limits,
            started: Option<Started>,
        }

        struct Started {
            store: Store<Host>,
            guest_call: TypedFunc<(i32, i32), i32>,
        }

        /// What the functions that a module calls work with.
        struct Host {
            state: Arc<ModuleState>,
            memory: Option<Memory>,
            limits: StoreLimits,
        }

        impl Instance {
            /// An instance that has not started yet, and gets no more than this.
            pub fn new(module: &Module, limits: Limits) -> Self {
                Self {
                    module: module.clone(),
                    limits,
                    started: None,
                }
            }
        }

        type HostResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

        impl WebAssemblyEngineProvider for Instance {
            fn init(&mut self, state: Arc<ModuleState>) -> HostResult<()> {
                let engine = self.module.engine();
                let Limits { memory, fuel } = self.limits;
                let limits = StoreLimitsBuilder::new().memory_size(memory.unwrap_or(usize::MAX));
                let host = Host {
                    state,
                    memory: None,
                    limits: limits.build(),
                };
                let mut store = Store::new(engine, host);
                store.limiter(|host| &mut host.limits);
                if let Some(fuel) = fuel {
                    store.set_fuel(fuel)?;
                }
                let instance = linker(engine)?.$instantiate(&mut store, &self.module)?;
                store.data_mut().memory = instance.get_memory(&mut store, "memory");
                for start in names::REQUIRED_STARTS {
                    if let Ok(start) = instance.get_typed_func::<(), ()>(&mut store, start) {
                        start.call(&mut store, ())?;
                    }
                }
                let guest_call = instance.get_typed_func(&mut store, names::GUEST_CALL)?;
                self.started = Some(Started { store, guest_call });
                Ok(())
            }

            fn call(&mut self, operation: i32, message: i32) -> HostResult<i32> {
                let started = self.started.as_mut();
                let Started { store, guest_call } = started.ok_or("it has not started")?;
                Ok(guest_call.call(store, (operation, message))?)
            }

            fn replace(&mut self, _: &[u8]) -> HostResult<()> {
                Err("this engine does not replace modules".into())
            }
        }

        fn linker(engine: &Engine) -> Result<Linker<Host>, $engine::Error> {
            let mut linker = Linker::new(engine);
            linker.func_wrap(
                HOST_NAMESPACE,
                names::GUEST_REQUEST_FN,
                |mut caller: Caller<'_, Host>, operation: u32, message: u32| {
                    let Host { state, memory, .. } = caller.data();
                    if let (Some(request), &Some(memory)) = (state.get_guest_request(), memory) {
                        let name = request.operation.as_bytes();
                        memory.write(&mut caller, operation as usize, name)?;
                        memory.write(&mut caller, message as usize, &request.msg)?;
                    }
                    Ok::<_, $engine::Error>(())
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::GUEST_RESPONSE_FN,
                |caller: Caller<'_, Host>, at: u32, length: u32| {
                    let response = bytes(&caller, at, length)?;
                    caller.data().state.set_guest_response(response);
                    Ok::<_, $engine::Error>(())
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::GUEST_ERROR_FN,
                |caller: Caller<'_, Host>, at: u32, length: u32| {
                    let message = bytes(&caller, at, length)?;
                    let message = String::from_utf8_lossy(&message).into_owned();
                    caller.data().state.set_guest_error(message);
                    Ok::<_, $engine::Error>(())
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::HOST_CALL,
                |caller: Caller<'_, Host>,
                 binding: u32,
                 binding_length: u32,
                 namespace: u32,
                 namespace_length: u32,
                 operation: u32,
                 operation_length: u32,
                 payload: u32,
                 payload_length: u32| {
                    let text = |at, length| {
                        let bytes = bytes(&caller, at, length)?;
                        Ok::<_, $engine::Error>(String::from_utf8_lossy(&bytes).into_owned())
                    };
                    let binding = text(binding, binding_length)?;
                    let namespace = text(namespace, namespace_length)?;
                    let operation = text(operation, operation_length)?;
                    let payload = bytes(&caller, payload, payload_length)?;
                    let state = &caller.data().state;
                    let done = state.do_host_call(&binding, &namespace, &operation, &payload);
                    Ok::<_, $engine::Error>(done.unwrap_or_default())
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::HOST_RESPONSE_LEN_FN,
                |caller: Caller<'_, Host>| caller.data().state.host_response_len() as u32,
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::HOST_RESPONSE_FN,
                |mut caller: Caller<'_, Host>, at: u32| {
                    let state = caller.data().state.clone();
                    let written = state.with_host_response(|it| write(&mut caller, at, it));
                    written.unwrap_or(Ok(()))
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::HOST_ERROR_LEN_FN,
                |caller: Caller<'_, Host>| {
                    let error = caller.data().state.get_host_error();
                    error.map_or(0, |error| error.len() as u32)
                },
            )?;
            linker.func_wrap(
                HOST_NAMESPACE,
                names::HOST_ERROR_FN,
                |mut caller: Caller<'_, Host>, at: u32| {
                    let error = caller.data().state.get_host_error();
                    write(&mut caller, at, error.unwrap_or_default().as_bytes())
                },
            )?;
            Ok(linker)
        }

        fn write(
            caller: &mut Caller<'_, Host>,
            at: u32,
            bytes: &[u8],
        ) -> Result<(), $engine::Error> {
            if let Some(memory) = caller.data().memory {
                memory.write(caller, at as usize, bytes)?;
            }
            Ok(())
        }

        fn bytes(
            caller: &Caller<'_, Host>,
            at: u32,
            length: u32,
        ) -> Result<Vec<u8>, $engine::Error> {
            let mut bytes = vec![0; length as usize];
            if let Some(memory) = caller.data().memory {
                memory.read(caller, at as usize, &mut bytes)?;
            }
            Ok(bytes)
        }
    };
}
