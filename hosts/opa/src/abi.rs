//! The functions that hosts call, as in <https://www.openpolicyagent.org/docs/wasm>.
//! `cargo xtask build` adds the two globals with the version.
#![expect(unsafe_code, reason = "addresses come from the host")]

use std::arch::wasm32::unreachable;
use std::ops::Range;
use std::sync::Arc;
use std::{ptr, slice};

use rayjob_policy_core::live::Inventory;

use crate::entry_point::EntryPoint;
use crate::heap;
use crate::value::Value;

// `opa_errc` of OPA's `value.h`.
const OK: i32 = 0;
const INVALID_TYPE: i32 = 2;
const INVALID_PATH: i32 = 3;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// Ends the evaluation with a message. Kubewarden logs it and returns.
    fn opa_abort(message: *const u8);
}

/// The state of an evaluation.
pub struct EvalContext {
    input: *const Value,
    data: *const Value,
    entry_point: i32,
    result: *const Value,
}

// SAFETY: a module runs on one thread.
unsafe impl Sync for Value {}

/// The functions that the host must provide: none.
#[unsafe(no_mangle)]
extern "C" fn builtins() -> &'static Value {
    static NONE: Value = Value::json(b"{}");
    &NONE
}

/// The numbers of the entry points, by name.
#[unsafe(no_mangle)]
extern "C" fn entrypoints() -> &'static Value {
    static NAMES: Value = Value::json(EntryPoint::NAMES.as_bytes());
    &NAMES
}

/// OPA itself, and no other host, starts with a block of size zero.
#[unsafe(no_mangle)]
extern "C" fn opa_malloc(size: usize) -> *mut u8 {
    if size == 0 {
        heap::keep_answers();
    }
    heap::allocate(size)
}

/// Only [`opa_heap_ptr_set`] takes memory back: a value refers to the text that
/// it was read from, which hosts free immediately.
#[unsafe(no_mangle)]
extern "C" fn opa_free(_block: *mut u8) {}

#[unsafe(no_mangle)]
extern "C" fn opa_value_free(_value: *const Value) {}

#[unsafe(no_mangle)]
extern "C" fn opa_heap_ptr_get() -> *mut u8 {
    heap::next()
}

/// Hosts call it before each evaluation; `cargo xtask build` makes it reset the
/// stack first.
#[unsafe(no_mangle)]
extern "C" fn opa_heap_ptr_set(to: *mut u8) {
    heap::rewind(to);
}

// There are no free blocks to stash.
#[unsafe(no_mangle)]
extern "C" fn opa_heap_blocks_stash() {}

#[unsafe(no_mangle)]
extern "C" fn opa_heap_blocks_restore() {}

#[unsafe(no_mangle)]
extern "C" fn opa_heap_stash_clear() {}

/// Treats a text as JSON without parsing it. The evaluation denies input that
/// cannot be read.
#[unsafe(no_mangle)]
unsafe extern "C" fn opa_json_parse(text: *const u8, length: usize) -> *const Value {
    // SAFETY: the host wrote the text.
    let text = unsafe { bytes(text, length) };
    // The Rust host includes the NUL at the end in the length.
    leak(Value::json(text.strip_suffix(b"\0").unwrap_or(text)))
}

/// Treats a text as a term.
#[unsafe(no_mangle)]
unsafe extern "C" fn opa_value_parse(text: *const u8, length: usize) -> *const Value {
    // SAFETY: the host wrote the text.
    let text = unsafe { bytes(text, length) };
    leak(Value::term(text.strip_suffix(b"\0").unwrap_or(text)))
}

/// Returns the value as JSON, with a NUL at the end.
#[unsafe(no_mangle)]
unsafe extern "C" fn opa_json_dump(value: *const Value) -> *const u8 {
    // SAFETY: the host got the address here.
    let value = unsafe { value.as_ref() };
    c_string(&value.map(Value::to_json).unwrap_or_default())
}

/// Returns the value as a term, with a NUL at the end. Only OPA itself reads
/// answers this way.
#[unsafe(no_mangle)]
unsafe extern "C" fn opa_value_dump(value: *const Value) -> *const u8 {
    // SAFETY: the host got the address here.
    let value = unsafe { value.as_ref() };
    let term = value.map(Value::to_term).unwrap_or_default();
    heap::keep(&term).unwrap_or_else(|| c_string(&term))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_value_add_path(
    data: *const Value,
    path: *const Value,
    value: *const Value,
) -> i32 {
    // SAFETY: the host got the addresses here.
    match unsafe { (data.as_ref(), path.as_ref(), value.as_ref()) } {
        // SAFETY: the host is done with the path and the value.
        (Some(data), Some(path), Some(value)) => unsafe { change(data, path, Some(value)) },
        _ => INVALID_TYPE,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_value_remove_path(data: *const Value, path: *const Value) -> i32 {
    // SAFETY: the host got the addresses here.
    match unsafe { (data.as_ref(), path.as_ref()) } {
        // SAFETY: the host is done with the path.
        (Some(data), Some(path)) => unsafe { change(data, path, None) },
        _ => INVALID_TYPE,
    }
}

#[unsafe(no_mangle)]
extern "C" fn opa_eval_ctx_new() -> *mut EvalContext {
    Box::into_raw(Box::new(EvalContext {
        input: ptr::null(),
        data: ptr::null(),
        entry_point: 0,
        result: ptr::null(),
    }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_eval_ctx_set_input(context: &mut EvalContext, input: *const Value) {
    context.input = input;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_eval_ctx_set_data(context: &mut EvalContext, data: *const Value) {
    context.data = data;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_eval_ctx_set_entrypoint(context: &mut EvalContext, entry_point: i32) {
    context.entry_point = entry_point;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opa_eval_ctx_get_result(context: &EvalContext) -> *const Value {
    context.result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn eval(context: &mut EvalContext) -> i32 {
    let number = usize::try_from(context.entry_point).unwrap_or(usize::MAX);
    let Some(entry_point) = EntryPoint::ALL.get(number) else {
        // SAFETY: the message ends with a NUL.
        unsafe {
            opa_abort(
                c"the policy has no entry point with this number"
                    .as_ptr()
                    .cast(),
            )
        };
        unreachable();
    };
    // SAFETY: the host got the addresses here.
    let (input, data) = unsafe { (context.input.as_ref(), context.data.as_ref()) };
    let input = input.map(Value::to_json).unwrap_or_default();
    let settings = data.and_then(Value::settings);
    let cluster = data.map(|data| Arc::new(data.replica()) as Arc<dyn Inventory>);
    let answer = entry_point.answer(&input, settings.as_deref(), cluster);
    context.result = leak(Value::result(&answer));
    OK
}

/// Changes OPA's `data`. OPA never frees what it puts on the heap for a change,
/// and its store may change every second. So the path, the value, and the text after the
/// last change are freed if they are the last things on the heap.
///
/// # Safety
/// The path and the value must not be used afterwards.
unsafe fn change(data: &Value, path: &Value, value: Option<&Value>) -> i32 {
    let start = bottom(value.into_iter().chain([path]), heap::next());
    match (data.changed(path, value), start) {
        (Err(_), _) => return INVALID_PATH,
        (Ok(Some(text)), Some(start)) => {
            let old = data.text().as_ptr_range();
            let is_last = data.is_part() && heap::align(old.end.cast_mut()) == start;
            let start = if is_last { old.start.cast_mut() } else { start };
            // SAFETY: from here on there are only the old text, path and value.
            data.replace(unsafe { heap::rewind_and_keep(start, text) });
        }
        (Ok(None), Some(start)) => heap::rewind(start),
        (Ok(Some(text)), None) => data.replace(text.leak()),
        (Ok(None), None) => {}
    }
    OK
}

/// Where these values and their texts begin, if nothing else lies between there
/// and the top of the heap.
fn bottom<'v>(values: impl Iterator<Item = &'v Value>, top: *mut u8) -> Option<*mut u8> {
    let mut bottom = None;
    let mut end = ptr::null_mut();
    for value in values {
        for block in [value.text().as_ptr_range(), place(value)] {
            let start = block.start.cast_mut();
            if *bottom.get_or_insert(start) != start && heap::align(end) != start {
                return None;
            }
            end = block.end.cast_mut();
        }
    }
    bottom.filter(|_| end == top)
}

fn place(value: &Value) -> Range<*const u8> {
    let range = slice::from_ref(value).as_ptr_range();
    range.start.cast()..range.end.cast()
}

/// # Safety
/// There must be this many bytes after the address, until the host frees them.
unsafe fn bytes(start: *const u8, length: usize) -> &'static [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { slice::from_raw_parts(start, length) }
}

fn leak(value: Value) -> *const Value {
    Box::into_raw(Box::new(value))
}

fn c_string(text: &[u8]) -> *const u8 {
    [text, b"\0"].concat().leak().as_ptr()
}
