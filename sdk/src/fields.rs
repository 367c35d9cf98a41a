//! HTTP fields that a plugin hands over, serialized.

use crate::arena::{self, Writer};
use crate::context::Context;
use crate::field::{AsField, Field};
use crate::status::{Result, Status};

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

    /// The fields as they cross the boundary: the same for the same fields, and for no others. What
    /// [`Pairs::parse`](crate::Pairs::parse) reads.
    ///
    /// ```
    /// let fields = whit::fields! { "a": "b" };
    /// let mut pairs = whit::Pairs::parse(fields.as_bytes())?;
    /// assert_eq!(pairs.next(), Some((&b"a"[..], &b"b"[..])));
    /// # Ok::<(), whit::Status>(())
    /// ```
    #[inline(always)]
    pub const fn as_bytes(self) -> &'a [u8] {
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

/// What can be handed over as HTTP fields: [`Fields`], which are put together at compile time; and
/// tuples, arrays and slices of pairs of names and values, which are checked and put together in the
/// callback's memory. Tuples, of eight pairs at most, make the smallest code.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
///     let path = http.request_headers().get(":path")?.unwrap_or_default();
///     http.respond(404, ((field!("x-path"), path), (field!("x-by"), b"whit")), b"Not here.\n")
/// }
/// # }
/// ```
pub trait AsFields: Sealed {
    /// Calls with the serialized fields.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: a name or value holds a CR, LF or NUL; there are more than 1024
    ///   pairs, or more than 1 MiB, of which Envoy would take none and say nothing.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    #[doc(hidden)]
    fn serialized<R>(&self, inside: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R>;
}

pub trait Sealed {}

/// What only this crate has. The bytes that [`AsFields::serialized`] lends are not there any more once it returns,
/// and who holds the callback's handle may be lent others in their place meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Inside(());

pub(crate) const INSIDE: Inside = Inside(());

impl Sealed for Fields<'_> {}
impl<N: AsField, V: AsField> Sealed for [(N, V)] {}
impl<N: AsField, V: AsField, const COUNT: usize> Sealed for [(N, V); COUNT] {}
impl<T: Sealed + ?Sized> Sealed for &T {}

impl AsFields for Fields<'_> {
    #[inline(always)]
    fn serialized<R>(&self, _: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        call(self.as_bytes())
    }
}

impl<T: AsFields + ?Sized> AsFields for &T {
    #[inline(always)]
    fn serialized<R>(&self, inside: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        T::serialized(self, inside, call)
    }
}

impl<N: AsField, V: AsField, const COUNT: usize> AsFields for [(N, V); COUNT] {
    #[inline]
    fn serialized<R>(&self, inside: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        self.as_slice().serialized(inside, call)
    }
}

/// More would become no map at all in Envoy, which says nothing.
const MOST_BYTES: u64 = 1024 * 1024;

/// What a pair takes when serialized: two lengths, and a NUL after name and value.
#[inline(always)]
fn pair_size<N: AsField, V: AsField>((name, value): &(N, V)) -> Result<u64> {
    let (name, value) = (name.as_field()?.as_bytes(), value.as_field()?.as_bytes());
    Ok((name.len() as u64).wrapping_add(value.len() as u64).wrapping_add(10))
}

#[inline(always)]
fn write_lengths<N: AsField, V: AsField>(to: Writer, (name, value): &(N, V)) -> Writer {
    to.word(name.checked().len()).word(value.checked().len())
}

#[inline(always)]
fn write_pair<N: AsField, V: AsField>(to: Writer, (name, value): &(N, V)) -> Writer {
    ended(ended(to, name.checked()), value.checked())
}

/// Tuples of pairs, each of its own types, whose constants the compiler sees.
macro_rules! tuples {
    ($($count:literal: $($name:ident $value:ident $index:tt),*;)*) => {$(
        impl<$($name: AsField, $value: AsField),*> Sealed for ($(($name, $value),)*) {}
        impl<$($name: AsField, $value: AsField),*> AsFields for ($(($name, $value),)*) {
            #[inline(always)]
            fn serialized<R>(&self, _: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
                let size = 4_u64 $(.wrapping_add(pair_size(&self.$index)?))*;
                if size > MOST_BYTES {
                    return Err(Status::BAD_ARGUMENT);
                }
                let (room, to) = arena::Room::of(size)?;
                let to = to.word($count);
                $(let to = write_lengths(to, &self.$index);)*
                $(let to = write_pair(to, &self.$index);)*
                room.passing_text(to, call)
            }
        }
    )*};
}

tuples! {
    1: A1 B1 0;
    2: A1 B1 0, A2 B2 1;
    3: A1 B1 0, A2 B2 1, A3 B3 2;
    4: A1 B1 0, A2 B2 1, A3 B3 2, A4 B4 3;
    5: A1 B1 0, A2 B2 1, A3 B3 2, A4 B4 3, A5 B5 4;
    6: A1 B1 0, A2 B2 1, A3 B3 2, A4 B4 3, A5 B5 4, A6 B6 5;
    7: A1 B1 0, A2 B2 1, A3 B3 2, A4 B4 3, A5 B5 4, A6 B6 5, A7 B7 6;
    8: A1 B1 0, A2 B2 1, A3 B3 2, A4 B4 3, A5 B5 4, A6 B6 5, A7 B7 6, A8 B8 7;
}

impl<N: AsField, V: AsField> AsFields for [(N, V)] {
    #[inline]
    fn serialized<R>(&self, _: Inside, call: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        let size = slice_size(self);
        if size > MOST_BYTES {
            return Err(Status::BAD_ARGUMENT);
        }
        let (room, to) = arena::Room::of(size)?;
        room.passing_text(write_slice(to, self), call)
    }
}

/// What pairs take when serialized; more than [`MOST_BYTES`] if they cannot be.
#[inline(never)]
fn slice_size<N: AsField, V: AsField>(pairs: &[(N, V)]) -> u64 {
    const MOST_PAIRS: usize = 1024;
    if pairs.len() > MOST_PAIRS {
        return u64::MAX;
    }
    pairs.iter().fold(4, |size, pair| size.saturating_add(pair_size(pair).unwrap_or(u64::MAX)))
}

#[inline(never)]
fn write_slice<N: AsField, V: AsField>(to: Writer, pairs: &[(N, V)]) -> Writer {
    let to = pairs.iter().fold(to.word(pairs.len()), write_lengths);
    pairs.iter().fold(to, write_pair)
}

impl<'a> Context<'a> {
    /// Puts fields together, to use them more than once: names and values are checked, and the result
    /// goes wherever [`AsFields`] does until the callback ends.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: a name or value holds a CR, LF or NUL; there are more than 1024 pairs, or
    ///   more than 1 MiB.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
    /// let fields = http.fields(&[("x-path", path), ("x-by", b"whit")])?;
    /// whit::info!(fields.as_bytes().len(), " bytes");
    /// http.respond(404, fields, b"Not here.\n")
    /// # }
    /// # }
    /// ```
    pub fn fields<N: AsField, V: AsField>(&self, fields: &[(N, V)]) -> Result<Fields<'a>> {
        let size = slice_size(fields);
        if size > MOST_BYTES {
            return Err(Status::BAD_ARGUMENT);
        }
        let (room, to) = arena::Room::of(size)?;
        Ok(Fields(room.text(self.callback, write_slice(to, fields))))
    }
}

/// Appends bytes and a NUL.
#[inline(never)]
fn ended(to: Writer, bytes: &[u8]) -> Writer {
    to.put(bytes).byte(0)
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
