//! Judges a review in OPA's SDK for Rust.

use opa_wasm::Runtime;
use serde_json::{Value, json};
use wasmtime::{Engine, Module, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::default();
    let module = Module::from_file(&engine, "policy-opa.wasm")?;
    let mut store = Store::new(&engine, ());
    let runtime = Runtime::new(&mut store, &module).await?;
    let settings = json!({"kuberayVersion": "1.5"});
    let policy = runtime.with_data(&mut store, &settings).await?;
    let review: Value = serde_json::from_slice(&std::fs::read("review.json")?)?;
    let entry_point = "kuberay/rayjob/findings";
    let answer: Value = policy.evaluate(&mut store, entry_point, &review).await?;
    for finding in answer[0]["result"].as_array().into_iter().flatten() {
        let [level, path, rule] =
            ["level", "path", "rule"].map(|key| finding[key].as_str().unwrap_or("?"));
        println!("{level} {path} {rule}");
    }
    Ok(())
}
