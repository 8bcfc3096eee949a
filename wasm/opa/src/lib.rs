//! The policy as a module with OPA's Wasm ABI, version 1.1: every host that
//! runs compiled Rego runs it.
//!
//! ```text
//! host --opa_json_parse--> Value (a text where the host wrote it) --eval--> EntryPoint --core--> result
//! ```
//!
//! The ABI: <https://www.openpolicyagent.org/docs/wasm>. Which part of it which
//! host uses is said where it matters.

mod data;
mod entry_point;
mod term;
mod text;
mod value;

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(target_arch = "wasm32")]
mod heap;

pub use entry_point::EntryPoint;
pub use value::Value;
