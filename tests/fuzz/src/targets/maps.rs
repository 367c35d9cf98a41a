//! Maps: decoded as somebody does who checks each byte, and what is encoded is decoded again.

use whit::__::double::serialized;
use whit::{Pairs, Status};

use crate::input::Input;

/// Names and values.
pub(crate) type Map = Vec<(Vec<u8>, Vec<u8>)>;

pub(super) fn check(bytes: &[u8]) {
    let decoded = Pairs::parse(bytes).ok();
    let count = decoded.as_ref().map(Pairs::len);
    let decoded = decoded
        .map(|pairs| pairs.map(|(name, value)| (name.to_vec(), value.to_vec())).collect::<Map>());
    assert_eq!(decoded, slowly(bytes));
    assert_eq!(count, decoded.map(|pairs| pairs.len()));

    let mut input = Input::new(bytes);
    let mut pairs: Vec<(&[u8], &[u8])> = Vec::new();
    while !input.is_empty() {
        pairs.push((input.bytes(), input.bytes()));
    }
    let splits = |bytes: &[u8]| bytes.iter().any(|byte| b"\r\n\0".contains(byte));
    let encoded = serialized(&pairs.as_slice());
    if pairs.len() > 1024 || pairs.iter().any(|(name, value)| splits(name) || splits(value)) {
        assert_eq!(encoded, Err(Status::BAD_ARGUMENT));
    } else if let Ok(encoded) = &encoded {
        assert_eq!(Pairs::parse(encoded).map(Vec::from_iter), Ok(pairs));
    } else {
        // On the host the callback's memory is a page.
        assert!(bytes.len() > 8 * 1024, "{encoded:?}");
    }
}

/// A map as it crosses the boundary; `None` if it does not hold what it says.
pub(crate) fn slowly(map: &[u8]) -> Option<Map> {
    let Some((count, mut rest)) = map.split_first_chunk() else { return Some(Vec::new()) };
    let count = u32::from_le_bytes(*count) as usize;
    let mut lengths = Vec::new();
    for _ in 0..count.checked_mul(2)? {
        let (length, more) = rest.split_first_chunk()?;
        lengths.push(u32::from_le_bytes(*length) as usize);
        rest = more;
    }
    let mut take = |length: usize| {
        let (bytes, more) = rest.split_at_checked(length)?;
        (_, rest) = more.split_first()?;
        Some(bytes.to_vec())
    };
    lengths.chunks(2).map(|pair| Some((take(pair[0])?, take(pair[1])?))).collect()
}
