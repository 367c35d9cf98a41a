//! Texts that are written into JSON.

use crate::arena::Writer;
use crate::log::{Piece, Sealed};

/// Bytes, as they stand between the quotes of a text in JSON. What is not UTF-8 becomes U+FFFD.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let path = http.request_headers().get(":path")?.map(whit::json::Escaped);
/// whit::info!("{\"path\":\"", path, "\"}");
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl Sealed for Escaped<'_> {}

impl Piece for Escaped<'_> {
    /// A control character becomes six bytes.
    fn size(&self) -> u64 {
        (self.0.len() as u64).wrapping_mul(6)
    }

    #[inline(never)]
    fn write(&self, mut to: Writer) -> Writer {
        for chunk in self.0.utf8_chunks() {
            for byte in chunk.valid().bytes() {
                to = match byte {
                    b'"' | b'\\' => to.byte(b'\\').byte(byte),
                    b'\n' => to.put(b"\\n"),
                    0..b' ' | 0x7f => {
                        let digit = |digit: u8| {
                            if digit < 10 { b'0' | digit } else { (b'a' - 10).wrapping_add(digit) }
                        };
                        to.put(b"\\u00").byte(digit(byte >> 4)).byte(digit(byte & 15))
                    }
                    _ => to.byte(byte),
                };
            }
            if !chunk.invalid().is_empty() {
                to = to.put("\u{fffd}".as_bytes());
            }
        }
        to
    }
}
