//! The callback arena: where everything lands that the host returns.
//!
//! The host asks for memory with `proxy_on_memory_allocate`; [`allocate`] bumps a cursor through the
//! module's free memory, which begins at `__heap_base`. When a callback ends, [`callback`] rewinds the
//! cursor to where it stood on entry, at the outermost callback to the base. So a slice lives as long
//! as its callback, nothing is ever freed one by one, and memory stops growing once the largest
//! callback has run.
//!
//! Only a hostcall that returns bytes opens the arena ([`receive`]). In a plugin that makes none,
//! nothing ever sets [`RETURNED`]: the compiler sees that, and `allocate` becomes `i32.const 0`.
//!
//! The arena owns the memory from `__heap_base` to `__heap_end`, and what it grows after that. Where
//! something else has grown the memory, the arena grows no more.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::marker::PhantomData;
use core::{ptr, slice};

use crate::global::global;
use crate::status::{Result, Status};

global! {
    /// The next free address.
    static CURSOR: *mut u8 = BASE;
}
global! {
    /// Where the host writes the address and the size of what it returns. The size is [`AWAITED`]
    /// while a hostcall runs that may allocate, and at no other time.
    static RETURNED: (*mut u8, usize) = (ptr::null_mut(), 0);
}
const AWAITED: usize = usize::MAX;

#[cfg(target_family = "wasm")]
use memory::BASE;
/// On the host each thread has a base of its own, which the first use finds.
#[cfg(not(target_family = "wasm"))]
const BASE: *mut u8 = ptr::null_mut();

/// The proof that a callback runs, and the lifetime of what the host returns in it: invariant, and
/// neither `Send` nor `Sync`, because on the host each thread has an arena of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callback<'a>(PhantomData<*mut &'a ()>);

/// Runs one callback and gives back what it allocated. Callbacks may nest; what runs in a nested one
/// must not receive with the `Callback` of an outer one.
#[inline(always)]
pub(crate) fn callback<R>(run: impl FnOnce(Callback<'_>) -> R) -> R {
    let mark = CURSOR.with(Cell::get);
    let result = run(Callback(PhantomData));
    CURSOR.with(|cursor| cursor.set(mark));
    result
}

/// The body of `proxy_on_memory_allocate`: `size` bytes that live until the callback ends.
///
/// Returns null, which the host reports as [`Status::INVALID_MEMORY_ACCESS`], outside a hostcall
/// that returns bytes and when memory cannot grow.
pub fn allocate(size: usize) -> *mut u8 {
    let (_, returned) = RETURNED.with(Cell::get);
    if returned == AWAITED { bump(size) } else { ptr::null_mut() }
}

/// The next `size` bytes; null if memory cannot grow.
pub(crate) fn bump(size: usize) -> *mut u8 {
    let start = cursor();
    match start.addr().checked_add(size) {
        Some(end) if memory::reach(end) => {
            CURSOR.with(|cursor| cursor.set(start.wrapping_add(size)));
            start
        }
        _ => ptr::null_mut(),
    }
}

/// Makes a hostcall that returns bytes, and lends them until the callback ends.
///
/// `call` gets the two out-parameters and returns the host's status. A pointer is accepted only
/// where this call allocated, with no more bytes than it allocated.
#[inline(always)]
pub(crate) fn receive<'a>(
    _: Callback<'a>,
    call: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<&'a [u8]> {
    let before = open();
    let status = RETURNED.with(|returned| {
        let out = returned.as_ptr();
        // SAFETY: `out` points to the two fields for as long as `returned` is borrowed.
        unsafe { call(&raw mut (*out).0, &raw mut (*out).1) }
    });
    let data = close(before, status);
    let (_, size) = RETURNED.with(Cell::get);
    if data.is_null() {
        return Err(Status(size as u32));
    }
    // SAFETY: `close` has checked that the bytes lie in what this call allocated, and the host has
    // initialised them or left them as wasm memory is, which always has a value. Nothing hands them
    // out again before the cursor is rewound, at the end of the callback that `'a` stands for.
    Ok(unsafe { slice::from_raw_parts(data, size) })
}

/// Before a hostcall that returns bytes: nothing is returned yet, and the host may allocate.
/// Returns where it will.
#[inline(never)]
fn open() -> *mut u8 {
    RETURNED.with(|returned| returned.set((ptr::null_mut(), AWAITED)));
    cursor()
}

/// After it: where the bytes are, with their number left in [`RETURNED`]; null for an error, with
/// the status there. Either way nothing is awaited any more. (On wasm, a function that returns two
/// words writes them to the stack.)
#[inline(never)]
fn close(before: *mut u8, status: u32) -> *mut u8 {
    let (data, size) = RETURNED.with(Cell::get);
    let mut error = Status(status);
    if error == Status::OK {
        if size == 0 {
            return ptr::dangling_mut();
        }
        let after = cursor().addr();
        // As much as a slice may hold, at most: so it is not `AWAITED` either.
        if data.addr() >= before.addr()
            && data.addr() <= after
            && size <= after.wrapping_sub(data.addr())
            && size <= isize::MAX.cast_unsigned()
        {
            return data;
        }
        error = Status::INVALID_MEMORY_ACCESS;
    }
    // No status is so large; one that were must not be `AWAITED`.
    let status = error.0 & i32::MAX.cast_unsigned();
    RETURNED.with(|returned| returned.set((data, status as usize)));
    ptr::null_mut()
}

/// Begins a text, to which [`push`] appends. Until [`end_text`], nothing else allocates.
#[inline(always)]
pub(crate) fn begin_text() {
    TEXT.with(|text| text.set(cursor()));
}

/// Appends bytes to the text.
#[inline(never)]
pub(crate) fn push(bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let place = bump(bytes.len());
    if place.is_null() {
        CURSOR.with(|cursor| cursor.set(FAILED));
        return;
    }
    // SAFETY: `bump` returned that many bytes, which nothing else uses.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) }
}

/// Ends the text, after `read` has seen it; unless memory could not grow for some of it.
#[inline(always)]
pub(crate) fn end_text(read: impl FnOnce(&[u8])) {
    let (start, end) = (TEXT.with(Cell::get), cursor());
    if end != FAILED {
        let size = end.addr().wrapping_sub(start.addr());
        // SAFETY: every byte from where the cursor stood to where it stands has been written by
        // `push`, and nothing else has it before the cursor is set back.
        read(unsafe { slice::from_raw_parts(start, size) });
    }
    CURSOR.with(|cursor| cursor.set(start));
}

global! {
    /// Where the text begins that is being put together.
    static TEXT: *mut u8 = BASE;
}

/// Where the cursor stands when memory could not grow for a text: nothing can be allocated there.
const FAILED: *mut u8 = ptr::without_provenance_mut(usize::MAX);

#[inline(always)]
fn cursor() -> *mut u8 {
    let cursor = CURSOR.with(Cell::get);
    #[cfg(not(target_family = "wasm"))]
    if cursor.is_null() {
        return memory::base();
    }
    cursor
}

/// Linear memory.
#[cfg(target_family = "wasm")]
mod memory {
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

    /// Makes memory reach `end`; false when it cannot grow so far.
    #[inline(always)]
    pub(super) fn reach(end: usize) -> bool {
        let limit = LIMIT.with(Cell::get);
        let Some(more @ 1..) = end.checked_sub(limit.addr()) else { return true };
        let pages = (more.wrapping_sub(1) / PAGE).wrapping_add(1);
        if memory_size(0) != limit.addr() / PAGE || memory_grow(0, pages) == usize::MAX {
            return false;
        }
        // At 4 GiB this is 0, and then nothing grows any more.
        LIMIT.with(|cell| cell.set(limit.wrapping_add(pages.wrapping_mul(PAGE))));
        true
    }
}

/// What stands for linear memory on the host: a page for each thread, which cannot grow.
#[cfg(not(target_family = "wasm"))]
mod memory {
    use core::cell::Cell;

    const PAGE: usize = 0x1_0000;

    std::thread_local! {
        static MEMORY: Cell<[u8; PAGE]> = const { Cell::new([0; PAGE]) };
    }

    pub(super) fn base() -> *mut u8 {
        MEMORY.with(|memory| memory.as_ptr().cast())
    }

    pub(super) fn reach(end: usize) -> bool {
        end.saturating_sub(base().addr()) <= PAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a host does that returns `bytes`.
    fn host(bytes: &[u8], data: *mut *mut u8, size: *mut usize) -> u32 {
        let memory = allocate(bytes.len());
        if memory.is_null() {
            return Status::INVALID_MEMORY_ACCESS.0;
        }
        // SAFETY: `allocate` returned that many bytes; the out-parameters are `receive`'s.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len());
            data.write(memory);
            size.write(bytes.len());
        }
        0
    }

    #[test]
    fn outside_a_hostcall_nothing_is_allocated() {
        assert!(allocate(1).is_null());
        callback(|_| assert!(allocate(1).is_null()));
    }

    #[test]
    fn what_a_callback_received_lives_until_it_ends() {
        let first = callback(|scope| {
            let a = receive(scope, |data, size| host(b"one", data, size)).unwrap();
            let b = receive(scope, |data, size| host(b"two", data, size)).unwrap();
            assert_eq!((a, b), (&b"one"[..], &b"two"[..]));
            a.as_ptr().addr()
        });
        callback(|scope| {
            let a = receive(scope, |data, size| host(b"six", data, size)).unwrap();
            assert_eq!(a.as_ptr().addr(), first, "the arena was rewound");
        });
    }

    #[test]
    fn a_nested_callback_rewinds_to_its_own_entry() {
        callback(|scope| {
            let outer = receive(scope, |data, size| host(b"outer", data, size)).unwrap();
            callback(|scope| {
                let inner = receive(scope, |data, size| host(b"inner", data, size)).unwrap();
                assert_eq!(inner, b"inner");
            });
            let next = receive(scope, |data, size| host(b"next", data, size)).unwrap();
            assert_eq!(next.as_ptr().addr(), outer.as_ptr().addr() + outer.len());
            assert_eq!(outer, b"outer");
        });
    }

    #[test]
    fn memory_that_cannot_grow_is_an_error_and_the_next_call_works() {
        callback(|scope| {
            let large = [0_u8; 0x1_0001];
            let refused = receive(scope, |data, size| host(&large, data, size));
            assert_eq!(refused, Err(Status::INVALID_MEMORY_ACCESS));
            let small = receive(scope, |data, size| host(b"small", data, size));
            assert_eq!(small, Ok(&b"small"[..]));
        });
    }

    #[test]
    fn a_host_that_lies_about_pointer_or_size_gets_an_error() {
        /// From what was allocated and the guest's own memory, what the host returns.
        type Lie = fn(*mut u8, *const u8) -> (*mut u8, usize);
        let own = [7_u8; 4];
        let lies: [(&str, Lie); 5] = [
            ("more than was allocated", |memory, _| (memory, 5)),
            ("past the end", |memory, _| (memory.wrapping_add(4), 1)),
            ("before the start", |memory, _| (memory.wrapping_sub(1), 4)),
            ("the whole address space", |memory, _| (memory, usize::MAX)),
            ("somewhere else", |_, own| (own.cast_mut(), 4)),
        ];
        for (lie, lying) in lies {
            callback(|scope| {
                let result = receive(scope, |data, size| {
                    let (lied_data, lied_size) = lying(allocate(4), own.as_ptr());
                    // SAFETY: the out-parameters are `receive`'s.
                    unsafe {
                        data.write(lied_data);
                        size.write(lied_size);
                    }
                    0
                });
                assert_eq!(result, Err(Status::INVALID_MEMORY_ACCESS), "{lie}");
            });
        }
    }

    #[test]
    fn a_status_wins_and_nothing_returned_is_empty() {
        let nothing = |_: *mut *mut u8, size: *mut usize| {
            // SAFETY: the out-parameter is `receive`'s.
            unsafe { size.write(0) };
            0
        };
        callback(|scope| {
            assert_eq!(receive(scope, |_, _| 1), Err(Status::NOT_FOUND));
            assert!(allocate(1).is_null());
            assert_eq!(receive(scope, |_, _| 4711), Err(Status(4711)));
            assert_eq!(receive(scope, |_, _| u32::MAX), Err(Status(i32::MAX.cast_unsigned())));
            assert!(allocate(1).is_null());
            assert_eq!(receive(scope, nothing), Ok(&b""[..]));
            assert!(allocate(1).is_null());
        });
    }

    #[test]
    fn a_host_that_returns_nothing_at_all_gets_an_error() {
        callback(|scope| {
            assert_eq!(receive(scope, |_, _| 0), Err(Status::INVALID_MEMORY_ACCESS));
            assert!(allocate(1).is_null());
        });
    }
}
