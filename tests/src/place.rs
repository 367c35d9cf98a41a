//! Places in files.

use std::fmt;

/// A place in a file; both numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// Where a file begins.
    pub(crate) const BEGIN: Self = Self { line: 1, column: 1 };

    /// The place after a text that begins here.
    pub(crate) fn after(mut self, text: &[u8]) -> Self {
        for byte in text {
            match byte {
                b'\n' => self = Self { line: self.line + 1, column: 1 },
                // The later bytes of a character.
                0x80..0xc0 => {}
                _ => self.column += 1,
            }
        }
        self
    }
}

/// As compilers write it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
