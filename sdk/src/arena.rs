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
//! The arena owns the memory from `__heap_base` to `__heap_end`, and what it grows after that. What
//! lives longer than a callback is carved from its end ([`carve`]), never to be given back. Once that
//! has happened, the arena cannot always grow where it is: it moves to a new segment, at least twice as
//! large, so that all that it ever left behind is less than what it has. Segments ascend, so a mark of
//! an older one is known by its address.
//!
//! Where something else has grown the memory and nothing was carved, the arena grows no more; with the
//! feature `alloc`, where a global allocator takes pages, it moves instead.
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
    rewind(mark);
    result
}

/// Sets the cursor back to a mark, or as far as that goes: what was allocated since, if the arena has
/// moved, is all that the new segment holds.
#[inline(always)]
fn rewind(mark: *mut u8) {
    CURSOR.with(|cursor| cursor.set(memory::in_segment(mark)));
}

/// Runs a part of a callback and gives back what it allocated. What runs in it must not receive with
/// the outer `Callback`.
#[inline(always)]
pub(crate) fn scope<R>(_: Callback<'_>, run: impl FnOnce(Callback<'_>) -> R) -> R {
    callback(run)
}

/// The body of `proxy_on_memory_allocate`: `size` bytes that live until the callback ends.
///
/// Returns null, which the host reports as [`Status::INVALID_MEMORY_ACCESS`], outside a hostcall
/// that returns bytes and when memory cannot grow.
pub fn allocate(size: usize) -> *mut u8 {
    let (_, returned) = RETURNED.with(Cell::get);
    if returned != AWAITED {
        return ptr::null_mut();
    }
    let (buffer, capacity) = LENT.with(Cell::take);
    if !buffer.is_null() {
        return if size <= capacity { buffer } else { ptr::null_mut() };
    }
    bump(size, cursor())
}

/// The next `size` bytes; null if memory cannot grow. They follow what lies between `anchor` and the
/// cursor, which moves along when the arena does.
pub(crate) fn bump(size: usize, anchor: *mut u8) -> *mut u8 {
    let start = memory::reach(cursor(), size, anchor);
    if !start.is_null() {
        CURSOR.with(|cursor| cursor.set(start.wrapping_add(size)));
    }
    start
}

global! {
    /// A buffer of the plugin's that the host gets as its next allocation, and how much it holds.
    static LENT: (*mut u8, usize) = (ptr::null_mut(), 0);
}

/// `size` bytes until the callback ends.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
pub(crate) fn scratch(_: Callback<'_>, size: usize) -> Result<&mut [u8]> {
    let place = bump(size, cursor());
    if place.is_null() {
        return Err(Status::INVALID_MEMORY_ACCESS);
    }
    // SAFETY: `bump` returned that many bytes, which nothing else has before the callback ends; they
    // are initialised here.
    unsafe {
        ptr::write_bytes(place, 0, size);
        Ok(slice::from_raw_parts_mut(place, size))
    }
}

/// Makes a hostcall that returns bytes, into `buffer`: how many it has filled.
///
/// # Errors
/// The host's status; [`Status::INVALID_MEMORY_ACCESS`] if it returned more than fits.
#[inline(always)]
pub(crate) fn receive_into(
    buffer: &mut [u8],
    call: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<usize> {
    let (place, capacity) = (buffer.as_mut_ptr(), buffer.len());
    LENT.with(|lent| lent.set((place, capacity)));
    RETURNED.with(|returned| returned.set((ptr::null_mut(), AWAITED)));
    let status = RETURNED.with(|returned| {
        let out = returned.as_ptr();
        // SAFETY: `out` points to the two fields for as long as `returned` is borrowed.
        unsafe { call(&raw mut (*out).0, &raw mut (*out).1) }
    });
    // Neither the buffer nor the arena is for whatever comes next.
    LENT.with(|lent| lent.set((ptr::null_mut(), 0)));
    let (data, size) = RETURNED.with(|returned| returned.replace((ptr::null_mut(), 0)));
    Status(status).ok()?;
    if size == 0 || (data == place && size <= capacity) {
        Ok(size)
    } else {
        Err(Status::INVALID_MEMORY_ACCESS)
    }
}

/// `size` bytes, a multiple of 16, that stay: aligned to 16, not initialised. Null if memory cannot
/// grow.
#[inline(never)]
pub(crate) fn carve(size: usize) -> *mut u8 {
    memory::carve(size)
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
    LENT.with(|lent| lent.set((ptr::null_mut(), 0)));
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

/// A copy that stays.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
#[cfg(target_family = "wasm")]
pub(crate) fn keep(bytes: &[u8]) -> Result<&'static [u8]> {
    // No slice is so long that the sum wraps.
    let place = carve(bytes.len().wrapping_add(15) & !15);
    if place.is_null() {
        return Err(Status::INVALID_MEMORY_ACCESS);
    }
    // SAFETY: `carve` returned that many bytes and up to 15 more, which nothing else ever has.
    unsafe {
        ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len());
        Ok(slice::from_raw_parts(place, bytes.len()))
    }
}

/// A copy that stays.
#[cfg(not(target_family = "wasm"))]
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn keep(bytes: &[u8]) -> Result<&'static [u8]> {
    Ok(std::boxed::Box::leak(bytes.into()))
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
    let place = bump(bytes.len(), TEXT.with(Cell::get));
    if place.is_null() {
        CURSOR.with(|cursor| cursor.set(FAILED));
        return;
    }
    // SAFETY: `bump` returned that many bytes, which nothing else uses.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) }
}

/// Appends a number of 32 bits, little-endian, as serialized maps hold it.
pub(crate) fn push_word(number: usize) {
    push(&(number as u32).to_le_bytes());
}

/// Ends the text, after `read` has seen it; unless memory could not grow for some of it.
#[inline(always)]
pub(crate) fn end_text<R>(read: impl FnOnce(&[u8]) -> R) -> Option<R> {
    let (start, end) = (TEXT.with(Cell::get), cursor());
    let result = (end != FAILED).then(|| {
        let size = end.addr().wrapping_sub(start.addr());
        // SAFETY: every byte from where the cursor stood to where it stands has been written by
        // `push`, and nothing else has it before the cursor is set back.
        read(unsafe { slice::from_raw_parts(start, size) })
    });
    rewind(start);
    result
}

/// Ends the text and lends it until the callback ends.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory could not grow for some of it.
pub(crate) fn keep_text(_: Callback<'_>) -> Result<&[u8]> {
    let (start, end) = (TEXT.with(Cell::get), cursor());
    if end == FAILED {
        rewind(start);
        return Err(Status::INVALID_MEMORY_ACCESS);
    }
    let size = end.addr().wrapping_sub(start.addr());
    // SAFETY: as in `end_text`; the cursor stays where it is until the callback ends.
    Ok(unsafe { slice::from_raw_parts(start, size) })
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
    use core::ptr;

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
    global! {
        /// Where the segment begins that the arena has moved to; null while it has not moved.
        static SEGMENT: *mut u8 = ptr::null_mut();
    }
    global! {
        /// Whether something was carved.
        static CARVED: bool = false;
    }

    const PAGE: usize = 0x1_0000;

    /// A mark, or where the segment begins if the mark is of an older one.
    #[inline(always)]
    pub(super) fn in_segment(mark: *mut u8) -> *mut u8 {
        SEGMENT.with(Cell::get).max(mark)
    }

    /// Where `size` bytes after `cursor` can be had: there, or, if the arena has to move, after what
    /// lay between `anchor` and the cursor. Null if memory cannot grow.
    #[inline(always)]
    pub(super) fn reach(cursor: *mut u8, size: usize, anchor: *mut u8) -> *mut u8 {
        let Some(end) = cursor.addr().checked_add(size) else { return ptr::null_mut() };
        let limit = LIMIT.with(Cell::get);
        let Some(more @ 1..) = end.checked_sub(limit.addr()) else { return cursor };
        let pages = (more.wrapping_sub(1) / PAGE).wrapping_add(1);
        if memory_size(0) != limit.addr() / PAGE {
            if cfg!(feature = "alloc") || CARVED.with(Cell::get) {
                return relocate(cursor, size, anchor);
            }
            return ptr::null_mut();
        }
        if memory_grow(0, pages) == usize::MAX {
            return ptr::null_mut();
        }
        // At 4 GiB this is 0, and then nothing grows any more.
        LIMIT.with(|cell| cell.set(limit.wrapping_add(pages.wrapping_mul(PAGE))));
        cursor
    }

    #[inline(never)]
    fn relocate(cursor: *mut u8, size: usize, anchor: *mut u8) -> *mut u8 {
        // All that was allocated to be together: less than memory, so the sum does not overflow.
        let carried = cursor.addr().wrapping_sub(anchor.addr());
        let Some(whole) = carried.checked_add(size) else { return ptr::null_mut() };
        if !renew(whole) {
            return ptr::null_mut();
        }
        let segment = SEGMENT.with(Cell::get);
        // SAFETY: the bytes lie between two places in memory; the segment is new and large enough.
        unsafe { ptr::copy_nonoverlapping(anchor, segment, carried) };
        super::TEXT.with(|text| text.set(segment));
        segment.wrapping_add(carried)
    }

    /// Makes a new segment of at least `size` bytes, and twice the old one.
    #[inline(never)]
    fn renew(size: usize) -> bool {
        let limit = LIMIT.with(Cell::get).addr();
        let twice = limit.wrapping_sub(in_segment(BASE).addr()).wrapping_mul(2);
        let pages = (size.max(twice).saturating_sub(1) / PAGE).wrapping_add(1);
        let before = memory_grow(0, pages);
        if before == usize::MAX {
            return false;
        }
        let segment = ptr::with_exposed_provenance_mut::<u8>(before.wrapping_mul(PAGE));
        SEGMENT.with(|cell| cell.set(segment));
        LIMIT.with(|cell| cell.set(segment.wrapping_add(pages.wrapping_mul(PAGE))));
        true
    }

    /// As [`super::carve`].
    #[inline(always)]
    pub(super) fn carve(size: usize) -> *mut u8 {
        CARVED.with(|carved| carved.set(true));
        let mut limit = LIMIT.with(Cell::get);
        if limit.addr().wrapping_sub(super::cursor().addr()) < size {
            if !renew(size) {
                return ptr::null_mut();
            }
            super::CURSOR.with(|cursor| cursor.set(SEGMENT.with(Cell::get)));
            limit = LIMIT.with(Cell::get);
        }
        let place = limit.wrapping_sub(size);
        LIMIT.with(|cell| cell.set(place));
        place
    }
}

/// What stands for linear memory on the host: a page for each thread, which cannot grow.
#[cfg(not(target_family = "wasm"))]
mod memory {
    use core::cell::{Cell, RefCell};
    use core::ptr;
    use std::boxed::Box;
    use std::vec::Vec;

    const PAGE: usize = 0x1_0000;

    std::thread_local! {
        static MEMORY: Cell<[u8; PAGE]> = const { Cell::new([0; PAGE]) };
        /// What was carved: it is freed when its thread ends.
        static CARVED: RefCell<Vec<Box<[u128]>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn base() -> *mut u8 {
        MEMORY.with(|memory| memory.as_ptr().cast())
    }

    pub(super) fn in_segment(mark: *mut u8) -> *mut u8 {
        mark
    }

    pub(super) fn reach(cursor: *mut u8, size: usize, _: *mut u8) -> *mut u8 {
        let end = cursor.addr().saturating_add(size);
        if end.saturating_sub(base().addr()) <= PAGE { cursor } else { ptr::null_mut() }
    }

    pub(super) fn carve(size: usize) -> *mut u8 {
        let mut bytes = std::vec![0_u128; size / 16].into_boxed_slice();
        let place = bytes.as_mut_ptr();
        CARVED.with_borrow_mut(|carved| carved.push(bytes));
        place.cast()
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
