//! The crate `mutant` of the rewritten tree: which mutant is on.
//!
//! The variable `MUTANT` has its number. With `MUTANTS_REACHED`, none is on, and the numbers of
//! those that
//! were asked for are written into this folder.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::{env, fs, process};

const COUNT: usize = 100_000;
const UNKNOWN: usize = usize::MAX;
const RECORDING: usize = usize::MAX - 1;
const NONE: usize = usize::MAX - 2;

static ON: AtomicUsize = AtomicUsize::new(UNKNOWN);
static REACHED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

/// Returns whether a mutant is on.
#[inline]
pub fn on(number: usize) -> bool {
    match ON.load(Relaxed) {
        NONE => false,
        on if on < COUNT => on == number,
        on => slow(on, number),
    }
}

#[cold]
fn slow(mut on: usize, number: usize) -> bool {
    if on == UNKNOWN {
        let number = env::var("MUTANT").ok().and_then(|text| text.parse().ok());
        let is_recording = env::var_os("MUTANTS_REACHED").is_some();
        on = number.unwrap_or(if is_recording { RECORDING } else { NONE });
        ON.store(on, Relaxed);
    }
    if on == RECORDING {
        AT_EXIT.with(|_| REACHED[number].store(true, Relaxed));
    }
    on == number
}

thread_local! {
    static AT_EXIT: AtExit = const { AtExit };
}

/// Writes what has been reached when a thread ends; the main one ends last.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        let reached = REACHED.iter().enumerate().filter(|(_, reached)| reached.load(Relaxed));
        let numbers: String = reached.map(|(number, _)| format!("{number}\n")).collect();
        if let Some(folder) = env::var_os("MUTANTS_REACHED") {
            let thread = std::thread::current().id();
            let file = format!("{}-{thread:?}", process::id());
            let _ = fs::write(std::path::Path::new(&folder).join(file), numbers);
        }
    }
}
