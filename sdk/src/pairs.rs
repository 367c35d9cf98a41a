//! Maps as they cross the boundary: a count, the lengths, then names and values, each ended by NUL.
//!
//! Spec: "Serialization".
#![allow(unsafe_code)]

use core::marker::PhantomData;
use core::slice;

use crate::status::{Result, Status};

/// The fields of a map, in the host's order, each a name and a value.
///
/// The bytes need not be UTF-8. They live as long as the callback.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// for (name, value) in http.request_headers().pairs()? {
///     whit::info!(name, ": ", value);
/// }
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    left: u32,
    /// Of the next pair.
    lengths: *const [u8; 8],
    /// Of the next pair.
    name: *const u8,
    map: PhantomData<&'a [u8]>,
}

impl<'a> Pairs<'a> {
    /// Reads fields as they cross the boundary, from what [`Fields::as_bytes`](crate::Fields::as_bytes) gave.
    ///
    /// # Errors
    /// [`Status::PARSE_FAILURE`]: it is something else.
    ///
    /// ```
    /// let fields = whit::fields! { "a": "b", "c": "d" };
    /// assert_eq!(whit::Pairs::parse(fields.as_bytes()).map(|pairs| pairs.len()), Ok(2));
    /// assert!(whit::Pairs::parse(b"\x01\0\0\0").is_err());
    /// ```
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::new(bytes)
    }

    /// Checks a whole map, once: then it can be walked without a check.
    #[inline(always)]
    pub(crate) fn new(map: &'a [u8]) -> Result<Self> {
        let count = match count(map) {
            MALFORMED => return Err(Status::PARSE_FAILURE),
            count => count,
        };
        let lengths = map.as_ptr().wrapping_add(4);
        Ok(Self {
            left: count,
            name: lengths.wrapping_add((count as usize).wrapping_mul(8)),
            lengths: lengths.cast(),
            map: PhantomData,
        })
    }
}

/// Of a map that does not hold what it says. No map has so many pairs.
const MALFORMED: u32 = u32::MAX;

/// How many pairs a map holds.
#[inline]
fn count(map: &[u8]) -> u32 {
    // A map without pairs may be no bytes, one zero byte, or a count of zero.
    let Some(left) = map.len().checked_sub(4) else { return 0 };
    let mut word = map.as_ptr().cast::<[u8; 4]>();
    // SAFETY: the map holds a word.
    let count = u32::from_le_bytes(unsafe { word.read() });
    if count as usize > left / 8 {
        return MALFORMED;
    }
    let mut left = left.wrapping_sub((count as usize).wrapping_mul(8));
    let mut words = count.wrapping_mul(2);
    while words != 0 {
        words = words.wrapping_sub(1);
        word = word.wrapping_add(1);
        // SAFETY: the map holds two more words for each pair.
        let length = u32::from_le_bytes(unsafe { word.read() }) as usize;
        if length >= left {
            return MALFORMED;
        }
        // The length, and the NUL after it.
        left = left.wrapping_sub(length).wrapping_sub(1);
    }
    count
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        // SAFETY: `new` has seen that the map holds `left` more pairs of lengths, and after them
        // names and values of these lengths, each with a byte behind it.
        unsafe {
            let [a, b, c, d, e, f, g, h] = *self.lengths;
            let name_size = u32::from_le_bytes([a, b, c, d]) as usize;
            let value_size = u32::from_le_bytes([e, f, g, h]) as usize;
            let name = self.name;
            let value = name.add(name_size).add(1);
            self.lengths = self.lengths.add(1);
            self.name = value.add(value_size).add(1);
            // What the compiler then need not look at to tell a pair from the end.
            core::hint::assert_unchecked(!name.is_null());
            Some((slice::from_raw_parts(name, name_size), slice::from_raw_parts(value, value_size)))
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Pairs<'_> {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const MAP: &[u8] = b"\x02\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\x01\0\0\0a\0bc\0\0d\0";

    #[test]
    fn a_map_is_walked() {
        let pairs = Pairs::new(MAP).expect("a map");
        assert_eq!(pairs.len(), 2);
        let pairs: Vec<_> = pairs.collect();
        assert_eq!(pairs, [(&b"a"[..], &b"bc"[..]), (b"", b"d")]);
    }

    #[test]
    fn an_empty_map_has_three_forms() {
        for empty in [&b""[..], b"\0", b"\0\0\0\0"] {
            assert_eq!(Pairs::new(empty).expect("a map").count(), 0);
        }
    }

    #[test]
    fn a_map_that_lies_is_an_error() {
        for cut in 4..MAP.len() {
            assert!(Pairs::new(&MAP[..cut]).is_err(), "cut at {cut}");
        }
        for (at, byte) in (0..20).flat_map(|at| [0x7f, 0xff].map(|byte| (at, byte))) {
            let mut map = MAP.to_vec();
            map[at] = byte;
            assert!(Pairs::new(&map).is_err(), "{byte} at {at}");
        }
    }
}
