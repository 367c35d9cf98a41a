//! E-mail addresses: a local part of letters, digits and `.` `_` `%` `+` `-`, an `@`, and a domain of
//! two labels at least, of which the last is a letter and more.
//!
//! Of a longer local part the last 64 bytes belong to the address, of a longer domain the first 253.

use super::matcher::Found;

/// The most bytes of a local part.
const LOCAL: usize = 64;
/// The most bytes of a domain.
const DOMAIN: usize = 253;
/// The most bytes of a label.
const LABEL: usize = 63;

/// The most bytes of an address.
pub const LONGEST: usize = LOCAL + 1 + DOMAIN;

/// Whether a local part can hold this byte.
pub const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// Whether these bytes begin with an address; and if not, in how many of them none begins. `end`:
/// nothing follows.
pub fn find(bytes: &[u8], end: bool) -> (Found, usize) {
    let local = bytes.iter().take_while(|byte| is_local(**byte)).count();
    match bytes.get(local..) {
        _ if local == 0 => (Found::No, 0),
        Some([b'@', domain @ ..]) => match local.checked_sub(LOCAL) {
            None | Some(0) => match find_domain(domain, end) {
                Found::Yes(size) => (Found::Yes(local + 1 + size), 0),
                found => (found, local),
            },
            Some(more) => (Found::No, more),
        },
        // It may go on.
        Some([]) | None if !end => match local.checked_sub(LOCAL) {
            None | Some(0) => (Found::Undecided, 0),
            Some(more) => (Found::No, more),
        },
        _ => (Found::No, local),
    }
}

/// The longest domain that these bytes begin with.
fn find_domain(bytes: &[u8], end: bool) -> Found {
    let domain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let most = bytes.iter().take(DOMAIN).take_while(domain).count();
    if !end && most == bytes.len() && most < DOMAIN {
        return Found::Undecided;
    }
    let mut longest = Found::No;
    let mut at = 0;
    for label in bytes.get(..most).unwrap_or_default().split(|byte| *byte == b'.') {
        if label.is_empty() || label.len() > LABEL {
            break;
        }
        let begun = at != 0;
        at += label.len();
        if begun && label.len() > 1 && label.first().is_some_and(u8::is_ascii_alphabetic) {
            longest = Found::Yes(at);
        }
        at += 1;
    }
    longest
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;

    #[test]
    fn addresses_are_found() {
        for address in
            ["a@b.cd", "first.last+tag@mail.example.co.uk", "x_%-y@a-b.example", "1@1.xn--p1ai"]
        {
            assert_eq!(find(address.as_bytes(), true).0, Found::Yes(address.len()), "{address}");
            assert_eq!(find(address.as_bytes(), false).0, Found::Undecided, "{address}");
            let followed = std::format!("{address}, and more");
            assert_eq!(find(followed.as_bytes(), false).0, Found::Yes(address.len()), "{address}");
        }
    }

    #[test]
    fn an_end_of_a_sentence_is_not_part_of_one() {
        for text in ["a@b.cd.", "a@b.cd..ef", "a@b.cd.4", "a@b.cd@x"] {
            assert_eq!(find(text.as_bytes(), true).0, Found::Yes(6), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_not() {
        for text in
            ["a", "a@", "a@b", "a@b.c", "a@.cd", "a@b..cd", "a@1.2.3.4", "a b@c.de", "a@ b.cd"]
        {
            assert_eq!(find(text.as_bytes(), true).0, Found::No, "{text}");
        }
    }

    #[test]
    fn parts_that_are_too_long_are_cut() {
        let local: String = "x".repeat(65);
        assert_eq!(find(std::format!("{local}@b.cd").as_bytes(), true), (Found::No, 1));
        assert_eq!(find(local.as_bytes(), false), (Found::No, 1));
        let label: String = "y".repeat(64);
        assert_eq!(find(std::format!("a@{label}.cd").as_bytes(), true).0, Found::No);
        let domain: String = "abcd.".repeat(60);
        assert_eq!(find(std::format!("a@{domain}").as_bytes(), false).0, Found::Yes(2 + 253));
    }
}
