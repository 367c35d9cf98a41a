//! Texts of headers.

use whit::Field;
use whit::json::{self, Value};

/// The items of a list; empty ones do not count.
pub fn items(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b',' | b' ')).filter(|item| !item.is_empty())
}

/// Reads names of headers with commas between; none, too.
pub fn names<'a>(value: Value<'_, 'a>) -> json::Result<&'a [u8]> {
    value.parse("names of headers with commas between", |text| {
        items(text).all(is_name).then_some(text)
    })
}

/// Whether it can be the name of a header that a filter may set or remove: one that frames the message is not.
pub fn is_name(text: &[u8]) -> bool {
    let frames = "connection content-length host keep-alive te trailer transfer-encoding upgrade";
    Field::name(text).is_ok() && !has(frames.as_bytes(), text)
}

/// Whether it can be a header's value, and is not empty.
pub fn is_value(text: &[u8]) -> bool {
    let is_part = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    !text.is_empty() && text.trim_ascii() == text && text.iter().all(is_part)
}

/// Whether a list has a name, whatever its case.
pub fn has(list: &[u8], name: &[u8]) -> bool {
    items(list).any(|item| item.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers() {
        assert!(is_name(b"x-a") && is_name(b"Server") && is_name(b"!#$%&'*+-.^_`|~09AZaz"));
        for bad in
            ["", ":status", "a b", "a:", "a\r", "\u{e9}", "content-length", "Transfer-Encoding"]
        {
            assert!(!is_name(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn values_of_headers() {
        for good in ["a", "a b\tc", "\u{e9}"] {
            assert!(is_value(good.as_bytes()), "{good}");
        }
        for bad in ["", " a", "a ", "a\r\nb", "a\0", "a\x7f"] {
            assert!(!is_value(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_list_has_a_name_in_any_case() {
        assert!(has(b"server, X-Powered-By", b"x-powered-by"));
        assert!(!has(b"server-timing", b"server"));
    }
}
