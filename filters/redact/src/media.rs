//! Which bodies are read, by their content type, and can be read, by their encoding.

use super::texts::Texts;

/// Content types: `text/plain`, `text/*`, `*+json`. Without any, [`DEFAULT`].
#[derive(Default)]
pub struct Media(pub Texts);

/// What is read unless something else is configured.
const DEFAULT: [&[u8]; 6] = [
    b"text/*",
    b"application/json",
    b"application/xml",
    b"application/x-www-form-urlencoded",
    b"*+json",
    b"*+xml",
];

impl Media {
    /// Whether it is a content type, with a `*` at one end or none.
    pub fn is_pattern(text: &[u8]) -> bool {
        let (name, part) = match text {
            [b'*', rest @ ..] | [rest @ .., b'*'] => (rest, true),
            whole => (whole, false),
        };
        let mut slash = part && !name.is_empty();
        for byte in name {
            match byte {
                b'/' => slash = true,
                b'*' | b';' | b',' | b'"' => return false,
                b'!'..=b'~' => {}
                _ => return false,
            }
        }
        slash
    }

    /// Whether a `content-type` is one of these. Envoy makes one value of several, with commas.
    pub fn holds(&self, content_type: &[u8]) -> bool {
        content_type.split(|byte| *byte == b',').any(|value| self.holds_one(value))
    }

    fn holds_one(&self, value: &[u8]) -> bool {
        let media = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if self.0.is_empty() {
            DEFAULT.iter().any(|pattern| is_of(media, pattern))
        } else {
            self.0.into_iter().any(|pattern| is_of(media, pattern))
        }
    }
}

/// Whether a `content-type` names one: an empty one does not, for instance.
pub fn is_type(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'/').nth(1).is_some()
}

/// Whether a `content-encoding` names one: `identity` is none, and neither is an empty item of the list.
pub fn is_encoding(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|item| {
        let item = item.trim_ascii();
        !item.is_empty() && !item.eq_ignore_ascii_case(b"identity")
    })
}

#[inline(never)]
fn is_of(media: &[u8], pattern: &[u8]) -> bool {
    let (part, wanted) = match pattern {
        [b'*', end @ ..] => (media.get(media.len().saturating_sub(end.len())..), end),
        [begin @ .., b'*'] => (media.get(..begin.len()), begin),
        whole => (Some(media), whole),
    };
    part.is_some_and(|part| part.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_compared_without_case_and_parameters() {
        let media = Media::default();
        for read in [
            "text/html",
            "TEXT/Plain ; charset=x",
            "application/json",
            "application/hal+JSON",
            "image/png, text/plain",
            "image/svg+xml",
        ] {
            assert!(media.holds(read.as_bytes()), "{read}");
        }
        for passes in [
            "",
            "image/png",
            "application/grpc",
            "application/jsonx",
            "application/octet-stream",
            "json",
            "text",
        ] {
            assert!(!media.holds(passes.as_bytes()), "{passes}");
        }
    }

    #[test]
    fn a_type_has_two_parts() {
        assert!(is_type(b"text/plain") && is_type(b"a;b, */*"));
        assert!(!is_type(b"") && !is_type(b"text"));
    }

    #[test]
    fn no_encoding_has_many_spellings() {
        for plain in ["", " ", ",", "identity", "Identity ,, identity"] {
            assert!(!is_encoding(plain.as_bytes()), "{plain}");
        }
        for encoded in ["gzip", "identity, br", "identity;q=1", "\u{ff}"] {
            assert!(is_encoding(encoded.as_bytes()), "{encoded}");
        }
    }

    #[test]
    fn a_pattern_has_one_star_at_one_end() {
        for good in ["a/b", "a/*", "*+x", "*/x"] {
            assert!(Media::is_pattern(good.as_bytes()), "{good}");
        }
        for bad in ["", "*", "a", "a/b; c=d", "*a*", "a*b/c", "a/ b"] {
            assert!(!Media::is_pattern(bad.as_bytes()), "{bad}");
        }
    }
}
