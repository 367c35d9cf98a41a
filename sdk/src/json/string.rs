//! Texts in quotes, decoded where they stand.

use super::error::Result;
use super::reader::Reader;

const QUOTE: &str = "a quote at the text's end";
const ESCAPE: &str = "an escape that stands for a character";

impl<'a> Reader<'a> {
    /// Reads a text; its quote is next.
    ///
    /// What is decoded is as long as what it comes from at most, so it has room before it.
    #[inline(never)]
    pub(super) fn text(&mut self) -> Result<&'a [u8]> {
        self.step();
        let start = self.next();
        let mut end = start;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    let escape = self.next();
                    if !self.escape(&mut end) {
                        self.back(escape);
                        return Err(self.expected(ESCAPE));
                    }
                }
                byte @ b' '.. => {
                    self.step();
                    self.put(&mut end, byte);
                }
                _ => return Err(self.expected(QUOTE)),
            }
        }
        self.step();
        Ok(self.hand_out().get(start..end).unwrap_or_default())
    }

    /// A backslash and what follows it: whether it stands for a character.
    fn escape(&mut self, end: &mut usize) -> bool {
        self.step();
        let byte = match self.take() {
            b'u' => return self.character(end),
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            byte @ (b'"' | b'\\' | b'/') => byte,
            _ => return false,
        };
        self.put(end, byte);
        true
    }

    /// What stands for a character after `\u`: a unit of UTF-16, or a pair of them.
    fn character(&mut self, end: &mut usize) -> bool {
        let mut code = self.unit();
        if code >> 11 == 0x1b {
            if code & 0x0400 != 0 || !self.takes(b'\\') || !self.takes(b'u') {
                return false;
            }
            let second = self.unit();
            if second >> 10 != 0x37 {
                return false;
            }
            code = ((code & 0x3ff) << 10 | second & 0x3ff).wrapping_add(0x1_0000);
        }
        if code > 0x10_ffff {
            return false;
        }
        // In UTF-8: the bits above all others, behind as many ones as there are bytes.
        let (mut shift, ones) = match code {
            0..0x80 => (0, 0),
            0x80..0x800 => (6, 0xc0),
            0x800..0x1_0000 => (12, 0xe0),
            _ => (18, 0xf0),
        };
        self.put(end, ones | (code >> shift) as u8);
        while shift > 0 {
            shift = u32::wrapping_sub(shift, 6);
            self.put(end, 0x80 | (code >> shift) as u8 & 0x3f);
        }
        true
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
