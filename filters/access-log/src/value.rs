//! Values, as the host gives them and as a line shows them.

use whit::json::Scalar;
use whit::time::Timestamp;

use crate::fields::Type;

/// What a line shows of a value of this type; `None` if it is of another one. Of a text it shows so many
/// bytes.
pub fn read(bytes: &[u8], kind: Type, longest: usize) -> Option<Scalar<'_>> {
    let word = || <[u8; 8]>::try_from(bytes).ok().map(u64::from_le_bytes);
    Some(match kind {
        Type::Text => Scalar::Text(cut(bytes, longest)),
        Type::Boolean => match bytes {
            [byte] => Scalar::Boolean(*byte != 0),
            _ => return None,
        },
        Type::Integer => Scalar::Integer(word()?.cast_signed()),
        Type::Milliseconds => Scalar::Decimal((word()? / 1000).cast_signed(), 3),
        Type::Time => Scalar::Time(Timestamp::from_nanos(word()?)),
        Type::Number => number(f64::from_bits(word()?))?,
    })
}

/// The first bytes, without a character that is cut.
fn cut(bytes: &[u8], longest: usize) -> &[u8] {
    let Some((first, [next, ..])) = bytes.split_at_checked(longest) else { return bytes };
    // A continuation byte is 0b10…, and a character has three of them at most.
    let is_within = |byte: &u8| byte & 0xc0 == 0x80;
    if !is_within(next) {
        return first;
    }
    let within = first.iter().rev().take(3).take_while(|byte| is_within(byte)).count();
    first.get(..first.len().saturating_sub(within + 1)).unwrap_or_default()
}

/// A number with six places after the decimal point; `None` if it is beyond what these hold.
fn number(value: f64) -> Option<Scalar<'static>> {
    const MOST: f64 = 1e12;
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    let digits = (value * 1e6 + half) as i64;
    (-MOST..=MOST).contains(&value).then_some(Scalar::Decimal(digits, 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_encodings() {
        let word = |word: u64| word.to_le_bytes();
        assert_eq!(read(b"ab", Type::Text, 9), Some(Scalar::Text(b"ab")));
        assert_eq!(read(&[1], Type::Boolean, 9), Some(Scalar::Boolean(true)));
        assert_eq!(read(&word(u64::MAX), Type::Integer, 9), Some(Scalar::Integer(-1)));
        let duration = word(1_234_567);
        let duration = read(&duration, Type::Milliseconds, 9);
        assert_eq!(duration, Some(Scalar::Decimal(1234, 3)));
        for (kind, bytes) in
            [(Type::Integer, &b"1234567"[..]), (Type::Boolean, b""), (Type::Time, b"123456789")]
        {
            assert_eq!(read(bytes, kind, 9), None);
        }
    }

    #[test]
    fn numbers_have_six_places() {
        for (value, digits) in
            [(0.0, 0), (0.1, 100_000), (-2.5, -2_500_000), (1e12, 10_i64.pow(18))]
        {
            assert_eq!(number(value), Some(Scalar::Decimal(digits, 6)), "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, -1e13] {
            assert_eq!(number(value), None, "{value}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, longest, shown) in [
            ("abc", 3, "abc"),
            ("abc", 2, "ab"),
            ("a\u{e9}", 2, "a"),
            ("\u{1f600}b", 3, ""),
            ("\u{20ac}b", 3, "\u{20ac}"),
        ] {
            assert_eq!(cut(text.as_bytes(), longest), shown.as_bytes(), "{text} {longest}");
        }
        assert_eq!(cut(&[0x80; 9], 5).len(), 1);
    }
}
