//! Escapes in strings.

/// Those of one character, and what they stand for.
const SIMPLE: [(u8, u8); 11] = [
    (b'a', 0x07),
    (b'b', 0x08),
    (b'f', 0x0c),
    (b'n', b'\n'),
    (b'r', b'\r'),
    (b't', b'\t'),
    (b'v', 0x0b),
    (b'?', b'?'),
    (b'\\', b'\\'),
    (b'\'', b'\''),
    (b'"', b'"'),
];

/// What is expected after a backslash.
pub(super) const EXPECTED: &str =
    r#"one of \a \b \f \n \r \t \v \? \\ \' \" \123 \x12 \u1234 \U00012345"#;

/// What begins after a backslash stands for, and how long it is. `None` if it is no escape.
pub(super) fn escape(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let kind = *rest.first()?;
    let (begin, least, most, radix) = match kind {
        b'0'..=b'7' => (0, 1, 3, 8),
        b'x' | b'X' => (1, 1, 2, 16),
        b'u' => (1, 4, 4, 16),
        b'U' => (1, 8, 8, 16),
        _ => {
            let (_, byte) = SIMPLE.into_iter().find(|(name, _)| *name == kind)?;
            return Some((vec![byte], 1));
        }
    };
    let digits = rest[begin..].iter().map(|byte| char::from(*byte)).take(most);
    let digits: String = digits.take_while(|char| char.is_digit(radix)).collect();
    let number = u32::from_str_radix(&digits, radix).ok().filter(|_| digits.len() >= least)?;
    let bytes = match kind {
        b'u' | b'U' => char::from_u32(number)?.to_string().into_bytes(),
        _ => vec![u8::try_from(number).ok()?],
    };
    Some((bytes, begin + digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_for_its_bytes() {
        for (written, bytes, length) in [
            ("n", &b"\n"[..], 1),
            ("\"rest", b"\"", 1),
            ("0", b"\0", 1),
            ("1019", b"A", 3),
            ("78", b"\x07", 1),
            ("x41f", b"A", 3),
            ("xfz", b"\x0f", 2),
            ("u00e91", "é".as_bytes(), 5),
            ("U0001F600", "😀".as_bytes(), 9),
        ] {
            assert_eq!(escape(written.as_bytes()), Some((bytes.to_vec(), length)), "{written}");
        }
        for written in ["", "q", "8", "400", "x", "xg", "u12", "ud800", "U00110000", "u+123"] {
            assert_eq!(escape(written.as_bytes()), None, "{written}");
        }
    }
}
