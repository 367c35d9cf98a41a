//! Cookies of a request, as RFC 6265 has them.

/// The value of the first cookie of this name in a `cookie` header.
pub fn find<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    header.split(|byte| *byte == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name)?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for header in ["a=1", "b=2; a=1", "b;a=1;c", ";; \ta = 1 ;", "aa=2; a=1; a=3", "ba=2;a=1"] {
            assert_eq!(find(header.as_bytes(), b"a"), Some(&b"1"[..]), "{header}");
        }
        for header in ["", ";", "a", "A=1", "=a", "b=a=1", "aa=1", "\"a\"=1", "b=\"; A=1\""] {
            assert_eq!(find(header.as_bytes(), b"a"), None, "{header}");
        }
    }

    #[test]
    fn a_value_is_what_stands_there() {
        for (header, value) in
            [("a=", ""), ("a=b=c", "b=c"), ("a=\"b\"", "\"b\""), ("a=b c ;d", "b c")]
        {
            assert_eq!(find(header.as_bytes(), b"a"), Some(value.as_bytes()), "{header}");
        }
        assert_eq!(find(b"a=\xff\x80; b=1", b"a"), Some(&b"\xff\x80"[..]));
    }
}
