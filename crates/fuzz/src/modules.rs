//! Both modules answer every request within their fuel, as the core does natively.

use std::sync::{Arc, LazyLock};

use rayjob_policy_bench::guest::{Counter, Host, Opa, Wapc};
use rayjob_policy_core::admit::respond;
use rayjob_policy_core::live::Inventory;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_opa::{EntryPoint, Value as Data};
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

pub(crate) static WAPC: LazyLock<Counter<Wapc>> = LazyLock::new(|| load("dist/policy.wasm"));
pub(crate) static OPA: LazyLock<Counter<Opa>> = LazyLock::new(|| load("dist/policy-opa.wasm"));

fn load<H: Host>(module: &str) -> Counter<H> {
    Counter::load(&project(module)).expect("`make build` makes the module")
}

/// A cluster whose objects are unknown.
fn unknown() -> Arc<dyn Inventory> {
    Arc::new(Data::json(b"{}").replica())
}

/// What the module for OPA must answer to an input.
pub(crate) fn native(input: &[u8]) -> Vec<u8> {
    // A host may count the NUL at the end as a part of the text.
    let input = input.strip_suffix(b"\0").unwrap_or(input);
    let answer = EntryPoint::Main.answer(input, None, Some(unknown()));
    Data::result_set(&answer)
}

/// Asks both modules, each in a new instance, and compares.
pub fn check(request: &[u8]) {
    let verdict = respond(request, &|settings| {
        Ok(Settings::from_json(settings)?.with_inventory(unknown()))
    })
    .verdict;
    let (answer, _) = WAPC
        .ask(request)
        .expect("an answer of the module for Kubewarden");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["accepted"], verdict.allowed);
    assert_eq!(answer["message"], json!(verdict.message));
    let warnings = answer.get("warnings").cloned().unwrap_or_else(|| json!([]));
    assert!(
        warnings == json!(verdict.warnings) || warnings.is_null() && verdict.warnings.is_empty()
    );
    let (answer, _) = OPA.ask(request).expect("an answer of the module for OPA");
    assert_eq!(answer.as_bytes(), native(request));
}
