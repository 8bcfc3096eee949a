//! The policy as a module with OPA's Wasm ABI, version 1.1, for every host that
//! runs compiled Rego.
//!
//! ```text
//! host --opa_json_parse--> Value (a text where the host wrote it) --eval--> EntryPoint --core--> result
//! ```
//!
//! The ABI: <https://www.openpolicyagent.org/docs/wasm>. Comments state which
//! host uses which part of it where that matters.

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
