//! Cookies are found, and points in them read, as somebody would who takes his time.

use crate::filters::canary::{cookie, point};

pub(super) fn check(bytes: &[u8]) {
    for name in ["a", "ab", "canary"] {
        let found = cookie::find(bytes, name.as_bytes());
        assert_eq!(found, slowly(bytes, name.as_bytes()), "{name}");
        if let Some(value) = found {
            assert_eq!(point::parse(value), number(value));
        }
    }
    assert_eq!(point::parse(bytes), number(bytes));
}

fn slowly<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    for pair in header.split(|byte| *byte == b';') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=')
            && pair[..equals].trim_ascii() == name
        {
            return Some(pair[equals + 1..].trim_ascii());
        }
    }
    None
}

fn number(text: &[u8]) -> Option<u16> {
    let digits =
        str::from_utf8(text).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    let significant = digits.trim_start_matches('0');
    match significant {
        "" => (!digits.is_empty()).then_some(0),
        _ if significant.len() > 4 => None,
        _ => significant.parse().ok(),
    }
}
