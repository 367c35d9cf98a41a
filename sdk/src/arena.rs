//! The callback arena: where everything lands that the host returns.
//!
//! The host asks for memory with `proxy_on_memory_allocate`; [`allocate`] bumps a cursor through the
//! module's free memory, which begins at `__heap_base`. When a callback ends, [`callback`] rewinds the
//! cursor to where it stood on entry, at the outermost callback to the base. So a slice lives as long
//! as its callback, nothing is ever freed one by one, and memory stops growing once the largest
//! callback has run.
//!
//! What lives longer ([`keep`], [`carve`]) raises a floor below which nothing is rewound.
//!
//! Only a hostcall that returns bytes opens the arena ([`receive`]). In a plugin that makes none,
//! nothing ever sets [`START`]: the compiler sees that, and `allocate` becomes `i32.const 0`.
//!
//! The arena owns the memory from `__heap_base` to `__heap_end`, and what it grows after that. Where
//! something else has grown the memory, the arena grows no more; with the feature `alloc`, where a
//! global allocator takes pages, it moves to pages of its own instead.
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
    /// What lies below stays. Null while nothing does.
    static FLOOR: *mut u8 = ptr::null_mut();
}
global! {
    /// Where the cursor stands while no callback runs: the base, or the floor. A plugin uses one of the
    /// two, and the compiler drops the other.
    static RESTING: *mut u8 = BASE;
}
global! {
    /// Where the cursor stood when the last hostcall began that returns bytes; null before the first.
    static START: *mut u8 = ptr::null_mut();
}
global! {
    /// Where the host writes the address and the size of what it returns.
    static RETURNED: (*mut u8, usize) = (ptr::null_mut(), 0);
}
global! {
    /// The status of the last hostcall that should have returned bytes and did not.
    static ERROR: u32 = 0;
}
global! {
    /// A buffer of the plugin's that the host gets as its next allocation, and how much it holds.
    static LENT: (*mut u8, usize) = (ptr::null_mut(), 0);
}
#[cfg(target_family = "wasm")]
use memory::BASE;
/// On the host each thread has a base of its own, which the first use finds.
#[cfg(not(target_family = "wasm"))]
const BASE: *mut u8 = ptr::null_mut();

/// The proof that a callback runs, and the lifetime of what the host returns in it: invariant, and
/// neither `Send` nor `Sync`, because on the host each thread has an arena of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callback<'a>(PhantomData<*mut &'a ()>);

/// Runs one callback, or a part of one, and gives back what it allocated. Callbacks may nest; what
/// runs in a nested one must not receive with the `Callback` of an outer one.
#[inline(always)]
pub(crate) fn callback<R>(run: impl FnOnce(Callback<'_>) -> R) -> R {
    let mark = CURSOR.with(Cell::get);
    let result = run(Callback(PhantomData));
    rewind(mark);
    result
}

/// Sets the cursor back, but not below the floor.
#[inline]
fn rewind(mark: *mut u8) {
    CURSOR.with(|cursor| cursor.set(mark.max(FLOOR.with(Cell::get))));
}

/// Runs a callback within which no other one runs, and gives back what it allocated.
#[inline(always)]
pub(crate) fn outermost<R>(run: impl FnOnce(Callback<'_>) -> R) -> R {
    let result = run(Callback(PhantomData));
    CURSOR.with(|cursor| cursor.set(RESTING.with(Cell::get)));
    result
}

/// The body of `proxy_on_memory_allocate`: `size` bytes that live until the callback ends.
///
/// Returns null, which the host reports as [`Status::INVALID_MEMORY_ACCESS`], before the first hostcall
/// that returns bytes and when memory cannot grow.
pub fn allocate(size: usize) -> *mut u8 {
    if START.with(Cell::get).is_null() {
        return ptr::null_mut();
    }
    let (buffer, capacity) = LENT.with(Cell::take);
    if !buffer.is_null() {
        return if size <= capacity { buffer } else { ptr::null_mut() };
    }
    bump(size as u64)
}

/// The next `size` bytes; null if memory cannot grow.
#[inline(never)]
pub(crate) fn bump(size: u64) -> *mut u8 {
    if !memory::reach(size) {
        return ptr::null_mut();
    }
    let start = cursor();
    CURSOR.with(|cursor| cursor.set(start.wrapping_add(size as usize)));
    start
}

/// Makes a hostcall that returns bytes, and lends them until the callback ends.
///
/// `call` gets the two out-parameters and returns the host's status. The bytes are where this call
/// began to allocate, whatever pointer comes back, and no more than it allocated.
#[inline(always)]
pub(crate) fn receive<'a>(
    _: Callback<'a>,
    call: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<&'a [u8]> {
    LENT.with(|lent| lent.set((ptr::null_mut(), 0)));
    START.with(|start| start.set(cursor()));
    let status = returned(call);
    let data = received(status);
    if data.is_null() {
        return Err(Status(ERROR.with(Cell::get)));
    }
    let (_, size) = RETURNED.with(Cell::get);
    // SAFETY: `received` has checked that the bytes lie in what was allocated since the call began, and
    // the host has initialised them or left them as wasm memory is, which always has a value. Nothing
    // hands them out again before the cursor is rewound, at the end of the callback that `'a` stands
    // for.
    Ok(unsafe { slice::from_raw_parts(data, size) })
}

#[inline(always)]
fn returned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> u32 {
    RETURNED.with(|returned| {
        let out = returned.as_ptr();
        // SAFETY: `out` points to the two fields for as long as `returned` is borrowed.
        unsafe { call(&raw mut (*out).0, &raw mut (*out).1) }
    })
}

/// Where the bytes are that a hostcall returned; null for an error, with the status in [`ERROR`]. (On wasm,
/// a function that returns two words writes them to the stack.)
#[inline]
fn received(status: u32) -> *mut u8 {
    let mut error = status;
    if error == 0 {
        let (_, size) = RETURNED.with(Cell::get);
        let start = START.with(Cell::get);
        // SAFETY: where the cursor stood when the call began, which is not null.
        unsafe { core::hint::assert_unchecked(!start.is_null()) };
        // In a callback within the call, the cursor may have been set back below the start.
        let allocated = (cursor().addr() as i64).wrapping_sub(start.addr() as i64);
        if i64::try_from(size).is_ok_and(|size| size <= allocated) {
            return start;
        }
        error = Status::INVALID_MEMORY_ACCESS.0;
    }
    ERROR.with(|cell| cell.set(error));
    ptr::null_mut()
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
    START.with(|start| start.set(cursor()));
    RETURNED.with(|returned| returned.set((ptr::null_mut(), 0)));
    LENT.with(|lent| lent.set((place, capacity)));
    let status = returned(call);
    // Whatever comes next is not for the buffer.
    LENT.with(|lent| lent.set((ptr::null_mut(), 0)));
    let (data, size) = RETURNED.with(Cell::get);
    Status(status).ok()?;
    if size == 0 || (data == place && size <= capacity) {
        Ok(size)
    } else {
        Err(Status::INVALID_MEMORY_ACCESS)
    }
}

/// `size` bytes, zeroed, until the callback ends.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
pub(crate) fn scratch(_: Callback<'_>, size: usize) -> Result<&mut [u8]> {
    let place = bump(size as u64);
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

/// Raises the floor to the cursor: all that was allocated stays.
#[inline(always)]
pub(crate) fn keep() {
    FLOOR.with(|floor| floor.set(cursor()));
    RESTING.with(|resting| resting.set(cursor()));
}

/// Bytes that the callback received, or that live for ever anyway, stay.
///
/// Nothing else has the lifetime `'a` where this is called: it is any lifetime that the callback's
/// code cannot name.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn keep_bytes<'a>(_: Callback<'a>, bytes: &'a [u8]) -> &'static [u8] {
    keep();
    // SAFETY: the bytes lie below the floor, and nothing hands them out again.
    unsafe { slice::from_raw_parts(bytes.as_ptr(), bytes.len()) }
}

/// On the host, where the arena ends with its thread, a copy stays.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn keep_bytes<'a>(_: Callback<'a>, bytes: &'a [u8]) -> &'static [u8] {
    std::boxed::Box::leak(bytes.into())
}

/// `size` bytes that stay, aligned to 16, not initialised. So does whatever the callback has received so
/// far: ask for much at once, or between callbacks. Null if memory cannot grow.
#[inline]
pub(crate) fn carve(size: usize) -> *mut u8 {
    let place = bump((size as u64).wrapping_add(15));
    if place.is_null() {
        return place;
    }
    keep();
    place.map_addr(|address| address.wrapping_add(15) & !15)
}

/// Puts `size` bytes at most together, until the callback ends.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
#[inline(always)]
pub(crate) fn text(
    _: Callback<'_>,
    size: u64,
    write: impl FnOnce(Writer) -> Writer,
) -> Result<&[u8]> {
    let start = bump(size);
    if start.is_null() {
        return Err(Status::INVALID_MEMORY_ACCESS);
    }
    let Writer(end) = write(Writer(start));
    // What was too much.
    CURSOR.with(|cursor| cursor.set(end));
    // SAFETY: every byte from start to end has been written, and nothing else has it before the
    // callback ends.
    Ok(unsafe { between(start, end) })
}

/// As [`text`], for the time that `read` takes.
///
/// # Errors
/// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow; or those of `read`.
#[inline(always)]
pub(crate) fn passing_text<R>(
    size: u64,
    write: impl FnOnce(Writer) -> Writer,
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<R> {
    let start = bump(size);
    if start.is_null() {
        return Err(Status::INVALID_MEMORY_ACCESS);
    }
    let Writer(end) = write(Writer(start));
    // SAFETY: every byte from start to end has been written, and nothing else has it before the cursor
    // is set back.
    let result = read(unsafe { between(start, end) });
    rewind(start);
    result
}

/// # Safety
/// All from `start` to `end` is initialised and stays for `'a`.
#[inline(always)]
unsafe fn between<'a>(start: *mut u8, end: *mut u8) -> &'a [u8] {
    // SAFETY: the caller's. Memory has `isize::MAX` bytes at most.
    unsafe { slice::from_raw_parts(start, end.addr().wrapping_sub(start.addr())) }
}

/// Where the next byte of a text goes. Who makes the text has seen to it that there is room for all
/// pieces: each writes no more than its size.
#[derive(Debug)]
pub struct Writer(*mut u8);

impl Writer {
    /// Appends bytes.
    #[inline(never)]
    pub(crate) fn put(self, bytes: &[u8]) -> Self {
        // SAFETY: there is room for them, which nothing else uses.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.0, bytes.len()) }
        Self(self.0.wrapping_add(bytes.len()))
    }

    /// Appends a byte.
    #[inline(always)]
    pub(crate) fn byte(self, byte: u8) -> Self {
        // SAFETY: there is room for it, which nothing else uses.
        unsafe { self.0.write(byte) };
        Self(self.0.wrapping_add(1))
    }

    /// Appends a number of 32 bits, little-endian, as serialized maps hold it.
    #[inline(always)]
    pub(crate) fn word(self, number: usize) -> Self {
        // SAFETY: there is room for four bytes, which nothing else uses.
        unsafe { self.0.cast::<[u8; 4]>().write((number as u32).to_le_bytes()) };
        Self(self.0.wrapping_add(4))
    }
}

/// A line that `core::fmt` puts together, piece after piece: what it begins with is given back when it is
/// logged, or dropped.
#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
pub(crate) struct Line {
    start: *mut u8,
    end: *mut u8,
}

#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
impl Line {
    pub(crate) fn begin() -> Self {
        Self { start: cursor(), end: cursor() }
    }

    pub(crate) fn log(self, level: crate::log::Level) {
        // SAFETY: `write_str` has written every byte from start to end.
        crate::hostcall::log(level, unsafe { between(self.start, self.end) });
    }
}

#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
impl core::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let place = bump(text.len() as u64);
        // What is formatted may log, receive or allocate itself: then the line is not together.
        if place.is_null() || (place != self.end && !text.is_empty()) {
            return Err(core::fmt::Error);
        }
        // SAFETY: `bump` returned that many bytes, which nothing else uses.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place, text.len()) };
        self.end = place.wrapping_add(text.len());
        Ok(())
    }
}

#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
impl Drop for Line {
    fn drop(&mut self) {
        // Nothing that stays was allocated since, unless it raised the floor.
        if cursor() == self.end {
            rewind(self.start);
        }
    }
}

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
        if memory_size(0) != limit.addr() / PAGE {
            #[cfg(feature = "alloc")]
            return relocate(size);
            #[cfg(not(feature = "alloc"))]
            return false;
        }
        if end > MOST {
            return false;
        }
        let more = (end as usize).wrapping_sub(limit.addr());
        let pages = (more.wrapping_sub(1) / PAGE).wrapping_add(1);
        if memory_grow(0, pages) == usize::MAX {
            return false;
        }
        LIMIT.with(|cell| cell.set(limit.wrapping_add(pages.wrapping_mul(PAGE))));
        true
    }

    /// Moves the arena to pages of its own, at least twice as many as are needed, so that all that it
    /// ever leaves behind is less than what it has.
    #[cfg(feature = "alloc")]
    #[inline(never)]
    fn relocate(size: u64) -> bool {
        let before = memory_size(0);
        let pages = (size / (PAGE as u64 / 2)).wrapping_add(1);
        if pages.wrapping_add(before as u64) > MOST / PAGE as u64
            || memory_grow(0, pages as usize) != before
        {
            return false;
        }
        let segment = core::ptr::with_exposed_provenance_mut::<u8>(before.wrapping_mul(PAGE));
        LIMIT.with(|limit| limit.set(segment.wrapping_add((pages as usize).wrapping_mul(PAGE))));
        for place in [&super::FLOOR, &super::RESTING, &super::START, &super::CURSOR] {
            place.with(|place| place.set(segment));
        }
        true
    }
}

/// What stands for linear memory on the host: a page for each thread, which cannot grow.
#[cfg(not(target_family = "wasm"))]
mod memory {
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
    fn before_a_hostcall_that_returns_bytes_nothing_is_allocated() {
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
    fn whatever_pointer_a_host_returns_the_bytes_are_where_it_allocated() {
        let own = [7_u8; 4];
        for lie in
            [ptr::null_mut(), ptr::without_provenance_mut(usize::MAX), own.as_ptr().cast_mut()]
        {
            callback(|scope| {
                let result = receive(scope, |data, size| {
                    assert_eq!(host(b"true", data, size), 0);
                    // SAFETY: the out-parameter is `receive`'s.
                    unsafe { data.write(lie) };
                    0
                });
                assert_eq!(result, Ok(&b"true"[..]));
            });
        }
    }

    #[test]
    fn a_host_that_returns_more_than_it_allocated_gets_an_error() {
        for lie in [5, 0x1_0000, isize::MAX.cast_unsigned(), usize::MAX] {
            callback(|scope| {
                let result = receive(scope, |data, size| {
                    assert_eq!(host(b"true", data, size), 0);
                    // SAFETY: the out-parameter is `receive`'s.
                    unsafe { size.write(lie) };
                    0
                });
                assert_eq!(result, Err(Status::INVALID_MEMORY_ACCESS), "{lie}");
            });
        }
    }

    /// The cursor is then below where the outer call began.
    #[test]
    fn a_callback_within_a_hostcall_does_not_confuse_the_outer_one() {
        callback(|scope| {
            let kept = receive(scope, |data, size| host(b"kept", data, size)).unwrap();
            let result = receive(scope, |data, size| {
                callback(|scope| {
                    receive(scope, |data, size| host(b"a", data, size)).unwrap();
                    receive(scope, |data, size| host(b"inner", data, size)).unwrap();
                });
                // SAFETY: the out-parameters are `receive`'s.
                unsafe { (data.write(kept.as_ptr().cast_mut()), size.write(4)) };
                0
            });
            assert_eq!(result, Err(Status::INVALID_MEMORY_ACCESS));
            assert_eq!(kept, b"kept");
        });
    }

    #[test]
    fn a_buffer_of_the_plugins_is_filled_without_a_copy() {
        let mut buffer = [0; 8];
        callback(|_| {
            let before = cursor();
            assert_eq!(receive_into(&mut buffer, |data, size| host(b"into it", data, size)), Ok(7));
            assert_eq!(cursor(), before);
            let refused = receive_into(&mut buffer, |data, size| host(b"too much", data, size));
            assert_eq!(refused, Ok(8));
            let refused = receive_into(&mut buffer, |data, size| host(b"far too much", data, size));
            assert_eq!(refused, Err(Status::INVALID_MEMORY_ACCESS));
        });
        assert_eq!(&buffer, b"too much");
    }

    /// What it would have been lent for is over.
    #[test]
    fn a_lent_buffer_is_for_one_call_only() {
        let mut buffer = [0; 8];
        callback(|scope| {
            assert_eq!(receive_into(&mut buffer, |_, _| 1), Err(Status::NOT_FOUND));
            assert_eq!(receive(scope, |data, size| host(b"arena", data, size)), Ok(&b"arena"[..]));
            // A callback within the call receives, too: then the outer one gets an error.
            let outer = receive_into(&mut buffer, |data, size| {
                callback(|scope| {
                    let inner = receive(scope, |data, size| host(b"inner", data, size));
                    assert_eq!(inner, Ok(&b"inner"[..]));
                });
                host(b"outer", data, size)
            });
            assert_eq!(outer, Err(Status::INVALID_MEMORY_ACCESS));
        });
        assert_eq!(buffer, [0; 8]);
    }

    #[test]
    fn what_is_carved_stays() {
        let (first, second) = callback(|scope| {
            receive(scope, |data, size| host(b"odd", data, size)).unwrap();
            let place = carve(24);
            assert!(place.addr().is_multiple_of(16));
            (place.addr(), carve(8).addr())
        });
        assert!(second >= first + 24);
        callback(|scope| {
            let next = receive(scope, |data, size| host(b"next", data, size)).unwrap();
            assert!(next.as_ptr().addr() >= second + 8);
        });
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
            assert_eq!(receive(scope, |_, _| 4711), Err(Status(4711)));
            assert_eq!(receive(scope, |_, _| u32::MAX), Err(Status(u32::MAX)));
            assert_eq!(receive(scope, nothing), Ok(&b""[..]));
        });
    }

    #[test]
    fn a_host_that_returns_nothing_at_all_returns_no_bytes() {
        callback(|scope| assert_eq!(receive(scope, |_, _| 0), Ok(&b""[..])));
    }
}
