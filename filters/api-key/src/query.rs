//! The query of a path: parameters between `&` or `;`, percent-encoded.

use core::iter::from_fn;

/// The parameters, each with the separator behind it.
pub fn parameters(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (_, mut rest) = at_query(path);
    // (What `split_inclusive` gives can panic, as far as the compiler sees.)
    from_fn(move || {
        let separator = rest.iter().position(|byte| matches!(byte, b'&' | b';'));
        let size = separator.map_or(rest.len(), |separator| separator.wrapping_add(1));
        let (parameter, behind) = rest.split_at_checked(size)?;
        rest = behind;
        (size != 0).then_some(parameter)
    })
}

/// The value of a parameter that has this name.
#[inline(never)]
pub fn value<'a>(parameter: &'a [u8], name: &[u8]) -> Option<Decoded<'a>> {
    let mut decoded = Decoded::new(parameter);
    for byte in name {
        if decoded.rest.starts_with(b"=") || decoded.next() != Some(*byte) {
            return None;
        }
    }
    match decoded.rest {
        [b'=', value @ ..] => Some(Decoded::new(value)),
        [] | [b'&' | b';', ..] => Some(Decoded::new(b"")),
        _ => None,
    }
}

/// The path without the parameters of this name, written to `to`, which is as long as the path.
pub fn without<'a>(path: &[u8], name: &[u8], to: &'a mut [u8]) -> &'a [u8] {
    let (before, _) = at_query(path);
    let mut size = put(before, to, 0);
    let mut last = false;
    for parameter in parameters(path) {
        last = value(parameter, name).is_some();
        if !last {
            size = put(parameter, to, size);
        }
    }
    // The separator before the last one, or the question mark.
    size = size.wrapping_sub(last.into());
    to.get(..size).unwrap_or_default()
}

/// Writes bytes at a place, and says which place is behind them.
#[inline(never)]
fn put(bytes: &[u8], to: &mut [u8], at: usize) -> usize {
    for (to, byte) in to.iter_mut().skip(at).zip(bytes) {
        *to = *byte;
    }
    at.wrapping_add(bytes.len())
}

/// What is before the query, the question mark included, and the query.
#[inline(never)]
fn at_query(path: &[u8]) -> (&[u8], &[u8]) {
    let mark = path.iter().position(|byte| *byte == b'?');
    mark.and_then(|mark| path.split_at_checked(mark.wrapping_add(1))).unwrap_or((path, b""))
}

/// The bytes of a text. In a query it ends with its parameter, and is percent-encoded as forms do it: `+` is
/// a space, and a `%` without two digits stands for itself.
#[derive(Clone)]
pub struct Decoded<'a> {
    rest: &'a [u8],
    in_query: bool,
}

impl<'a> Decoded<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest, in_query: true }
    }

    /// A text that is in no query.
    pub fn plain(rest: &'a [u8]) -> Self {
        Self { rest, in_query: false }
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    #[inline(never)]
    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        let (byte, rest) = match byte {
            b'&' | b';' if self.in_query => return None,
            b'+' if self.in_query => (b' ', rest),
            b'%' if self.in_query => encoded(rest).unwrap_or((b'%', rest)),
            byte => (*byte, rest),
        };
        self.rest = rest;
        Some(byte)
    }
}

/// The byte that two digits stand for, and what is behind them.
fn encoded(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_first_chunk()?;
    Some((hexadecimal(digits)?, rest))
}

/// The byte that two hexadecimal digits stand for.
fn hexadecimal([high, low]: &[u8; 2]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    Some((digit(*high)? << 4 | digit(*low)?) as u8)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn parameters_are_found_wherever_they_stand() {
        let found = |path: &str| -> Vec<Vec<u8>> {
            let values = parameters(path.as_bytes()).filter_map(|p| value(p, b"k"));
            values.map(Iterator::collect).collect()
        };
        let none: [&[u8]; 0] = [];
        for path in [
            "/",
            "/?",
            "/k=1",
            "/?kk=1",
            "/?a=k=1",
            "/?K=1",
            "/?=k",
            "/?&;&",
            "/?%6=1",
            "/?%6b%3D1",
        ] {
            assert_eq!(found(path), none, "{path}");
        }
        for path in
            ["/?k=1", "/?a=2&k=1", "/?k=1;a", "/?a;k=1&b=2", "/?&k=1&", "/?%6b=1", "/?%6B=%31"]
        {
            assert_eq!(found(path), [b"1"], "{path}");
        }
        assert_eq!(found("/?k=1&a&k=2;k&k="), [&b"1"[..], b"2", b"", b""]);
        assert_eq!(found("/?k=a=b?c&"), [b"a=b?c"]);
    }

    #[test]
    fn a_path_loses_parameters_and_keeps_the_rest_as_it_is() {
        for (path, rest) in [
            ("/?k=1", "/"),
            ("/?k", "/"),
            ("/?k&", "/"),
            ("/?k&k=2;%6b", "/"),
            ("/?k=1&a=%20", "/?a=%20"),
            ("/?a=1&k=1", "/?a=1"),
            ("/?a=1;k=1&b=2", "/?a=1;b=2"),
            ("/?a=1&k=1&k=2;b=2", "/?a=1&b=2"),
            ("/?&k", "/?"),
            ("/?a&&k=1&", "/?a&"),
            ("", ""),
            ("/", "/"),
            ("/?", "/?"),
            ("/?a", "/?a"),
            ("/k?a=k&b=k", "/k?a=k&b=k"),
        ] {
            let mut to = [0; 32];
            let found = without(path.as_bytes(), b"k", &mut to);
            assert_eq!(core::str::from_utf8(found), Ok(rest), "{path}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let decoded = |bytes: &'static [u8]| -> Vec<u8> { Decoded::new(bytes).collect() };
        assert_eq!(decoded(b"a%2Bb+c%c3%A9%26;"), "a+b c\u{e9}&".as_bytes());
        assert_eq!(decoded(b"%00%ff"), b"\0\xff");
        for plain in [&b"%"[..], b"%4", b"%4g", b"%g4", b"%%", b"% 41", b"%-1"] {
            assert_eq!(decoded(plain), plain);
        }
        assert_eq!(decoded(b"%%41"), b"%A");
        assert_eq!(decoded(b"%+1"), b"% 1");
    }
}
