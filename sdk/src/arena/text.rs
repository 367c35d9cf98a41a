//! Texts that are put together in the arena: measured first, and then written in one allocation.

use core::cell::Cell;
use core::{ptr, slice};

use super::{CURSOR, Callback, bump, rewind};
use crate::status::{Result, Status};

/// Room for a text that is put together: it is used for one, and who writes it writes no more than was asked for.
///
/// (A closure would do as well, but the compiler makes a function of one whose type is needed in two places, and what
/// it holds goes through memory.)
#[derive(Debug)]
pub(crate) struct Room(*mut u8);

impl Room {
    /// Of so many bytes, and where the first one goes.
    ///
    /// # Errors
    /// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    #[inline(always)]
    pub(crate) fn of(size: u64) -> Result<(Self, Writer)> {
        let start = bump(size);
        if start.is_null() {
            return Err(Status::INVALID_MEMORY_ACCESS);
        }
        Ok((Self(start), Writer(start)))
    }

    /// The text, until the callback ends.
    #[inline(always)]
    pub(crate) fn text(self, _: Callback<'_>, Writer(end): Writer) -> &[u8] {
        // What was too much.
        CURSOR.with(|cursor| cursor.set(end));
        // SAFETY: every byte from start to end has been written, and nothing else has it before the
        // callback ends.
        unsafe { between(self.0, end) }
    }

    /// The text, for the time that `read` takes.
    #[inline(always)]
    pub(crate) fn passing_text<R>(self, Writer(end): Writer, read: impl FnOnce(&[u8]) -> R) -> R {
        // SAFETY: every byte from start to end has been written, and nothing else has it before the cursor
        // is set back.
        let result = read(unsafe { between(self.0, end) });
        rewind(self.0);
        result
    }
}

/// The longest short text.
const SHORT: usize = 64;

crate::place! {
    /// A short text.
    static SHORT_TEXT: [Cell<u8>; SHORT] = [const { Cell::new(0) }; SHORT];
}

/// Puts `SIZE` bytes at most together, without the arena: nothing can fail. They are there until the next
/// ones.
#[inline(always)]
pub(crate) fn short_text<const SIZE: usize>(
    write: impl FnOnce(Writer) -> Writer,
    read: impl FnOnce(&[Cell<u8>]),
) {
    const { assert!(SIZE <= SHORT) }
    SHORT_TEXT.with(|bytes| {
        let start = bytes.as_ptr().cast_mut();
        let Writer(end) = write(Writer(start.cast()));
        // SAFETY: from start to end are some of these cells.
        read(unsafe { slice::from_raw_parts(start, end.addr().wrapping_sub(start.addr())) });
    });
}

/// # Safety
/// All from `start` to `end` is initialised and stays for `'a`.
#[inline(always)]
pub(super) unsafe fn between<'a>(start: *mut u8, end: *mut u8) -> &'a [u8] {
    // SAFETY: the caller's. Memory has `isize::MAX` bytes at most.
    unsafe { slice::from_raw_parts(start, end.addr().wrapping_sub(start.addr())) }
}

/// Where the next byte of a text goes. Who makes the text has seen to it that there is room for all
/// pieces: each writes no more than its size.
#[derive(Debug)]
pub struct Writer(*mut u8);

impl Writer {
    /// Appends bytes.
    ///
    /// `prune` knows this function by its name, and takes out the compiler's question whether there are any. All
    /// that it is given lies in memory, also where there is nothing of it: what is empty lies within or behind something,
    /// or at an address as small as a type's alignment. (One beyond the memory would trap, which no host takes either.)
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
        unsafe {
            self.0.write(byte);
            Self(self.0.add(1))
        }
    }

    /// Appends a number of 32 bits, little-endian, as serialized maps hold it.
    #[inline(always)]
    pub(crate) fn word(self, number: usize) -> Self {
        // SAFETY: there is room for four bytes, which nothing else uses.
        unsafe {
            self.0.cast::<[u8; 4]>().write((number as u32).to_le_bytes());
            Self(self.0.add(4))
        }
    }
}
