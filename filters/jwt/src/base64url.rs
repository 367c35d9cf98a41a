//! Base64url without padding (RFC 7515, appendix C), strictly: no byte has two spellings.

/// Decodes a text into the beginning of `to`; `None` if it is not what an encoder writes, or too long.
pub fn decode<'a>(text: &[u8], to: &'a mut [u8]) -> Option<&'a mut [u8]> {
    let mut size = 0;
    // Bits that have been read and do not make a byte yet.
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for byte in text {
        bits = bits << 6 | u32::from(sextet(*byte)?);
        count = count.wrapping_add(6);
        if count >= 8 {
            count = count.wrapping_sub(8);
            *to.get_mut(size)? = (bits >> count) as u8;
            size = size.wrapping_add(1);
            bits &= !(u32::MAX << count);
        }
    }
    // A single character stands for no byte, and what is left of the last one is zero.
    if count == 6 || bits != 0 { None } else { to.get_mut(..size) }
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a' - 26),
        b'0'..=b'9' => byte.wrapping_add(52 - b'0'),
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn what_an_encoder_writes_is_decoded() {
        let mut to = [0; 8];
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("Zm9vYmFy", b"foobar"),
            ("A-z_4ME", &[3, 236, 255, 224, 193]),
        ] {
            assert_eq!(decode(text.as_bytes(), &mut to).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        let mut to = [0; 4];
        for text in [
            "Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm9v+A", "Zm9v/A", "Zm 9v", "Zm9v\n", "Zm9vZ",
            "Z\u{e9}",
        ] {
            assert_eq!(decode(text.as_bytes(), &mut to), None, "{text}");
        }
        assert_eq!(decode(b"Zm9vYmFy", &mut to), None, "longer than there is room");
    }
}
