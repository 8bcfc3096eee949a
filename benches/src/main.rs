//! What a verdict costs: Wasm fuel, microseconds and memory for requests of
//! three sizes, beside the least that any JSON reader could spend (the floor)
//! and beside the headline rule alone, written in Rust the usual way and in Rego.

mod guest;
mod payload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use guest::{Guest, Measure, Opa, Wapc};
use rayjob_policy_testkit::project;
use serde::de::IgnoredAny;
use wasmtime::Result;

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
    Ok(())
}

/// The median time of a call.
fn median<T>(rounds: usize, mut call: impl FnMut() -> T) -> Duration {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(call());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}
