//! The heap as the ABI wants it: memory is handed out upwards, and the host
//! takes it back by setting the pointer down again.
//!
//! It is Rust's allocator, too, so that whatever is allocated goes when the
//! host takes it back. INVARIANT: no static refers to it.
#![expect(unsafe_code, reason = "an allocator")]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size, unreachable};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::{ptr, slice};

const PAGE: usize = 64 * 1024;

/// What the host gets is aligned to this many bytes, and so are values.
const ALIGNMENT: usize = 8;

unsafe extern "C" {
    /// The linker's: where the static data ends.
    static __heap_base: u8;
}

#[global_allocator]
static HEAP: Heap = Heap {
    next: Cell::new((&raw const __heap_base).cast_mut()),
};

struct Heap {
    /// The first free byte.
    next: Cell<*mut u8>,
}

// SAFETY: a module runs on one thread.
unsafe impl Sync for Heap {}

impl Heap {
    /// Hands out memory, after growing it if need be: hosts grow it, too.
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

/// The next place where something for the host may begin.
pub fn align(at: *mut u8) -> *mut u8 {
    at.wrapping_add(at.align_offset(ALIGNMENT))
}

/// Takes back everything from here on.
pub fn rewind(to: *mut u8) {
    HEAP.next.set(to);
}

/// Memory for the host to write to.
pub fn allocate(size: usize) -> *mut u8 {
    let block = HEAP.take(align(next()), size);
    if block.is_null() {
        unreachable();
    }
    block
}

/// Takes back everything from here on but for these bytes.
///
/// # Safety
/// Nothing else from here on may be used any more.
pub unsafe fn rewind_and_keep(to: *mut u8, bytes: Vec<u8>) -> &'static [u8] {
    let bytes = ManuallyDrop::new(bytes);
    // SAFETY: the bytes are above `to`, and so there is room for them.
    unsafe {
        ptr::copy(bytes.as_ptr(), to, bytes.len());
        rewind(to.add(bytes.len()));
        slice::from_raw_parts(to, bytes.len())
    }
}
