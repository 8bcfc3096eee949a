//! The policy as a module with OPA's Wasm ABI, version 1.1, for every host that
//! runs compiled Rego.
//!
//! A host calls, in this order (`abi`):
//!
//! ```text
//! opa_malloc, and writes the input     JSON (SDKs), or a term, OPA's own notation (OPA)
//! opa_json_parse | opa_value_parse     Value: the text as written
//! opa_eval_ctx_new, _set_input, _set_data, _set_entrypoint
//! eval                                 EntryPoint::answer -> admit::respond -> JSON
//! opa_eval_ctx_get_result
//! opa_json_dump | opa_value_dump       the text of the answer, in the host's notation
//! ```
//!
//! The ABI: <https://www.openpolicyagent.org/docs/wasm>. Comments state which
//! host uses which part of it where that matters.

mod data;
mod entry_point;
mod replica;
mod term;
mod text;
mod value;

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(target_arch = "wasm32")]
mod heap;

pub use entry_point::EntryPoint;
pub use replica::Replica;
pub use value::Value;
