//! Names and values of HTTP fields, checked before they go to the host.

use crate::status::{Result, Status};

/// A name or a value without CR, LF and NUL, at which a host could split a message in two.
///
/// A constant is checked at compile time, by [`field!`](crate::field!); everything else where it is
/// used, by [`AsField`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field<'a>(&'a [u8]);

impl<'a> Field<'a> {
    /// Checks bytes that are only known at run time.
    ///
    /// # Errors
    /// [`Status::BAD_ARGUMENT`] if there is a CR, LF or NUL among them.
    ///
    /// ```
    /// use whit::{Field, Status};
    /// assert_eq!(Field::new(b"a b").map(Field::as_bytes), Ok(&b"a b"[..]));
    /// assert_eq!(Field::new(b"a\r\nb"), Err(Status::BAD_ARGUMENT));
    /// ```
    pub const fn new(bytes: &'a [u8]) -> Result<Self> {
        if is_safe(bytes) { Ok(Self(bytes)) } else { Err(Status::BAD_ARGUMENT) }
    }

    /// Checks bytes that are to be a field's name, a configured one for instance: a token of RFC 9110,
    /// which is not empty and holds no space, no colon and nothing beyond ASCII.
    ///
    /// # Errors
    /// [`Status::BAD_ARGUMENT`] if they are none.
    ///
    /// ```
    /// use whit::{Field, Status};
    /// assert_eq!(Field::name(b"x-hello").map(Field::as_bytes), Ok(&b"x-hello"[..]));
    /// assert_eq!(Field::name(b"x hello"), Err(Status::BAD_ARGUMENT));
    /// assert_eq!(Field::name(b""), Err(Status::BAD_ARGUMENT));
    /// ```
    pub const fn name(bytes: &'a [u8]) -> Result<Self> {
        if is_token(bytes) { Ok(Self(bytes)) } else { Err(Status::BAD_ARGUMENT) }
    }

    /// The bytes.
    #[inline(always)]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl Field<'static> {
    /// The body of [`field!`](crate::field!), which evaluates it at compile time.
    #[doc(hidden)]
    #[track_caller]
    pub const fn constant(text: &'static str) -> Self {
        assert!(is_safe(text.as_bytes()), "a field's name or value holds no CR, LF or NUL");
        Self(text.as_bytes())
    }
}

/// A [`Field`] from a string literal, checked at compile time: it costs nothing at run time.
///
/// ```
/// let name = whit::field!("x-hello");
/// assert_eq!(name.as_bytes(), b"x-hello");
/// ```
///
/// ```compile_fail
/// let value = whit::field!("a\r\nset-cookie: b");
/// ```
#[macro_export]
macro_rules! field {
    ($text:expr) => {{
        // Not an inline `const`: `cargo check` evaluates only this one.
        const __WHIT_FIELD: $crate::Field<'static> = $crate::Field::constant($text);
        __WHIT_FIELD
    }};
}

/// What can be a field's name or value: a [`Field`], or bytes that are checked on use.
///
/// ```
/// use whit::{AsField, Status, field};
/// assert!(field!("checked already").as_field().is_ok());
/// assert!("text".as_field().is_ok() && b"\xff".as_field().is_ok());
/// assert_eq!("a\0b".as_field(), Err(Status::BAD_ARGUMENT));
/// ```
pub trait AsField: Sealed {
    /// # Errors
    /// [`Status::BAD_ARGUMENT`] if there is a CR, LF or NUL in it.
    fn as_field(&self) -> Result<Field<'_>>;

    /// The bytes, after `as_field` has seen them.
    #[doc(hidden)]
    fn checked(&self) -> &[u8];
}

/// A field is asked for while a text grows, when nothing else may be allocated.
pub trait Sealed {}
impl Sealed for Field<'_> {}
impl Sealed for [u8] {}
impl<const N: usize> Sealed for [u8; N] {}
impl Sealed for str {}
impl<T: Sealed + ?Sized> Sealed for &T {}

impl AsField for Field<'_> {
    #[inline(always)]
    fn as_field(&self) -> Result<Field<'_>> {
        Ok(*self)
    }

    #[inline(always)]
    fn checked(&self) -> &[u8] {
        self.0
    }
}

impl AsField for [u8] {
    fn as_field(&self) -> Result<Field<'_>> {
        Field::new(self)
    }

    #[inline(always)]
    fn checked(&self) -> &[u8] {
        self
    }
}

impl<const N: usize> AsField for [u8; N] {
    fn as_field(&self) -> Result<Field<'_>> {
        Field::new(self)
    }

    #[inline(always)]
    fn checked(&self) -> &[u8] {
        self
    }
}

impl AsField for str {
    fn as_field(&self) -> Result<Field<'_>> {
        Field::new(self.as_bytes())
    }

    #[inline(always)]
    fn checked(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<T: AsField + ?Sized> AsField for &T {
    #[inline(always)]
    fn as_field(&self) -> Result<Field<'_>> {
        T::as_field(self)
    }

    #[inline(always)]
    fn checked(&self) -> &[u8] {
        T::checked(self)
    }
}

const fn is_safe(mut bytes: &[u8]) -> bool {
    while let [byte, rest @ ..] = bytes {
        // As one test of a bit, which is smaller than three of the byte.
        const UNSAFE: u32 = 1 << b'\r' | 1 << b'\n' | 1;
        if *byte <= b'\r' && (UNSAFE >> *byte) & 1 != 0 {
            return false;
        }
        bytes = rest;
    }
    true
}

const fn is_token(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [byte, others @ ..] = rest {
        match *byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {}
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_'
            | b'`' | b'|' | b'~' => {}
            _ => return false,
        }
        rest = others;
    }
    !bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_token() {
        for good in ["a", "X-Hello", "!#$%&'*+-.^_`|~09"] {
            assert_eq!(Field::name(good.as_bytes()).map(Field::as_bytes), Ok(good.as_bytes()));
        }
        for bad in ["", " ", "a b", ":path", "a:", "a\r", "a\0", "\"a\"", "a,b", "(a)", "a/b", "é"]
        {
            assert_eq!(Field::name(bad.as_bytes()), Err(Status::BAD_ARGUMENT), "{bad:?}");
        }
    }

    #[test]
    fn cr_lf_and_nul_are_refused_anywhere() {
        for bad in ["\r", "\n", "\0", "a\rb", "a\nb", "a\0b", "ab\r", "\nab"] {
            assert_eq!(bad.as_field(), Err(Status::BAD_ARGUMENT), "{bad:?}");
        }
        for good in ["", "x-hello", "a b\tc", "é", ":path"] {
            assert_eq!(good.as_field().map(Field::as_bytes), Ok(good.as_bytes()));
        }
        assert!(b"\xff\xfe".as_field().is_ok(), "bytes need not be UTF-8");
    }
}
