//! What a verdict costs: Wasm fuel, microseconds and memory for requests of
//! three sizes, beside the least that any JSON reader could spend (the floor)
//! and beside the headline rule alone, written in Rust the usual way and in Rego.

use std::hint::black_box;
use std::time::Duration;

use rayjob_policy_bench::guest::{Counter, Guest, Host, Instance, Measure, Opa, Wapc};
use rayjob_policy_bench::{hostile, median, payload};
use rayjob_policy_testkit::project;
use serde::de::IgnoredAny;
use wasmtime::{Engine, Module, Result};

fn main() -> Result<()> {
    let mut guests: Vec<(&str, Box<dyn Measure>)> = vec![
        (
            "policy.wasm",
            Box::new(Guest::<Wapc>::load(&project("dist/policy.wasm"))?),
        ),
        (
            "usual way, 1 rule",
            Box::new(Guest::<Wapc>::load(&project(
                "target/wasm32-unknown-unknown/module/rayjob_policy_bench_baseline.wasm",
            ))?),
        ),
        (
            "policy-opa.wasm",
            Box::new(Guest::<Opa>::load(&project("dist/policy-opa.wasm"))?),
        ),
    ];
    let rego = project("target/rego/policy.wasm");
    if rego.exists() {
        guests.push(("Rego, 1 rule", Box::new(Guest::<Opa>::load(&rego)?)));
    } else {
        println!("skipped: the rule in Rego: there is no OPA to compile it\n");
    }
    println!(
        "| request | guest | fuel, first call | second call | µs, first call | second call | \
              pages |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|");
    for (name, payload) in payload::all() {
        let rounds = (20_000_000 / payload.len()).clamp(30, 3000);
        let floor = median(rounds, || {
            black_box(serde_json::from_slice::<IgnoredAny>(black_box(&payload))).is_ok()
        });
        println!(
            "| {name} | floor: native skip-parse | | | | {} | |",
            micros(floor)
        );
        for (guest_name, guest) in &guests {
            let cost = guest.measure(&payload, rounds)?;
            println!(
                "| {name} | {guest_name} | {} | {} | {} | {} | {} |",
                cost.first_fuel,
                cost.second_fuel,
                micros(cost.first_time),
                micros(cost.second_time),
                cost.pages
            );
        }
    }
    hostile_requests()
}

/// What requests of 2.9 MB cost. The API server refuses those above 3 MB.
fn hostile_requests() -> Result<()> {
    const BYTES: usize = 2_900_000;
    println!("\n| a request of 2.9 MB is full of | fuel a byte | times an ordinary one | ms |");
    println!("|---|--:|--:|--:|");
    let path = project("dist/policy.wasm");
    let counter = Counter::<Wapc>::load(&path)?;
    let timed = Wapc::prepare(Module::from_file(&Engine::default(), &path)?)?;
    let ordinary = counter.ordinary()?;
    for hostile in hostile::ALL {
        let payload = hostile.create(BYTES);
        let cost = counter.per_byte(&payload)?;
        let time = median(5, || timed.instantiate(None)?.ask(&payload));
        println!(
            "| {} | {cost:.0} | {:.1} | {:.0} |",
            hostile.name,
            cost / ordinary,
            time.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use rayjob_policy_bench::hostile::{Hostile, WORST};
    use wasmtime::error::Context as _;

    use super::*;

    /// A verdict takes time in proportion to the request.
    fn no_request_is_slow<H: Host>(module: &str) -> Result<()> {
        let counter = Counter::<H>::load(&project(module))?;
        let ordinary = counter.ordinary()?;
        let entrypoints: Vec<_> = hostile::entrypoints().collect();
        for hostile in hostile::ALL.iter().chain(&entrypoints) {
            for request in [Hostile::create, Hostile::update] {
                let name = hostile.name;
                let per_byte = |size| counter.per_byte(&request(hostile, size)).context(name);
                let [small, large] = hostile.sizes();
                let (small, large) = (per_byte(small)?, per_byte(large)?);
                assert!(
                    large < WORST * ordinary,
                    "{name}: {large:.0}, {ordinary:.0}"
                );
                assert!(large < 1.5 * small, "{name}: from {small:.0} to {large:.0}");
            }
        }
        Ok(())
    }

    #[test]
    fn no_request_is_slow_in_the_module_for_kubewarden() -> Result<()> {
        no_request_is_slow::<Wapc>("dist/policy.wasm")
    }

    #[test]
    fn no_request_is_slow_in_the_module_for_opa() -> Result<()> {
        no_request_is_slow::<Opa>("dist/policy-opa.wasm")
    }
}
