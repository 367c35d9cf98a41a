//! What stands for linear memory on the host: a page for each thread, which cannot grow.

use core::cell::Cell;

const PAGE: usize = 0x1_0000;

std::thread_local! {
    static MEMORY: Cell<[u128; PAGE / 16]> = const { Cell::new([0; PAGE / 16]) };
}

pub(super) fn base() -> *mut u8 {
    MEMORY.with(|memory| memory.as_ptr().cast())
}

pub(super) fn reach(size: u64) -> bool {
    let used = super::cursor().addr().saturating_sub(base().addr());
    (used as u64).saturating_add(size) <= PAGE as u64
}
