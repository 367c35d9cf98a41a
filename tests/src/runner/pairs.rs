//! Maps as they cross the boundary: a count, the lengths, then names and values, each ended by NUL.
//!
//! Spec: "Serialization".

use super::headers::Headers;

/// Envoy's limits for what a guest hands over.
const MAX_BYTES: usize = 1024 * 1024;
const MAX_PAIRS: usize = 1024;

/// What the host writes of a map: no bytes at all for an empty one, as Envoy does.
pub(crate) fn serialize(headers: &Headers) -> Vec<u8> {
    if headers.is_empty() {
        return Vec::new();
    }
    write(headers.iter())
}

/// Pairs, none of them as well.
pub(crate) fn write<'a>(
    pairs: impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone,
) -> Vec<u8> {
    let length = |bytes: &[u8]| (bytes.len() as u32).to_le_bytes();
    let mut bytes = (pairs.len() as u32).to_le_bytes().to_vec();
    for (name, value) in pairs.clone() {
        bytes.extend(length(name));
        bytes.extend(length(value));
    }
    for (name, value) in pairs {
        for part in [name, value] {
            bytes.extend(part);
            bytes.push(0);
        }
    }
    bytes
}

/// What the host reads; anything malformed or too large is an empty map.
pub(crate) fn parse(bytes: &[u8]) -> Headers {
    parse_spelled(bytes).into_iter().collect()
}

/// As [`parse`], with names as the guest has spelled them.
pub(crate) fn parse_spelled(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    accept(bytes).unwrap_or_default()
}

/// As [`parse_spelled`]; `None` of what is malformed or too large.
pub(crate) fn accept(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let pairs = Some(bytes).filter(|bytes| bytes.len() <= MAX_BYTES).and_then(read);
    pairs.filter(|pairs| pairs.len() <= MAX_PAIRS)
}

/// Pairs, however many.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let count = u32_of(&mut bytes)?;
    let lengths: Vec<(usize, usize)> = (0..count)
        .map(|_| Some((u32_of(&mut bytes)?, u32_of(&mut bytes)?)))
        .collect::<Option<_>>()?;
    let mut pairs = Vec::new();
    for (name, value) in lengths {
        pairs.push((part(&mut bytes, name)?, part(&mut bytes, value)?));
    }
    bytes.is_empty().then_some(pairs)
}

fn u32_of(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number) as usize)
}

fn part<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest.strip_prefix(&[0])?;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_serialized_parses_again() {
        let headers = Headers::from([("a", ""), ("bc", "d\0e")]);
        assert_eq!(parse(&serialize(&headers)), headers);
        assert_eq!(
            serialize(&Headers::from([("a", "bc")])),
            b"\x01\0\0\0\x01\0\0\0\x02\0\0\0a\0bc\0"
        );
    }

    #[test]
    fn malformed_is_empty() {
        let good = serialize(&Headers::from([("a", "bc"), ("d", "e")]));
        for cut in 0..good.len() {
            assert!(parse(&good[..cut]).is_empty(), "cut at {cut}");
        }
        let mut long = good.clone();
        long.push(0);
        assert!(parse(&long).is_empty(), "trailing bytes");
        let mut unended = good;
        *unended.last_mut().expect("not empty") = 1;
        assert!(parse(&unended).is_empty(), "no NUL");
        assert!(parse(&[0xff; 64]).is_empty(), "count over the limit");
    }
}
