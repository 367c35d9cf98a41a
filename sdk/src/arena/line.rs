//! Lines that `core::fmt` puts together, for the crate `log` and for panics.

use core::{fmt, ptr};

use super::text::between;
use super::{bump, cursor, rewind};
use crate::hostcall;
use crate::log::Level;

/// A line that `core::fmt` puts together, piece after piece: what it begins with is given back when it is
/// logged, or dropped.
pub(crate) struct Line {
    start: *mut u8,
    end: *mut u8,
}

impl Line {
    pub(crate) fn begin() -> Self {
        Self { start: cursor(), end: cursor() }
    }

    pub(crate) fn log(self, level: Level) {
        // SAFETY: `write_str` has written every byte from start to end.
        hostcall::log(level, unsafe { between(self.start, self.end) });
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = bump(text.len() as u64);
        // What is formatted may log, receive or allocate itself: then the line is not together.
        if place.is_null() || (place != self.end && !text.is_empty()) {
            return Err(fmt::Error);
        }
        // SAFETY: `bump` returned that many bytes, which nothing else uses.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place, text.len()) };
        self.end = place.wrapping_add(text.len());
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Nothing that stays was allocated since, unless it raised the floor.
        if cursor() == self.end {
            rewind(self.start);
        }
    }
}
