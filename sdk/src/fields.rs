//! HTTP fields that a plugin hands over, serialized.

use crate::field::Field;
use crate::status::Result;

/// HTTP fields as they cross the boundary, checked and put together at compile time by
/// [`fields!`](crate::fields!).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// No fields.
    pub const NONE: Self = Self(&[]);

    /// For the macro: what [`serialize`] made.
    #[doc(hidden)]
    pub const fn from_serialized(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Constant [`Fields`]: they cost their bytes and nothing else.
///
/// ```
/// use whit::{Fields, fields};
/// let fields: Fields<'static> = fields! { "hello": "world", "powered-by": "whit" };
/// ```
///
/// ```compile_fail
/// let fields = whit::fields! { "a": "b\r\nset-cookie: c" };
/// ```
#[macro_export]
macro_rules! fields {
    ($($name:literal : $value:expr),* $(,)?) => {{
        const __WHIT_PAIRS: &[($crate::Field<'static>, $crate::Field<'static>)] =
            &[$(($crate::Field::constant($name), $crate::Field::constant($value))),*];
        const __WHIT_SIZE: usize = $crate::__::size(__WHIT_PAIRS);
        const __WHIT_BYTES: [u8; __WHIT_SIZE] = $crate::__::serialize(__WHIT_PAIRS);
        const __WHIT_FIELDS: $crate::Fields<'static> =
            $crate::Fields::from_serialized(&__WHIT_BYTES);
        __WHIT_FIELDS
    }};
}

type Pairs<'a> = [(Field<'a>, Field<'a>)];

/// How many bytes the pairs are when serialized.
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn size(pairs: &Pairs<'_>) -> usize {
    assert!(pairs.len() <= 1024, "Envoy takes no more than 1024 fields");
    let mut size = 4;
    let mut i = 0;
    while i < pairs.len() {
        let (name, value) = &pairs[i];
        size += 8 + name.as_bytes().len() + 1 + value.as_bytes().len() + 1;
        i += 1;
    }
    assert!(size <= 1024 * 1024, "Envoy takes no more than 1 MiB of fields");
    size
}

/// The pairs, serialized.
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn serialize<const SIZE: usize>(pairs: &Pairs<'_>) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let mut at = put(&mut bytes, 0, &(pairs.len() as u32).to_le_bytes());
    let mut i = 0;
    while i < pairs.len() {
        let (name, value) = &pairs[i];
        at = put(&mut bytes, at, &(name.as_bytes().len() as u32).to_le_bytes());
        at = put(&mut bytes, at, &(value.as_bytes().len() as u32).to_le_bytes());
        i += 1;
    }
    i = 0;
    while i < pairs.len() {
        let (name, value) = &pairs[i];
        at = put(&mut bytes, at, name.as_bytes()) + 1;
        at = put(&mut bytes, at, value.as_bytes()) + 1;
        i += 1;
    }
    bytes
}

#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
const fn put(bytes: &mut [u8], at: usize, part: &[u8]) -> usize {
    let mut i = 0;
    while i < part.len() {
        bytes[at + i] = part[i];
        i += 1;
    }
    at + part.len()
}

/// What can be handed over as HTTP fields.
pub trait AsFields {
    /// Calls with the serialized fields.
    ///
    /// # Errors
    /// A name or value holds a CR, LF or NUL, or memory cannot grow.
    fn serialized<R>(&self, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R>;
}

impl AsFields for Fields<'_> {
    #[inline(always)]
    fn serialized<R>(&self, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        call(self.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn constants_are_serialized_at_compile_time() {
        let fields = fields! { "a": "bc", "": "d" };
        assert_eq!(
            fields.as_bytes(),
            b"\x02\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\x01\0\0\0a\0bc\0\0d\0"
        );
        assert_eq!(fields! {}.as_bytes(), b"\0\0\0\0");
    }
}
