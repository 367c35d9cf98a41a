//! What is wrong with a JSON text, and where.

use crate::arena::Writer;
use crate::log::{CallbackName, Piece, Sealed};
use crate::outcome::{Acceptance, AcceptanceSealed};
use crate::status::Status;

/// What a reader returns: something is [`Wrong`], or, where a whole text has been read, there is an
/// [`Error`].
pub type Result<T, E = Wrong> = core::result::Result<T, E>;

/// Something is wrong. The reader knows what and where: [`read`](super::read) makes an [`Error`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong(());

impl Wrong {
    /// After it was noted what is.
    pub(super) const NOTED: Self = Self(());
}

/// What is wrong with a JSON text, and where: a [`Piece`] of a line that is logged, such as
/// `line 3, column 7: "limit": a whole number from 1 to 1000 expected`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1 on.
    pub line: u32,
    /// The column, in bytes, from 1 on.
    pub column: u32,
    pub(super) name: Name,
    pub(super) problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Expected(&'static str),
    Between(i64, i64),
    Missing(&'static str),
    Contradiction(&'static str),
    Unknown,
    /// There is no text to read.
    Host(Status),
}

/// The name of the field that was read last, or its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    bytes: [u8; 32],
    size: u8,
}

impl Name {
    pub(super) fn new(name: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let mut size = 0;
        for (to, from) in bytes.iter_mut().zip(name) {
            *to = *from;
            size = u8::wrapping_add(size, 1);
        }
        Self { bytes, size }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.size.into()).unwrap_or_default()
    }
}

impl Error {
    /// The field that was read last, or the first 32 bytes of its name; empty if there was none.
    pub fn name(&self) -> &[u8] {
        self.name.bytes()
    }
}

/// There is no text to read.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self { line: 1, column: 1, name: Name::new(b""), problem: Problem::Host(status) }
    }
}

impl AcceptanceSealed for Result<(), Error> {}

/// An error is logged, and refuses.
impl Acceptance for Result<(), Error> {
    #[inline(always)]
    fn settle(self, callback: CallbackName) -> u32 {
        match self {
            Ok(()) => 1,
            Err(error) => refuse(callback, &error),
        }
    }
}

#[inline(never)]
fn refuse(callback: CallbackName, error: &Error) -> u32 {
    crate::log!(crate::Level::Error, callback.0, ": ", error);
    0
}

impl Sealed for Error {}

impl Piece for Error {
    fn size(&self) -> u64 {
        // The fixed words and four numbers at their longest.
        let words = 160;
        let text = match self.problem {
            Problem::Expected(text) | Problem::Missing(text) | Problem::Contradiction(text) => {
                text.len()
            }
            Problem::Between(..) | Problem::Unknown | Problem::Host(_) => 0,
        };
        (text as u64).wrapping_add(words)
    }

    #[inline(never)]
    fn write(&self, to: Writer) -> Writer {
        let to = self.line.write(to.put(b"line "));
        let to = self.column.write(to.put(b", column "));
        let to = to.put(b": ");
        let to = match self.name() {
            b"" => to,
            name => to.put(b"\"").put(name).put(b"\": "),
        };
        match self.problem {
            Problem::Expected(what) => to.put(what.as_bytes()).put(b" expected"),
            Problem::Between(least, most) => {
                let to = least.write(to.put(b"a whole number from "));
                most.write(to.put(b" to ")).put(b" expected")
            }
            Problem::Missing(name) => to.put(b"\"").put(name.as_bytes()).put(b"\" is missing"),
            Problem::Contradiction(problem) => to.put(problem.as_bytes()),
            Problem::Unknown => to.put(b"unknown field"),
            Problem::Host(status) => status.write(to.put(b"status ")),
        }
    }
}
