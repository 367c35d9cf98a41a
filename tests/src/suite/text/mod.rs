//! Protocol Buffers' text format, as far as suites use it: no extensions, no maps, no floats.
//!
//! Messages are declared as Rust structs with [`messages!`], and read without anything in between, so
//! that each value has its place and each mistake names what was expected there.

mod escape;
mod message;
mod reader;
mod token;

use std::fmt;

use crate::Place;

pub(super) use message::{Many, Message, Once, Slot, messages};
pub(super) use reader::{Reader, Value, read};

/// Something that a file holds, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub(super) place: Place,
    pub(super) value: T,
}

/// What there is to say about a place in a file: a mistake, an expectation that does not hold, a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// What. Where something else was expected, it says what that is, and what is there.
    pub what: String,
}

impl Remark {
    pub(super) fn new(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: what.into() }
    }
}

/// As compilers write it, after the file's name and a colon.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Remark {}
