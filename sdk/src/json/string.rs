//! Texts in quotes, decoded where they stand.

use super::error::Result;
use super::reader::Reader;

/// What follows a backslash, and what it stands for then.
const ESCAPES: [[u8; 2]; 8] =
    [*b"\"\"", *b"\\\\", *b"//", *b"b\x08", *b"f\x0c", *b"n\n", *b"r\r", *b"t\t"];

impl<'a> Reader<'a> {
    /// Reads a text; its quote is next.
    ///
    /// What is decoded is as long as what it comes from at most, so it has room before it.
    #[inline(never)]
    pub(super) fn text(&mut self) -> Result<&'a [u8]> {
        self.step();
        let start = self.begin_text();
        loop {
            let at = self.next();
            let good = match self.take() {
                b'"' => return Ok(self.end_text(start)),
                b'\\' => self.escape(),
                byte @ 0x80.. => self.sequence(byte),
                byte => {
                    self.put(byte);
                    byte >= b' '
                }
            };
            if !good {
                self.back(at);
                return Err(self.expected("a character, an escape or a quote"));
            }
        }
    }

    /// What follows a backslash: whether that stands for a character.
    fn escape(&mut self) -> bool {
        let byte = self.take();
        if byte == b'u' {
            return self.unit_or_two();
        }
        // (This takes fewer bytes than the patterns of a `match`.)
        let Some([_, byte]) = ESCAPES.iter().find(|[letter, _]| *letter == byte) else {
            return false;
        };
        self.put(*byte);
        true
    }

    /// What stands for a character after `\u`: a unit of UTF-16, or a pair of them.
    fn unit_or_two(&mut self) -> bool {
        let mut code = self.unit();
        if code >> 10 == 0x36 {
            if !self.takes(b'\\') || !self.takes(b'u') {
                return false;
            }
            let second = self.unit();
            if second >> 10 != 0x37 {
                return false;
            }
            code = ((code & 0x3ff) << 10 | second & 0x3ff).wrapping_add(0x1_0000);
        }
        self.character(code) > 0
    }

    /// What a first byte of a sequence of UTF-8 begins: whether that is a character, written as short as it can be.
    fn sequence(&mut self, first: u8) -> bool {
        let size = first.leading_ones();
        // A byte that cannot be the first one says one, and a character of one byte has none of these bits.
        let mut code = u32::from(first) & 0x7f >> size;
        for _ in 1..size {
            let byte = self.take();
            if byte >> 6 != 2 {
                return false;
            }
            code = code << 6 | u32::from(byte & 0x3f);
        }
        size > 1 && self.character(code) == size
    }

    /// Writes a character in UTF-8: how many bytes that are, 0 if it is none.
    #[inline(never)]
    fn character(&mut self, code: u32) -> u32 {
        let Some(character) = char::from_u32(code) else { return 0 };
        let size = character.len_utf8() as u32;
        // The bits above all others, behind as many ones as there are bytes.
        let mut shift = size.wrapping_sub(1).wrapping_mul(6);
        let ones = if size > 1 { 0xf00 >> size } else { 0 };
        self.put((ones | code >> shift) as u8);
        while shift > 0 {
            shift = shift.wrapping_sub(6);
            self.put(0x80 | (code >> shift) as u8 & 0x3f);
        }
        size
    }

    /// Four hexadecimal digits; a number above those of all characters if they are not that.
    #[inline(never)]
    fn unit(&mut self) -> u32 {
        let mut unit = 0;
        for _ in 0..4 {
            match char::from(self.take()).to_digit(16) {
                Some(digit) => unit = unit << 4 | digit,
                None => return u32::MAX,
            }
        }
        unit
    }
}
