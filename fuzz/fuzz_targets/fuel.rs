//! The goal is fuel: an input that costs more a byte than any before it is kept, and printed.

#![no_main]

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use rayjob_policy_fuzz::fuel;

/// libFuzzer takes what differs from 0 here for new code that an input has reached.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static COSTS: [AtomicU8; 1024] = [const { AtomicU8::new(0) }; 1024];

/// The most tenths of what an ordinary byte costs.
static WORST: AtomicUsize = AtomicUsize::new(0);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Some(cost) = fuel::cost(input) {
        let tenths = (cost * 10.0) as usize;
        COSTS[tenths.min(COSTS.len() - 1)].store(1, Ordering::Relaxed);
        if WORST.fetch_max(tenths, Ordering::Relaxed) < tenths {
            eprintln!("{cost:.1} times an ordinary byte: {}", String::from_utf8_lossy(input));
        }
    }
    fuel::check(input);
});

libfuzzer_sys::fuzz_mutator!(|input: &mut [u8], size: usize, most: usize, seed: u32| {
    rayjob_policy_fuzz_targets::mutate(fuel::mutate, input, size, most, seed)
});
