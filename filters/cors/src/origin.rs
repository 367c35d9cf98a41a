//! Origins: whether bytes are one, and whether they match what is configured.

use whit::json::{self, Value};

use super::list;

/// Origins that are configured, with commas between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origins(&'static [u8]);

impl Origins {
    pub fn read(value: Value<'_, 'static>) -> json::Result<Self> {
        let expected = "origins such as https://a.example, https://*.a.example, null or *";
        let is_item = |item: &[u8]| item == b"*" || item == b"null" || is_pattern(item);
        list::read(value, expected, is_item).map(Self)
    }

    /// Whether none were read.
    pub fn are_missing(self) -> bool {
        self.0.is_empty()
    }

    /// Whether this item is among them, as it stands there: `*`, which is any but `null`, for one.
    pub fn name(self, item: &[u8]) -> bool {
        list::items(self.0).any(|found| found == item)
    }

    /// Whether this origin is one of them.
    pub fn hold(self, origin: &[u8]) -> bool {
        list::items(self.0).any(|pattern| matches(pattern, origin))
    }
}

/// Whether an origin is this one, or has labels where the pattern has `*`.
fn matches(pattern: &[u8], origin: &[u8]) -> bool {
    if pattern == b"*" {
        return is_origin(origin);
    }
    let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
        return pattern == origin;
    };
    let end = origin.len().wrapping_sub(pattern.len()).wrapping_add(star).wrapping_add(1);
    origin.get(star..end).is_some_and(is_name)
        && origin.get(..star) == pattern.get(..star)
        && origin.get(end..) == pattern.get(star.wrapping_add(1)..)
}

/// Whether it is an origin as browsers send it: a scheme, a host, and a port unless it is the scheme's own; or one
/// with `*.` in place of its first labels.
fn is_pattern(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else { return false };
    let (scheme, rest) = (text.get(..colon), text.get(colon..));
    let authority = rest.and_then(|rest| rest.strip_prefix(b"://"));
    let (Some(scheme), Some(authority)) = (scheme, authority) else { return false };
    let domain = authority.strip_prefix(b"*.");
    let (host, port) = host_and_port(domain.unwrap_or(authority));
    // Below a top-level domain are all of its sites.
    let is_narrow = domain.is_none() || has(host, b'.') || host == b"localhost";
    is_scheme(scheme)
        && is_port(scheme, port)
        && (is_name(host) && is_narrow || domain.is_none() && is_address(host))
}

/// Whether it is an origin as browsers send it.
fn is_origin(text: &[u8]) -> bool {
    is_pattern(text) && !has(text, b'*')
}

/// A host, and `:` with a port, or nothing.
fn host_and_port(text: &[u8]) -> (&[u8], &[u8]) {
    let colon = text.iter().rposition(|byte| *byte == b':');
    match colon.and_then(|colon| text.split_at_checked(colon)) {
        Some((host, port)) if !port.ends_with(b"]") => (host, port),
        _ => (text, b""),
    }
}

/// Smaller than `contains`, which is made for long texts.
#[allow(clippy::manual_contains)]
fn has(text: &[u8], byte: u8) -> bool {
    text.iter().any(|found| *found == byte)
}

fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_lowercase) && is_lower(text, b"+-.")
}

/// Whether these are labels of a domain, or an address of IPv4.
fn is_name(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'.').all(|label| is_lower(label, b"-_"))
}

/// Whether it looks like an address of IPv6 in brackets.
fn is_address(text: &[u8]) -> bool {
    let within = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
    within.is_some_and(|text| is_lower(text, b":"))
}

/// Whether it is nothing, or `:` and a port that is not the scheme's own, which browsers leave out.
fn is_port(scheme: &[u8], text: &[u8]) -> bool {
    let own: &[u8] = if scheme == b"http" { b":80" } else { b":443" };
    match text.strip_prefix(b":") {
        Some(digits) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && text != own,
        None => true,
    }
}

/// Whether there are letters in lower case, digits and these others, and nothing else.
#[inline(never)]
fn is_lower(text: &[u8], others: &[u8]) -> bool {
    let is_part =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || has(others, *byte);
    !text.is_empty() && text.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_write() {
        for good in [
            "https://example.com",
            "http://localhost:3000",
            "http://127.0.0.1:65535",
            "http://[::1]:8080",
            "https://[2001:db8::1]",
            "chrome-extension://abcdefgh",
            "https://xn--bcher-kva.example:8443",
            "http://example.com:443",
            "https://example.com:80",
        ] {
            assert!(is_origin(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "null",
            "*",
            "example.com",
            "https://",
            "://example.com",
            "https:/example.com",
            "https://example.com/",
            "https://example.com/a",
            "https://example.com:",
            "https://example.com:443",
            "http://example.com:80",
            "https://example.com:1:2",
            "https://example.com:8a",
            "https://[::1]:",
            "https://[::1]8",
            "https://Example.com",
            "HTTPS://example.com",
            "https://user@example.com",
            "https://.example.com",
            "https://example..com",
            "https://example.com.",
            "https://example.com https://example.org",
            "https://example.com,https://example.org",
            "https://b\u{fc}cher.example",
            "https://[::1",
            "https://[]",
            "https://[::1.a]",
            "https://a\0b",
        ] {
            assert!(!is_origin(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_label_or_more() {
        let pattern = b"https://*.example.com:8443";
        for good in ["a", "a.b", "x-1.y_2.z"] {
            let origin = std::format!("https://{good}.example.com:8443");
            assert!(matches(pattern, origin.as_bytes()), "{good}");
        }
        for bad in [
            "https://example.com:8443",
            "https://.example.com:8443",
            "https://a..example.com:8443",
            "https://evilexample.com:8443",
            "https://a.example.com",
            "https://a.example.com:8444",
            "http://a.example.com:8443",
            "https://evil.org/.example.com:8443",
            "https://evil.org:1.example.com:8443",
            "https://evil.org#.example.com:8443",
            "https://a@b.example.com:8443",
            "https://a.example.com:8443.evil.org",
            "https://A.example.com:8443",
            "https://*.example.com:8443",
            "xhttps://a.example.com:8443",
            "null",
            "",
        ] {
            assert!(!matches(pattern, bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn only_what_can_match_is_a_pattern() {
        for good in ["https://example.com", "https://*.example.com", "http://*.localhost:3000"] {
            assert!(is_pattern(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "**",
            "*.",
            "NULL",
            "https://*",
            "https://*.",
            "https://*.com",
            "https://*.com:8443",
            "https://*example.com",
            "https://a*.example.com",
            "https://a.*.example.com",
            "https://*.*.example.com",
            "*.example.com",
            "*://example.com",
            "https://*.example.com:*",
            "https://*.example.com:443",
            "https://*.example.com/",
            "https://*.[::1]",
        ] {
            assert!(!is_pattern(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn null_is_named_or_not_among_them() {
        let read = |text: &'static str| {
            json::read(text.as_bytes().to_vec().leak(), Origins::read).expect("origins")
        };
        let (any, null) = (read(r#""*""#), read(r#""null""#));
        assert!(any.hold(b"https://a.example") && !any.hold(b"null") && !any.hold(b"a.example"));
        assert!(null.hold(b"null") && !null.hold(b"https://a.example"));
    }

    extern crate std;
}
