//! The callback arena: where everything lands that the host returns.
//!
//! The host asks for memory with `proxy_on_memory_allocate`; [`allocate`] bumps a cursor through the
//! module's free memory, which begins at `__heap_base`. When a callback ends, [`End`] rewinds the
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

#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
mod line;
#[cfg(target_family = "wasm")]
mod memory;
#[cfg(not(target_family = "wasm"))]
#[path = "memory_on_host.rs"]
mod memory;
mod text;

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::{ptr, slice};

#[cfg(any(feature = "log", all(target_family = "wasm", feature = "debug")))]
pub(crate) use line::Line;
pub use text::Writer;
pub(crate) use text::{Room, short_text};

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

/// How a callback gives back what it allocated.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum End {
    /// The cursor goes back to where it stood, but not below the floor. Callbacks may nest; what runs in a
    /// nested one must not receive with the `Callback` of an outer one.
    Mark,
    /// The same, in a function: shorter where there are several callbacks, and a floor.
    SharedMark,
    /// The cursor goes to where it rests: no other callback runs within this one.
    Rest,
}

impl End {
    /// Runs a callback, or a part of one.
    #[inline(always)]
    pub(crate) fn of<R>(self, run: impl FnOnce(Callback<'_>) -> R) -> R {
        let mark = CURSOR.with(Cell::get);
        let result = run(Callback(PhantomData));
        match self {
            Self::Mark => rewind(mark),
            Self::SharedMark => rewind_shared(mark),
            Self::Rest => CURSOR.with(|cursor| cursor.set(RESTING.with(Cell::get))),
        }
        result
    }
}

/// Runs a part of a callback, and gives back what it allocated.
#[inline(always)]
pub(crate) fn callback<R>(run: impl FnOnce(Callback<'_>) -> R) -> R {
    End::Mark.of(run)
}

/// Sets the cursor back, but not below the floor.
#[inline]
fn rewind(mark: *mut u8) {
    CURSOR.with(|cursor| cursor.set(mark.max(FLOOR.with(Cell::get))));
}

#[inline(never)]
fn rewind_shared(mark: *mut u8) {
    rewind(mark);
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
    callback: Callback<'a>,
    call: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<&'a [u8]> {
    receive_mut(callback, call).map(|bytes| &*bytes)
}

/// As [`receive`]: nobody else has the bytes.
#[inline(always)]
pub(crate) fn receive_mut<'a>(
    _: Callback<'a>,
    call: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<&'a mut [u8]> {
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
    Ok(unsafe { slice::from_raw_parts_mut(data, size) })
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
        let allocated = cursor().addr().wrapping_sub(start.addr()).cast_signed() as i64;
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
    // A hostcall that is under way, if the host makes a callback of it, returns nothing of this.
    START.with(|start| start.set(cursor()));
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

/// As [`keep_bytes`]: nobody else has the bytes.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn keep_bytes_mut<'a>(_: Callback<'a>, bytes: &'a mut [u8]) -> &'static mut [u8] {
    keep();
    // SAFETY: the bytes lie below the floor, and nothing hands them out again; whoever had them has given
    // them away.
    unsafe { slice::from_raw_parts_mut(bytes.as_mut_ptr(), bytes.len()) }
}

/// On the host, where the arena ends with its thread, a copy stays.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn keep_bytes_mut<'a>(_: Callback<'a>, bytes: &'a mut [u8]) -> &'static mut [u8] {
    std::boxed::Box::leak((&*bytes).into())
}

/// A value that stays. `None` if memory cannot grow.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn keep_value<T: 'static>(make: impl FnOnce() -> T) -> Option<&'static mut T> {
    let place: NonNull<T> = carve(size_of::<T>(), align_of::<T>())?.cast();
    // SAFETY: there is room for it, which nothing else has.
    unsafe {
        place.write(make());
        Some(&mut *place.as_ptr())
    }
}

/// On the host, where the arena ends with its thread, it is elsewhere.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn keep_value<T: 'static>(make: impl FnOnce() -> T) -> Option<&'static mut T> {
    Some(std::boxed::Box::leak(std::boxed::Box::new(make())))
}

/// `size` bytes that stay, aligned to `align`, not initialised. So does whatever the callback has received so
/// far: ask for much at once, or before it receives anything. `None` if memory cannot grow.
#[inline(always)]
pub(crate) fn carve(size: usize, align: usize) -> Option<NonNull<u8>> {
    let before = align.wrapping_sub(1);
    let place = bump((size as u64).wrapping_add(before as u64));
    if place.is_null() {
        return None;
    }
    keep();
    let place = place.map_addr(|address| address.wrapping_add(before) & !before);
    // SAFETY: the bytes after what is not null are there, so that none of them is at 0.
    Some(unsafe { NonNull::new_unchecked(place) })
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

#[cfg(test)]
mod tests;
