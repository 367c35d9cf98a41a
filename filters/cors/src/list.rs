//! Lists of names: configured ones, and those in headers.

use whit::Field;
use whit::json::{self, Value};

/// Names that are configured, or `*`, which stands for any. It is written as in a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List(&'static [u8]);

impl List {
    pub const SAFE_METHODS: Self = Self(b"GET, HEAD, POST");

    pub fn read(value: Value<'_, 'static>) -> json::Result<Self> {
        let list = Self(read(value, "names with commas between, or *", is_token)?);
        Ok(list)
    }

    /// Whether it stands for any name.
    pub fn is_any(self) -> bool {
        items(self.0).any(|name| name == b"*")
    }

    /// Whether it stands for any name, or one of it is what is looked for.
    pub fn holds(self, is_it: impl Fn(&[u8]) -> bool) -> bool {
        self.is_any() || items(self.0).any(is_it)
    }

    /// As a header holds it.
    pub const fn text(self) -> &'static [u8] {
        self.0
    }
}

/// Reads a text that holds at least one item, and no other than such.
pub fn read(
    value: Value<'_, 'static>,
    expected: &'static str,
    is_item: fn(&[u8]) -> bool,
) -> json::Result<&'static [u8]> {
    value.parse(expected, |text| {
        let is_list = items(text).next().is_some() && items(text).all(is_item);
        is_list.then_some(text)
    })
}

/// The items of a header's list; empty ones do not count. No item holds a space, so one ends it.
pub fn items(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|item| !item.is_empty())
}

/// Whether it can be a method or the name of a header.
pub fn is_token(text: &[u8]) -> bool {
    Field::name(text).is_ok()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    fn read(text: &str) -> Option<List> {
        json::read(std::format!("\"{text}\"").into_bytes().leak(), List::read).ok()
    }

    #[test]
    fn names_and_what_stands_for_any() {
        let list = read("A, b-c").expect("a list");
        assert!(list.holds(|name| name == b"b-c") && !list.holds(|name| name == b"B-C"));
        assert!(!list.is_any());
        assert!(read("*").is_some_and(|list| list.is_any() && list.holds(|_| false)));
        assert_eq!(items(b" a,,\tb , ").collect::<Vec<_>>(), [b"a", b"b"]);
    }

    #[test]
    fn what_holds_no_name_or_something_else_is_refused() {
        for text in ["", ",", "a/b", "a, (b)", "a\\r\\nb", "\\u0000"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(is_token(b"!#$%&'*+-.^_`|~09AZaz"));
        assert!(b"\0\x1f \"(),/:;<=>?@[\\]{}\x7f\xff".iter().all(|byte| !is_token(&[*byte])));
    }
}
