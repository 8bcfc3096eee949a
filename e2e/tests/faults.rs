//! What goes wrong around the module ends in an error or a denial, never in an
//! acceptance. SECURITY.md says what the user of the API server sees.

use anyhow::Result;
use rayjob_policy_e2e::{Limits, Policy, built_module};
use serde_json::{Value, json};
use wasmtime::{Config, Engine, Module};

mod compiler {
    rayjob_policy_e2e::engine!(wasmtime, instantiate);
}

mod interpreter {
    rayjob_policy_e2e::engine!(wasmi, instantiate_and_start);
}

/// Makes a policy that gets no more than some limits.
type Prepared = Box<dyn Fn(Limits) -> Policy>;

/// Prepares a module in the engine that Kubewarden uses.
fn compiled(module: &[u8], counts_fuel: bool) -> Result<Prepared> {
    let mut config = Config::new();
    config.consume_fuel(counts_fuel);
    let module = Module::new(&Engine::new(&config)?, module)?;
    Ok(Box::new(move |limits| {
        let module = module.clone();
        Policy::new(move || Box::new(compiler::Instance::new(&module, limits)))
    }))
}

/// Prepares a module in the light engine.
fn interpreted(module: &[u8], counts_fuel: bool) -> Result<Prepared> {
    let mut config = wasmi::Config::default();
    config.consume_fuel(counts_fuel);
    let module = wasmi::Module::new(&wasmi::Engine::new(&config), module)?;
    Ok(Box::new(move |limits| {
        let module = module.clone();
        Policy::new(move || Box::new(interpreter::Instance::new(&module, limits)))
    }))
}

/// Prepares a module in an engine.
type Prepare = fn(module: &[u8], counts_fuel: bool) -> Result<Prepared>;

const ENGINES: [Prepare; 2] = [compiled, interpreted];

/// A request with a job that the policy accepts, and a field of this many bytes.
fn question(bytes: usize) -> Vec<u8> {
    let selector = json!({"ray.io/cluster": "shared"});
    let spec = json!({"entrypoint": "x", "clusterSelector": selector, "note": "x".repeat(bytes)});
    let request = json!({
        "uid": "1", "operation": "CREATE",
        "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
        "object": {"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "train"},
                   "spec": spec}});
    json!({"request": request, "settings": {}})
        .to_string()
        .into_bytes()
}

fn accepts(policy: &Policy, question: &[u8]) -> Result<bool> {
    let answer: Value = serde_json::from_slice(&policy.call("validate", question)?)?;
    Ok(answer["accepted"] == true)
}

#[test]
fn a_module_that_is_cut_off_is_refused() -> Result<()> {
    let module = built_module()?;
    for engine in ENGINES {
        for part in 0..20 {
            let length = module.len() * part / 20;
            assert!(engine(&module[..length], false).is_err(), "{length} bytes");
        }
    }
    Ok(())
}

#[test]
fn without_one_of_the_functions_of_the_host_nothing_is_judged() -> Result<()> {
    let names = [
        "__host_call",
        "__guest_request",
        "__guest_response",
        "__guest_error",
        "__host_response",
        "__host_response_len",
        "__host_error",
        "__host_error_len",
    ];
    let module = built_module()?;
    let [compiled, interpreted] = ENGINES;
    for (engine, names) in [(compiled, &names[..1]), (interpreted, &names[..])] {
        for name in names {
            // As the module asks for it: the length, the name, and that it is a function.
            let length = u8::try_from(name.len())?;
            let import = [&[length], name.as_bytes(), &[0]].concat();
            let at = module.windows(import.len()).position(|it| it == import);
            let mut module = module.clone();
            module[at.expect("the import") + import.len() - 2] = b'?';
            let policy = engine(&module, false)?(Limits::default());
            let error = accepts(&policy, &question(1)).expect_err(name).to_string();
            assert!(error.contains(&name[..name.len() - 1]), "{error}");
        }
    }
    Ok(())
}

/// A host that gives up after some time interrupts it in the same way.
#[test]
fn an_interrupted_evaluation_is_an_error() -> Result<()> {
    let module = built_module()?;
    let question = question(10_000);
    for engine in ENGINES {
        let prepared = engine(&module, true)?;
        let mut interrupted = 0;
        for fuel in (2..).map(|power| 1 << power) {
            let limits = Limits {
                fuel: Some(fuel),
                ..Limits::default()
            };
            match accepts(&prepared(limits), &question) {
                Ok(accepted) => {
                    assert!(accepted);
                    break;
                }
                Err(_) => interrupted += 1,
            }
        }
        assert!(interrupted > 5, "{interrupted}");
    }
    Ok(())
}

#[test]
fn memory_that_does_not_suffice_is_an_error() -> Result<()> {
    let limits = Limits {
        memory: Some(16 << 20),
        ..Limits::default()
    };
    let module = built_module()?;
    for engine in ENGINES {
        let policy = engine(&module, false)?(limits);
        // What an API server accepts, twice: it stores no more than 1.5 MB.
        assert!(accepts(&policy, &question(3 << 20))?);
        assert!(accepts(&policy, &question(20 << 20)).is_err());
        assert!(accepts(&policy, &question(1))?);
    }
    Ok(())
}
