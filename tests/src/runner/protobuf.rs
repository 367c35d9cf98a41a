//! As much of protobuf's wire format as hostcalls need.

/// How deeply groups may nest.
const DEPTH: usize = 100;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    /// What lies within is checked, and not kept.
    Group,
    Fixed32([u8; 4]),
}

/// The fields of a message, in order; `None` if it is none.
pub(crate) fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        fields.push(field(&mut bytes, DEPTH)?);
    }
    Some(fields)
}

/// The last value of a field of bytes: what comes later counts.
pub(crate) fn bytes<'a>(fields: &[(u64, Value<'a>)], number: u64) -> Option<&'a [u8]> {
    fields.iter().rev().find_map(|(found, value)| match value {
        Value::Bytes(bytes) if *found == number => Some(*bytes),
        _ => None,
    })
}

fn field<'a>(bytes: &mut &'a [u8], depth: usize) -> Option<(u64, Value<'a>)> {
    let tag = varint(bytes)?;
    let number = u32::try_from(tag).ok()? >> 3;
    if number == 0 {
        return None;
    }
    let value = match tag & 7 {
        0 => Value::Varint(varint(bytes)?),
        1 => Value::Fixed64(*take(bytes)?),
        2 => {
            let size = usize::try_from(varint(bytes)?).ok()?;
            let (taken, rest) = bytes.split_at_checked(size)?;
            *bytes = rest;
            Value::Bytes(taken)
        }
        3 => {
            let depth = depth.checked_sub(1)?;
            let end = u64::from(number) << 3 | 4;
            loop {
                let mut ahead = *bytes;
                if varint(&mut ahead)? == end {
                    *bytes = ahead;
                    break;
                }
                field(bytes, depth)?;
            }
            Value::Group
        }
        5 => Value::Fixed32(*take(bytes)?),
        _ => return None,
    };
    Some((u64::from(number), value))
}

fn take<'a, const LEN: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; LEN]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let message = b"\x0a\x02hi\x10\x96\x01\x1b\x08\x01\x1c\x25\x01\0\0\0";
        assert_eq!(
            fields(message),
            Some(vec![
                (1, Value::Bytes(b"hi")),
                (2, Value::Varint(150)),
                (3, Value::Group),
                (4, Value::Fixed32([1, 0, 0, 0]))
            ])
        );
        assert_eq!(bytes(&fields(b"\x0a\x01a\x0a\x01b").expect("a message"), 1), Some(&b"b"[..]));
    }

    #[test]
    fn what_is_none_is_refused() {
        for bad in [&b"grpcbin"[..], b"\x0a\x05hi", b"\x02\x01", b"\x0c", b"\x0b\x08\x01", b"\xff"]
        {
            assert_eq!(fields(bad), None, "{bad:?}");
        }
        assert_eq!(fields(&[0x0b; 200]), None, "too deep");
    }
}
