//! Texts in quotes, decoded where they stand.

use super::error::Result;
use super::reader::Reader;

/// Reads a text; its quote is next.
#[inline(never)]
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    reader.take(1);
    let mut text = Text { bytes: reader.left(), next: 0, end: 0 };
    let decoded = text.decode();
    let Text { next, end, .. } = text;
    let taken = reader.take(next);
    match decoded {
        Ok(()) => Ok(taken.get(..end).unwrap_or_default()),
        Err(expected) => Err(reader.expected(expected)),
    }
}

/// What is decoded is as long as what it comes from at most, so it has room before it.
struct Text<'a> {
    bytes: &'a mut [u8],
    /// What has been read, and what of it has been decoded.
    next: usize,
    end: usize,
}

impl Text<'_> {
    /// To the quote at its end, or to what is wrong.
    fn decode(&mut self) -> core::result::Result<(), &'static str> {
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.next = self.next.wrapping_add(1);
                    return Ok(());
                }
                Some(b'\\') => {
                    let start = self.next;
                    if self.escape().is_none() {
                        self.next = start;
                        return Err("an escape that stands for a character");
                    }
                }
                Some(byte @ b' '..) => {
                    self.next = self.next.wrapping_add(1);
                    self.put(byte);
                }
                _ => return Err("a quote at the text's end"),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.next).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.next = self.next.wrapping_add(1);
        Some(byte)
    }

    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.end) {
            *place = byte;
            self.end = self.end.wrapping_add(1);
        }
    }

    /// A backslash and what follows it.
    fn escape(&mut self) -> Option<()> {
        self.take();
        let byte = match self.take()? {
            b'u' => return self.character(),
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            byte @ (b'"' | b'\\' | b'/') => byte,
            _ => return None,
        };
        self.put(byte);
        Some(())
    }

    /// What stands for a character after `\u`: a unit of UTF-16, or a pair of them.
    fn character(&mut self) -> Option<()> {
        let mut code = self.unit()?;
        if code & 0xf800 == 0xd800 {
            if code & 0x0400 != 0 || self.take()? != b'\\' || self.take()? != b'u' {
                return None;
            }
            let second = self.unit()?;
            if second & 0xfc00 != 0xdc00 {
                return None;
            }
            code = ((code & 0x3ff) << 10 | second & 0x3ff).wrapping_add(0x1_0000);
        }
        // In UTF-8: the bits above all these, behind as many ones as there are bytes.
        let (mut shift, ones) = match code {
            0..0x80 => (0, 0),
            0x80..0x800 => (6, 0xc0),
            0x800..0x1_0000 => (12, 0xe0),
            _ => (18, 0xf0),
        };
        self.put(ones | (code >> shift) as u8);
        while shift > 0 {
            shift = u32::wrapping_sub(shift, 6);
            self.put(0x80 | (code >> shift) as u8 & 0x3f);
        }
        Some(())
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.take()?).to_digit(16)?;
        }
        Some(unit)
    }
}
