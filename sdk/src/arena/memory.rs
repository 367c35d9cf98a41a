//! Linear memory, and what the arena has of it.

use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;

use crate::global::global;

unsafe extern "C" {
    static mut __heap_base: u8;
    static mut __heap_end: u8;
}

pub(super) const BASE: *mut u8 = &raw mut __heap_base;

global! {
    /// Where the arena's memory ends.
    static LIMIT: *mut u8 = &raw mut __heap_end;
}

/// How many bits of an address say where in its page it is.
const PAGE: u32 = 16;

/// As many pages as the arena may reach: a slice holds `isize::MAX` bytes at most.
const MOST: usize = 0x7fff;

/// Makes sure that `size` bytes can be had after the cursor, and one more. False if memory cannot grow.
#[inline(always)]
pub(super) fn reach(size: u64) -> bool {
    let limit = LIMIT.with(Cell::get).addr() >> PAGE;
    let page = ((super::cursor().addr() as u64).wrapping_add(size) >> PAGE) as usize;
    // No text has so many pieces that its size is not far below 2^47, so that there are not so many pages.
    let beyond = page.wrapping_sub(limit).cast_signed();
    if beyond < 0 {
        return true;
    }
    if page | limit > MOST {
        return false;
    }
    if memory_size(0) != limit {
        #[cfg(feature = "alloc")]
        return relocate(size);
        #[cfg(not(feature = "alloc"))]
        return false;
    }
    let more = beyond.cast_unsigned().wrapping_add(1);
    if memory_grow(0, more) == usize::MAX {
        return false;
    }
    LIMIT.with(|cell| cell.set(cell.get().with_addr(memory_size(0) << PAGE)));
    true
}

/// Moves the arena to pages of its own, at least twice as many as are needed, so that all that it
/// ever leaves behind is less than what it has.
#[cfg(feature = "alloc")]
#[inline(never)]
fn relocate(size: u64) -> bool {
    let before = memory_size(0);
    /// Half of one, so that there are twice as many.
    const HALF: u64 = 0x8000;
    const MOST_PAGES: u64 = 0x7fff;
    let pages = (size / HALF).wrapping_add(1);
    if pages.wrapping_add(before as u64) > MOST_PAGES || memory_grow(0, pages as usize) != before {
        return false;
    }
    let segment = core::ptr::with_exposed_provenance_mut::<u8>(before << PAGE);
    LIMIT.with(|limit| limit.set(segment.wrapping_add((pages as usize) << PAGE)));
    for place in [&super::FLOOR, &super::RESTING, &super::START, &super::CURSOR] {
        place.with(|place| place.set(segment));
    }
    true
}
