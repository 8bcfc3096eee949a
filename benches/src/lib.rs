//! Guests whose fuel is counted, and requests to count it with.

pub mod guest;
pub mod hostile;
pub mod payload;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The median time of a call.
pub fn median<T>(rounds: usize, mut call: impl FnMut() -> T) -> Duration {
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
