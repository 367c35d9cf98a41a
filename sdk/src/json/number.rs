//! Numbers, exactly.

use super::error::Result;
use super::reader::Reader;

/// A number as it is written: nothing is lost, and nothing is rounded but where one asks for it.
///
/// ```
/// use whit::json;
///
/// let read = |text: &str| json::read(&mut text.as_bytes().to_vec(), |value| value.number());
/// let number = read("12.50")?;
/// assert_eq!(number.scaled(2), Some(1250));
/// assert_eq!(number.scaled(0), None);
/// assert_eq!(number.floor(), Some(12));
/// assert_eq!(read("-1e-9")?.floor(), Some(-1));
/// assert_eq!(read("1e9")?.scaled(0), Some(1_000_000_000));
/// assert_eq!(read("1e19")?.floor(), None);
/// # Ok::<(), json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    /// Its digits, or [`TOO_LARGE`].
    digits: u64,
    /// By how many places they are to be moved to the left.
    exponent: i32,
}

impl Number {
    /// In units of a tenth, a hundredth and so on, with so many places after the decimal point; `None` if
    /// it is no whole number of these, or too large.
    pub fn scaled(self, places: u32) -> Option<i64> {
        match self.split(places)? {
            (whole, false) => Some(whole),
            (_, true) => None,
        }
    }

    /// The largest whole number that is not larger; `None` if it is too large or too small.
    pub fn floor(self) -> Option<i64> {
        let (whole, more) = self.split(0)?;
        if more && self.negative { whole.checked_sub(1) } else { Some(whole) }
    }

    /// The whole number, without a fraction, and whether there is one.
    #[inline(never)]
    fn split(self, places: u32) -> Option<(i64, bool)> {
        let mut digits = self.digits;
        if digits == TOO_LARGE {
            return None;
        }
        let mut more = false;
        let mut exponent = self.exponent.saturating_add_unsigned(places);
        while exponent > 0 && digits != 0 && digits != TOO_LARGE {
            digits = tenfold(digits);
            exponent = exponent.wrapping_sub(1);
        }
        while exponent < 0 && digits != 0 {
            more |= !digits.is_multiple_of(10);
            digits /= 10;
            exponent = exponent.wrapping_add(1);
        }
        let whole = if self.negative {
            0_i64.checked_sub_unsigned(digits)
        } else {
            i64::try_from(digits).ok()
        };
        Some((whole?, more))
    }
}

/// Whether a number begins with this byte.
pub(super) fn begins(byte: u8) -> bool {
    matches!(byte, b'-' | b'0'..=b'9')
}

/// Reads a number.
#[inline(never)]
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Number> {
    let negative = reader.takes(b'-');
    let mut digits = 0;
    // A zero begins no other number.
    if !reader.takes(b'0') && take_digits(reader, &mut digits) == 0 {
        return Err(reader.expected(if negative { "a digit" } else { "a value" }));
    }
    let mut exponent = 0;
    let mut places = 0;
    let mut down = false;
    let mut complete = true;
    if reader.takes(b'.') {
        places = take_digits(reader, &mut digits);
        complete = places != 0;
    }
    if complete && (reader.takes(b'e') || reader.takes(b'E')) {
        down = reader.takes(b'-');
        if !down {
            reader.takes(b'+');
        }
        complete = take_digits(reader, &mut exponent) != 0;
    }
    if !complete {
        return Err(reader.expected("a digit"));
    }
    let exponent = i32::try_from(exponent).unwrap_or(i32::MAX);
    let exponent = if down { exponent.wrapping_neg() } else { exponent };
    Ok(Number { negative, digits, exponent: exponent.saturating_sub_unsigned(places) })
}

/// Appends the digits that are next to a number: how many they are.
#[inline(never)]
fn take_digits(reader: &mut Reader<'_>, to: &mut u64) -> u32 {
    let mut count = 0_u32;
    while let digit @ b'0'..=b'9' = reader.peek() {
        reader.step();
        *to = tenfold(*to).saturating_add(u64::from(digit & 15));
        count = count.wrapping_add(1);
    }
    count
}

/// A number of digits that is too large for an `i64`, whatever follows.
const TOO_LARGE: u64 = u64::MAX;

/// Ten times as much, which ends in a zero, or [`TOO_LARGE`].
///
/// (`checked_mul` of 64 bits brings a multiplication of 128 bits.)
fn tenfold(number: u64) -> u64 {
    if number < TOO_LARGE / 10 { number.wrapping_mul(10) } else { TOO_LARGE }
}
