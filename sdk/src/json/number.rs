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
    /// Its digits; `None` if they are too many for an `i64` by far.
    digits: Option<u64>,
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
        let mut digits = self.digits?;
        let mut more = false;
        let mut exponent = self.exponent.saturating_add_unsigned(places);
        while exponent > 0 && digits != 0 {
            digits = tenfold(digits)?;
            exponent = exponent.wrapping_sub(1);
        }
        while exponent < 0 && digits != 0 {
            more |= digits % 10 != 0;
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

/// Reads a number.
#[inline(never)]
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Number> {
    let negative = reader.takes(b'-');
    let mut digits = Digits { value: Some(0), count: 0 };
    // A zero begins no other number.
    if reader.takes(b'0') {
        digits.count = 1;
    } else {
        digits.take(reader);
    }
    if digits.count == 0 {
        return Err(reader.expected(if negative { "a digit" } else { "a value" }));
    }
    let mut places = 0;
    if reader.takes(b'.') {
        let whole = digits.count;
        digits.take(reader);
        places = digits.count.wrapping_sub(whole);
        if places == 0 {
            return Err(reader.expected("a digit"));
        }
    }
    let mut exponent = 0;
    if let Some(b'e' | b'E') = reader.peek() {
        reader.take(1);
        let down = reader.takes(b'-');
        if !down {
            reader.takes(b'+');
        }
        let mut power = Digits { value: Some(0), count: 0 };
        power.take(reader);
        if power.count == 0 {
            return Err(reader.expected("a digit"));
        }
        let power = power.value.map_or(i32::MAX, |power| i32::try_from(power).unwrap_or(i32::MAX));
        exponent = if down { power.wrapping_neg() } else { power };
    }
    Ok(Number {
        negative,
        digits: digits.value,
        exponent: exponent.saturating_sub_unsigned(places),
    })
}

/// Ten times as much, if there is room for another digit.
///
/// (`checked_mul` of 64 bits brings a multiplication of 128 bits.)
fn tenfold(number: u64) -> Option<u64> {
    (number < u64::MAX / 10).then(|| number.wrapping_mul(10))
}

struct Digits {
    value: Option<u64>,
    count: u32,
}

impl Digits {
    fn take(&mut self, reader: &mut Reader<'_>) {
        while let Some(digit @ b'0'..=b'9') = reader.peek() {
            reader.take(1);
            let digit = u64::from(digit & 15);
            self.value = self.value.and_then(tenfold).map(|value| value.wrapping_add(digit));
            self.count = self.count.wrapping_add(1);
        }
    }
}
