//! Protocol Buffers: read as `prost` does, and what is written is read by it.

use prost::encoding::{WireType, decode_key, decode_varint};
use whit::__::double;
use whit::Level;
use whit::proto::{Bytes, Fixed32, Fixed64, Reader, Sint, Uint, Value};

use crate::input::Input;

type Field<'a> = (u32, Value<'a>);

pub(super) fn check(bytes: &[u8]) {
    let found: Option<Vec<Field<'_>>> = Reader::new(bytes).map(Result::ok).collect();
    assert_eq!(found, fields(bytes));

    let mut input = Input::new(bytes);
    let (mut message, mut expected) = (Vec::new(), Vec::new());
    double::take_log();
    while !input.is_empty() {
        let number = 1 + (input.number() % ((1 << 29) - 1)) as u32;
        let value = match input.below(5) {
            0 => {
                let bytes = input.bytes();
                whit::log!(Level::Error, Bytes(number, bytes));
                Value::Bytes(bytes)
            }
            1 => {
                let value = input.number();
                whit::log!(Level::Error, Uint(number, value));
                Value::Varint(value)
            }
            2 => {
                let value = input.number().cast_signed();
                whit::log!(Level::Error, Sint(number, value));
                Value::Varint((value << 1 ^ value >> 63).cast_unsigned())
            }
            3 => {
                let value = input.number();
                whit::log!(Level::Error, Fixed64(number, value));
                Value::Fixed64(value)
            }
            _ => {
                let value = input.number() as u32;
                whit::log!(Level::Error, Fixed32(number, value));
                Value::Fixed32(value)
            }
        };
        expected.push((number, value));
        let (_, written) = double::take_log().pop().expect("it is written");
        message.extend(written);
    }
    assert_eq!(fields(&message), Some(expected));
}

fn fields(mut left: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !left.is_empty() {
        let (number, wire_type) = decode_key(&mut left).ok()?;
        let value = match wire_type {
            WireType::Varint => Value::Varint(decode_varint(&mut left).ok()?),
            WireType::SixtyFourBit => Value::Fixed64(u64::from_le_bytes(take(&mut left)?)),
            WireType::ThirtyTwoBit => Value::Fixed32(u32::from_le_bytes(take(&mut left)?)),
            WireType::LengthDelimited => {
                let size = usize::try_from(decode_varint(&mut left).ok()?).ok()?;
                let (bytes, rest) = left.split_at_checked(size)?;
                left = rest;
                Value::Bytes(bytes)
            }
            // Groups, which nothing has had for years.
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        fields.push((number, value));
    }
    Some(fields)
}

fn take<const SIZE: usize>(left: &mut &[u8]) -> Option<[u8; SIZE]> {
    let (bytes, rest) = left.split_first_chunk()?;
    *left = rest;
    Some(*bytes)
}
