//! The heap as the ABI requires it: allocations grow upwards, and the host frees
//! memory by setting the pointer back.
//!
//! It is also Rust's allocator, so the host frees everything that is allocated.
//! INVARIANT: no static refers to it, except for the answers below it.
#![expect(unsafe_code, reason = "an allocator")]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size, unreachable};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::{ptr, slice};

const PAGE: usize = 64 * 1024;

/// The alignment of values and of memory for the host, in bytes.
const ALIGNMENT: usize = 8;

/// How many bytes of answers are kept, for OPA: see [`keep_answers`].
const ANSWERS: usize = 4 << 20;

unsafe extern "C" {
    /// Defined by the linker: where the static data ends.
    static __heap_base: u8;
}

#[global_allocator]
static HEAP: Heap = Heap {
    next: Cell::new((&raw const __heap_base).cast_mut()),
    answers: Cell::new(ptr::null_mut()),
    answered: Cell::new(0),
};

struct Heap {
    /// The first free byte.
    next: Cell<*mut u8>,
    /// Where answers are kept; null if they are not.
    answers: Cell<*mut u8>,
    /// How far the answers reach since they last wrapped to the start.
    answered: Cell<usize>,
}

// SAFETY: a module runs on one thread.
unsafe impl Sync for Heap {}

impl Heap {
    /// Allocates memory, growing it if necessary: hosts also grow it.
    fn take(&self, start: *mut u8, size: usize) -> *mut u8 {
        let Some(end) = start.addr().checked_add(size) else {
            return ptr::null_mut();
        };
        let missing = end.saturating_sub(memory_size(0).saturating_mul(PAGE));
        if missing > 0 && memory_grow(0, missing.div_ceil(PAGE)) == usize::MAX {
            return ptr::null_mut();
        }
        self.next.set(start.wrapping_add(size));
        start
    }

    fn is_last(&self, block: *mut u8, size: usize) -> bool {
        block.wrapping_add(size) == self.next.get()
    }
}

// SAFETY: blocks do not overlap, because `next` is behind all of them.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = self.next.get();
        let start = next.wrapping_add(next.align_offset(layout.align()));
        self.take(start, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout.size()) {
            self.next.set(block);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.is_last(block, layout.size()) {
            return self.take(block, size);
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller promises that the layout is valid for this size,
        // and the new block does not overlap the old one.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size());
            }
            new
        }
    }
}

/// The first free byte.
pub fn next() -> *mut u8 {
    HEAP.next.get()
}

/// The next aligned place for the host.
pub fn align(at: *mut u8) -> *mut u8 {
    at.wrapping_add(at.align_offset(ALIGNMENT))
}

/// Frees everything from this address on.
pub fn rewind(to: *mut u8) {
    if to < HEAP.answers.get().wrapping_add(ANSWERS) {
        HEAP.answers.set(ptr::null_mut());
    }
    HEAP.next.set(to);
}

/// Reserves memory where answers outlive the evaluation, if memory can grow.
///
/// OPA passes the instance to the next query, which overwrites the heap, before it
/// has read the previous answer.
pub fn keep_answers() {
    if HEAP.answers.get().is_null() {
        HEAP.answers.set(HEAP.take(align(next()), ANSWERS));
    }
}

/// Keeps an answer, with a NUL at the end, until later answers need its place;
/// `None` if there is no room for it.
pub fn keep(answer: &[u8]) -> Option<*const u8> {
    let answers = HEAP.answers.get();
    let size = answer.len() + 1;
    if answers.is_null() || size > ANSWERS {
        return None;
    }
    let start = match HEAP.answered.get() {
        answered if size <= ANSWERS - answered => answered,
        _ => 0,
    };
    HEAP.answered.set(start + size);
    // SAFETY: this is within the reserved memory, which holds nothing else.
    unsafe {
        let place = answers.add(start);
        ptr::copy_nonoverlapping(answer.as_ptr(), place, answer.len());
        place.add(answer.len()).write(0);
        Some(place)
    }
}

/// Memory for the host to write to.
pub fn allocate(size: usize) -> *mut u8 {
    let block = HEAP.take(align(next()), size);
    if block.is_null() {
        unreachable();
    }
    block
}

/// Frees everything from this address on, except for these bytes.
///
/// # Safety
/// Nothing else from this address on may be used afterwards.
pub unsafe fn rewind_and_keep(to: *mut u8, bytes: Vec<u8>) -> &'static [u8] {
    let bytes = ManuallyDrop::new(bytes);
    // SAFETY: the bytes are above `to`, and so there is room for them.
    unsafe {
        ptr::copy(bytes.as_ptr(), to, bytes.len());
        rewind(to.add(bytes.len()));
        slice::from_raw_parts(to, bytes.len())
    }
}
