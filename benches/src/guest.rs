//! Guests whose fuel is counted.

mod opa;
mod wapc;

use std::path::Path;
use std::time::{Duration, Instant};

use wasmtime::error::{Context as _, ensure};
use wasmtime::{Config, Engine, Module, Result};

pub use opa::{Opa, OpaInstance};
pub use wapc::Wapc;

use crate::payload;

/// A host of guests with one ABI, as frugal as a host can be.
pub trait Host: Sized {
    /// A guest that was instantiated.
    type Instance: Instance;

    /// Prepares a compiled guest.
    fn prepare(module: Module) -> Result<Self>;

    /// Makes an instance that can be asked.
    fn instantiate(&self, fuel: Option<u64>) -> Result<Self::Instance>;
}

/// An instance of a guest.
pub trait Instance {
    /// Asks for a verdict on a payload, and returns the answer.
    fn ask(&mut self, payload: &[u8]) -> Result<String>;

    /// What an answer that accepts has in it.
    const ACCEPTED: &'static str;

    /// Asks for a verdict on a payload that must be accepted.
    fn validate(&mut self, payload: &[u8]) -> Result<()> {
        let answer = self.ask(payload)?;
        ensure!(
            answer.contains(Self::ACCEPTED),
            "the request was not accepted: {answer}"
        );
        Ok(())
    }

    /// The fuel that is left.
    fn fuel(&self) -> Result<u64>;

    /// The memory, in pages of 64 KiB.
    fn pages(&self) -> u64;
}

/// A compiled guest. Fuel is counted in one build and time taken in another,
/// since counting takes time.
pub struct Guest<H> {
    counted: H,
    timed: H,
}

/// Counts the fuel of verdicts, each in an instance of its own.
pub struct Counter<H>(H);

impl<H: Host> Counter<H> {
    /// Compiles a guest.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        let engine = Engine::new(Config::new().consume_fuel(true))?;
        Ok(Self(H::prepare(Module::new(&engine, &bytes)?)?))
    }

    /// A verdict, whatever it is, and its fuel.
    pub fn ask(&self, payload: &[u8]) -> Result<(String, u64)> {
        let mut instance = self.instantiate(MOST_FUEL)?;
        let before = instance.fuel()?;
        let answer = instance.ask(payload)?;
        Ok((answer, before - instance.fuel()?))
    }

    /// Makes an instance that has this much fuel.
    pub fn instantiate(&self, fuel: u64) -> Result<H::Instance> {
        self.0.instantiate(Some(fuel))
    }

    /// The fuel of a byte of a request.
    pub fn per_byte(&self, payload: &[u8]) -> Result<f64> {
        let (_, fuel) = self.ask(payload)?;
        Ok(fuel as f64 / payload.len() as f64)
    }

    /// The fuel of a byte of an ordinary request of 1.2 MB.
    pub fn ordinary(&self) -> Result<f64> {
        let largest = payload::all().pop().map(|(_, payload)| payload);
        self.per_byte(&largest.unwrap_or_default())
    }
}

/// The fuel of a verdict on 3 MB that takes a host ten seconds: whatever needs more hangs.
const MOST_FUEL: u64 = 20_000_000_000;

/// What a verdict cost.
pub struct Cost {
    /// Fuel for instantiation and the first call.
    pub first_fuel: u64,
    /// Fuel for a second call.
    pub second_fuel: u64,
    /// Median time of instantiation and the first call.
    pub first_time: Duration,
    /// Median time of a later call in the same instance.
    pub second_time: Duration,
    /// Memory after two calls, in pages of 64 KiB.
    pub pages: u64,
}

/// Something whose verdicts can be measured.
pub trait Measure {
    /// Asks for a verdict on a payload many times.
    fn measure(&self, payload: &[u8], rounds: usize) -> Result<Cost>;
}

impl<H: Host> Guest<H> {
    /// Compiles a guest.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        let prepare = |count_fuel| {
            let engine = Engine::new(Config::new().consume_fuel(count_fuel))?;
            H::prepare(Module::new(&engine, &bytes)?)
        };
        Ok(Self {
            counted: prepare(true)?,
            timed: prepare(false)?,
        })
    }
}

impl<H: Host> Measure for Guest<H> {
    fn measure(&self, payload: &[u8], rounds: usize) -> Result<Cost> {
        const FUEL: u64 = u64::MAX / 2;
        let mut counted = self.counted.instantiate(Some(FUEL))?;
        counted.validate(payload)?;
        let first_fuel = FUEL - counted.fuel()?;
        counted.validate(payload)?;
        let second_fuel = FUEL - first_fuel - counted.fuel()?;

        let mut first = Vec::new();
        for _ in 0..rounds.min(500) {
            let start = Instant::now();
            self.timed.instantiate(None)?.validate(payload)?;
            first.push(start.elapsed());
        }
        first.sort_unstable();
        let mut warm = self.timed.instantiate(None)?;
        let second_time = crate::median(rounds, || warm.validate(payload));
        Ok(Cost {
            first_fuel,
            second_fuel,
            first_time: first[first.len() / 2],
            second_time,
            pages: counted.pages(),
        })
    }
}
