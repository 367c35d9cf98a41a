//! Protocol Buffers, as far as gRPC messages, foreign functions and message properties need them.
//!
//! ```
//! use whit::proto::{Reader, Value};
//!
//! let mut name = None;
//! for field in Reader::new(b"\x0a\x04auth\x10\x05") {
//!     match field {
//!         Ok((1, Value::Bytes(bytes))) => name = Some(bytes),
//!         Ok(_) => {} // Another field.
//!         Err(_) => break, // No message.
//!     }
//! }
//! assert_eq!(name, Some(&b"auth"[..]));
//! ```

use crate::arena::Writer;
use crate::log::{Piece, Sealed, pieces};
use crate::status::{Result, Status};

/// The value of a field, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `int32`, `int64`, `uint32`, `uint64`, `sint32`, `sint64`, `bool`, enums.
    Varint(u64),
    /// `fixed64`, `sfixed64`, `double`.
    Fixed64(u64),
    /// `string`, `bytes`, embedded messages, packed repeated fields.
    Bytes(&'a [u8]),
    /// `fixed32`, `sfixed32`, `float`.
    Fixed32(u32),
}

/// The fields of a message, in its order, each with its number. An error, [`Status::PARSE_FAILURE`], is
/// the last item.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads a message.
    #[inline]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { left: message }
    }

    /// The last value of a field, which is the one that counts if it is not repeated.
    ///
    /// # Errors
    /// [`Status::PARSE_FAILURE`]: it is no message.
    ///
    /// ```
    /// use whit::proto::{Reader, Value};
    /// let message = b"\x08\x01\x08\x02";
    /// assert_eq!(Reader::new(message).last(1), Ok(Some(Value::Varint(2))));
    /// assert_eq!(Reader::new(message).last(2), Ok(None));
    /// ```
    pub fn last(self, number: u32) -> Result<Option<Value<'a>>> {
        let mut last = None;
        for field in self {
            let (found, value) = field?;
            if found == number {
                last = Some(value);
            }
        }
        Ok(last)
    }

    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(size)?;
        self.left = left;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = *self.take(1)?.first()?;
            // Of the tenth byte, one bit is left.
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return if shift == 63 && byte > 1 { None } else { Some(value) };
            }
        }
        None
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = u32::try_from(self.varint()?).ok()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            2 => {
                let size = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(size)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(*self.take(4)?.first_chunk()?)),
            _ => return None,
        };
        Some(tag >> 3).filter(|number| *number != 0).map(|number| (number, value))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u32, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.left = &[];
        }
        Some(field.ok_or(Status::PARSE_FAILURE))
    }
}

/// A field of type `string` or `bytes`, or an embedded message: its number and its value. As the
/// other fields here, it is a piece of [`text!`](crate::text!), which puts messages together.
///
/// ```
/// # use whit::prelude::*;
/// use whit::proto;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
///     let address = text!(http, proto::Bytes(1, b"127.0.0.1"), proto::Uint(2, 8080))?;
///     let message = text!(http, proto::Bytes(1, b"name"), proto::Bytes(2, address))?;
///     whit::info!(message.len(), " bytes");
///     Ok(Action::Continue)
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub u32, pub &'a [u8]);

/// A field of type `uint32`, `uint64`, `int32` or `int64` (negative ones as [`i64::cast_unsigned`]
/// gives them), `bool` or an enum: its number and its value.
///
/// ```
/// # use whit::prelude::*;
/// # use whit::proto;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let message = text!(http, proto::Uint(1, 8080))?;
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Uint(pub u32, pub u64);

/// A field of type `sint32` or `sint64`: its number and its value.
///
/// ```
/// # use whit::prelude::*;
/// # use whit::proto;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let message = text!(http, proto::Sint(1, -7))?;
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sint(pub u32, pub i64);

/// A field of type `fixed64`, `sfixed64` or `double`: its number and its bits.
///
/// ```
/// # use whit::prelude::*;
/// # use whit::proto;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let message = text!(http, proto::Fixed64(1, 0.5_f64.to_bits()))?;
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fixed64(pub u32, pub u64);

/// A field of type `fixed32`, `sfixed32` or `float`: its number and its bits.
///
/// ```
/// # use whit::prelude::*;
/// # use whit::proto;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let message = text!(http, proto::Fixed32(1, 0.5_f32.to_bits()))?;
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fixed32(pub u32, pub u32);

pieces! {
    [] Bytes<'_>: |field| (field.1.len() as u64).wrapping_add(10), |to| {
        length(tag(to, field.0, LENGTH), field.1.len()).put(field.1)
    };
    [] Uint: |field| 15, |to| varint(tag(to, field.0, VARINT), field.1);
    [] Sint: |field| 15, |to| {
        let zigzag = (field.1.cast_unsigned() << 1) ^ (field.1 >> 63).cast_unsigned();
        varint(tag(to, field.0, VARINT), zigzag)
    };
    [] Fixed64: |field| 13, |to| tag(to, field.0, FIXED64).put(&field.1.to_le_bytes());
    [] Fixed32: |field| 9, |to| tag(to, field.0, FIXED32).put(&field.1.to_le_bytes());
}

/// A constant message of fields of type `string`, serialized at compile time: `&'static [u8; SIZE]`.
///
/// ```
/// use whit::proto;
/// assert_eq!(proto::message! { 1: "a", 2: "bc" }, b"\x0a\x01a\x12\x02bc");
/// ```
#[doc(inline)]
pub use crate::__message as message;

#[doc(hidden)]
#[macro_export]
macro_rules! __message {
    ($($number:literal: $value:expr),* $(,)?) => {{
        const __WHIT_FIELDS: &[(u8, &str)] = &[$(($number, $value)),*];
        const __WHIT_MESSAGE: [u8; $crate::__::message_size(__WHIT_FIELDS)] =
            $crate::__::serialize_message(__WHIT_FIELDS);
        &__WHIT_MESSAGE
    }};
}

/// The size of a constant message.
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn message_size(fields: &[(u8, &str)]) -> usize {
    let mut size = 0;
    let mut i = 0;
    while i < fields.len() {
        let (number, value) = fields[i];
        assert!(number > 0 && number < 16, "a constant field has a number from 1 to 15");
        assert!(value.len() < 128, "a constant field has less than 128 bytes");
        size += 2 + value.len();
        i += 1;
    }
    size
}

/// A constant message.
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn serialize_message<const SIZE: usize>(fields: &[(u8, &str)]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let (mut at, mut i) = (0, 0);
    while i < fields.len() {
        let (number, value) = fields[i];
        (bytes[at], bytes[at + 1]) = (number << 3 | LENGTH as u8, value.len() as u8);
        let mut j = 0;
        while j < value.len() {
            bytes[at + 2 + j] = value.as_bytes()[j];
            j += 1;
        }
        at += 2 + value.len();
        i += 1;
    }
    bytes
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
pub(crate) const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

/// At most five bytes: numbers above 2^29 - 1 are cut to that.
pub(crate) fn tag(to: Writer, number: u32, wire_type: u32) -> Writer {
    varint(to, ((number << 3) | wire_type).into())
}

/// At most ten bytes; of 32 bits, five.
pub(crate) fn varint(mut to: Writer, mut value: u64) -> Writer {
    while value >= 0x80 {
        to = to.byte(value as u8 | 0x80);
        value >>= 7;
    }
    to.byte(value as u8)
}

/// Of something that is less than 2^31 bytes long.
pub(crate) fn length(to: Writer, length: usize) -> Writer {
    varint(to, u64::from(length as u32))
}

pub(crate) fn varint_size(mut value: usize) -> usize {
    let mut size = 1_usize;
    while value >= 0x80 {
        value >>= 7;
        size = size.wrapping_add(1);
    }
    size
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::sys::double;

    fn fields(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>> {
        Reader::new(message).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        crate::log!(
            crate::Level::Info,
            Bytes(1, b"abc"),
            Uint(2, 0),
            Uint(300, u64::MAX),
            Sint(3, -1),
            Sint(3, i64::MIN),
            Fixed64(4, 5),
            Fixed32(536_870_911, 6)
        );
        let message = &double::take_log()[0].1;
        let expected = [
            (1, Value::Bytes(b"abc")),
            (2, Value::Varint(0)),
            (300, Value::Varint(u64::MAX)),
            (3, Value::Varint(1)),
            (3, Value::Varint(u64::MAX)),
            (4, Value::Fixed64(5)),
            (536_870_911, Value::Fixed32(6)),
        ];
        assert_eq!(fields(message).as_deref(), Ok(&expected[..]));
        assert_eq!(Reader::new(message).last(3), Ok(Some(Value::Varint(u64::MAX))));
        assert_eq!(Reader::new(message).last(9), Ok(None));
        for cut in 1..message.len() {
            // Either it ends between two fields, or it is no message.
            if let Ok(found) = fields(&message[..cut]) {
                assert_eq!(found, expected[..found.len()], "cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        for bad in [
            &b"\x0a"[..],
            b"\x0a\x02a",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b",
            b"\x0f",
            b"\x02\x00",
            b"\xff\xff\xff\xff\x7f\x00",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
        ] {
            assert_eq!(fields(bad), Err(Status::PARSE_FAILURE), "{bad:?}");
        }
        assert_eq!(fields(b""), Ok(Vec::new()));
    }

    #[test]
    fn sizes_of_numbers_are_what_is_written() {
        for value in [0, 1, 127, 128, 16_383, 16_384, usize::MAX >> 1] {
            crate::log!(crate::Level::Info, Uint(1, value as u64));
            assert_eq!(double::take_log()[0].1.len(), 1 + varint_size(value));
        }
    }
}
