//! Objects that are written.

use super::escaped::Escaped;
use crate::arena::Writer;
use crate::log::{Piece, Sealed, pieces};
use crate::time::{Rfc3339, Timestamp};

/// A value that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number by its digits, of which so many are after the decimal point. Zeros at the end are left
    /// out.
    Decimal(i64, u32),
    /// A text, which is escaped.
    Text(&'a [u8]),
    /// A time, as a text in RFC 3339.
    Time(Timestamp),
}

pieces! {
    [] Scalar<'_>: |value| size(*value), |to| write(to, *value);
}

fn size(value: Scalar<'_>) -> u64 {
    match value {
        Scalar::Text(text) => Escaped(text).size().wrapping_add(2),
        // Two numbers of 64 bits at their longest, with a point.
        _ => 41,
    }
}

#[inline(never)]
fn write(to: Writer, value: Scalar<'_>) -> Writer {
    match value {
        Scalar::Null => to.put(b"null"),
        Scalar::Boolean(value) => value.write(to),
        Scalar::Integer(number) => number.write(to),
        Scalar::Decimal(digits, places) => decimal(to, digits, places),
        Scalar::Text(text) => quoted(to, text),
        Scalar::Time(time) => Rfc3339(time).write(to.byte(b'"')).byte(b'"'),
    }
}

/// The unit is never zero.
#[allow(clippy::arithmetic_side_effects)]
fn decimal(to: Writer, digits: i64, places: u32) -> Writer {
    let mut unit = 10_u64.saturating_pow(places.min(19)).max(1);
    let mut rest = digits.unsigned_abs() % unit;
    let to = if digits < 0 { to.byte(b'-') } else { to };
    let mut to = (digits.unsigned_abs() / unit).write(to);
    if rest != 0 {
        to = to.byte(b'.');
    }
    while rest != 0 {
        unit = (unit / 10).max(1);
        to = to.byte(b'0' | (rest / unit) as u8);
        rest %= unit;
    }
    to
}

#[inline(never)]
fn quoted(to: Writer, text: &[u8]) -> Writer {
    Escaped(text).write(to.byte(b'"')).byte(b'"')
}

/// A piece of a text: an object of these names and values, on one line. How many they are need not be
/// known when the plugin is built.
///
/// ```
/// # use whit::prelude::*;
/// use whit::json::{Record, Scalar};
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_log(&mut self, http: &Http<'_>) {
///     let status = http.property(property::RESPONSE_CODE).ok().flatten();
///     let fields: [(&[u8], _); 2] = [
///         (b"status", status.map_or(Scalar::Null, Scalar::Integer)),
///         (b"ms", Scalar::Decimal(12_500, 3)),
///     ];
///     whit::info!(Record(&fields)); // {"status":200,"ms":12.5}
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(pub &'a [(&'a [u8], Scalar<'a>)]);

impl Sealed for Record<'_> {}

impl Piece for Record<'_> {
    fn size(&self) -> u64 {
        let fields = self.0.iter().map(|(name, value)| {
            // Quotes, a colon and a comma.
            Escaped(name).size().wrapping_add(size(*value)).wrapping_add(4)
        });
        fields.fold(2, u64::wrapping_add)
    }

    fn write(&self, to: Writer) -> Writer {
        let mut to = to.byte(b'{');
        let mut first = true;
        for (name, value) in self.0 {
            if !core::mem::take(&mut first) {
                to = to.byte(b',');
            }
            to = write(quoted(to, name).byte(b':'), *value);
        }
        to.byte(b'}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::double;

    fn logged(fields: &[(&[u8], Scalar<'_>)]) -> std::string::String {
        crate::log!(crate::Level::Info, Record(fields));
        std::string::String::from_utf8(double::take_log().remove(0).1).expect("UTF-8")
    }

    #[test]
    fn an_object_is_one_line() {
        assert_eq!(logged(&[]), "{}");
        let time = Timestamp::from_nanos(1_795_415_492_007_000_000);
        let fields: [(&[u8], _); 6] = [
            (b"a\"", Scalar::Text(b"x\ny")),
            (b"b", Scalar::Null),
            (b"c", Scalar::Boolean(true)),
            (b"d", Scalar::Integer(-5)),
            (b"e", Scalar::Decimal(i64::MIN, 18)),
            (b"f", Scalar::Time(time)),
        ];
        assert_eq!(
            logged(&fields),
            r#"{"a\"":"x\ny","b":null,"c":true,"d":-5,"e":-9.223372036854775808,"f":"2026-11-23T06:31:32.007Z"}"#
        );
    }

    #[test]
    fn decimals_lose_their_last_zeros() {
        for (digits, places, text) in [
            (12_500, 3, "12.5"),
            (12_000, 3, "12"),
            (7, 3, "0.007"),
            (0, 3, "0"),
            (5, 0, "5"),
            (-1_500, 3, "-1.5"),
        ] {
            let found = logged(&[(b"a", Scalar::Decimal(digits, places))]);
            assert_eq!(found, std::format!("{{\"a\":{text}}}"));
        }
    }
}
