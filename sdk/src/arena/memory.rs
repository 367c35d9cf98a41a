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

const PAGE: usize = 0x1_0000;

/// As many bytes as a slice may hold.
const MOST: u64 = isize::MAX as u64;

/// Makes sure that `size` bytes can be had after the cursor. False if memory cannot grow.
#[inline(always)]
pub(super) fn reach(size: u64) -> bool {
    let limit = LIMIT.with(Cell::get);
    // No text has so many pieces that its size is not far below 2^63.
    let end = (super::cursor().addr() as u64).wrapping_add(size);
    if end <= limit.addr() as u64 {
        return true;
    }
    if end > MOST {
        return false;
    }
    if ends() != limit.addr() {
        #[cfg(feature = "alloc")]
        return relocate(size);
        #[cfg(not(feature = "alloc"))]
        return false;
    }
    let more = (end as usize).wrapping_sub(limit.addr());
    let pages = more.wrapping_add(PAGE - 1) / PAGE;
    if memory_grow(0, pages) == usize::MAX {
        return false;
    }
    LIMIT.with(|cell| cell.set(limit.with_addr(ends())));
    true
}

/// Where the memory ends: never at 4 GiB, while the arena ends there.
#[inline(always)]
fn ends() -> usize {
    memory_size(0).wrapping_mul(PAGE)
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
    let segment = core::ptr::with_exposed_provenance_mut::<u8>(before.wrapping_mul(PAGE));
    LIMIT.with(|limit| limit.set(segment.wrapping_add((pages as usize).wrapping_mul(PAGE))));
    for place in [&super::FLOOR, &super::RESTING, &super::START, &super::CURSOR] {
        place.with(|place| place.set(segment));
    }
    true
}
