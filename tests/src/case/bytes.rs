//! Bytes of messages.

use std::fmt;

use serde::Deserialize;

use super::Hex;

/// Bytes of a header's value or of a body. A case file has a text for them, `{ text = "x", times = 60000 }` for a
/// long one, `{ hex = "ff80" }` for bytes that are no text, with `times` or without, or a list of such parts: 64 MiB
/// at most.
///
/// ```
/// use whit_test::case::CaseFile;
///
/// let file = CaseFile::parse(
///     r#"
///     [[case]]
///     name = "a long token that is no text"
///     request.headers = [["authorization", ["Bearer ", { text = "a", times = 3 }, { hex = "ff" }]]]
///     "#,
/// )
/// .expect("a valid case file");
/// let (_, value) = &file.cases[0].request.headers[0];
/// assert_eq!(value.as_bytes(), b"Bearer aaa\xff");
/// ```
#[derive(Clone, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "Form")]
pub struct CaseBytes(Vec<u8>);

/// A field of a message: its name, and its value.
pub type CaseField = (String, CaseBytes);

/// The most bytes of one value, or of a body.
const MOST: usize = 64 << 20;

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a string, a table of `text` or `hex` with `times`, or a list of such parts"
)]
pub(super) enum Form {
    One(Part),
    Parts(Vec<Part>),
}

/// A part of bytes, which is no list.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Part {
    Plain(String),
    Text {
        text: String,
        #[serde(default = "once")]
        times: usize,
    },
    Hex {
        hex: Hex,
        #[serde(default = "once")]
        times: usize,
    },
}

const fn once() -> usize {
    1
}

impl TryFrom<Part> for CaseBytes {
    type Error = String;

    fn try_from(part: Part) -> Result<Self, String> {
        let (bytes, times) = match part {
            Part::Plain(text) => (text.into_bytes(), 1),
            Part::Text { text, times } => (text.into_bytes(), times),
            Part::Hex { hex: Hex(bytes), times } => (bytes, times),
        };
        within(bytes.len().checked_mul(times))?;
        Ok(Self(bytes.repeat(times)))
    }
}

impl TryFrom<Form> for CaseBytes {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        match form {
            Form::One(part) => part.try_into(),
            Form::Parts(parts) => {
                Ok(Self(all(parts)?.into_iter().flat_map(|part| part.0).collect()))
            }
        }
    }
}

/// Each of these, if they are not too long together.
pub(super) fn all<T: TryInto<CaseBytes, Error = String>>(
    parts: Vec<T>,
) -> Result<Vec<CaseBytes>, String> {
    let mut sum = 0;
    let mut next = |part: T| {
        let bytes = part.try_into()?;
        sum += bytes.0.len();
        within(Some(sum))?;
        Ok(bytes)
    };
    parts.into_iter().map(&mut next).collect()
}

/// Refuses so many bytes if they are too many; `None` is more than can be counted.
fn within(bytes: Option<usize>) -> Result<(), String> {
    match bytes {
        Some(bytes) if bytes <= MOST => Ok(()),
        _ => Err(format!("too long: a value, and a body, has {MOST} bytes at most")),
    }
}

impl<T: Into<Vec<u8>>> From<T> for CaseBytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl CaseBytes {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for CaseBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq<str> for CaseBytes {
    fn eq(&self, text: &str) -> bool {
        self.0 == text.as_bytes()
    }
}

/// The text, with U+FFFD for what is none.
impl fmt::Display for CaseBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// A text as a text is shown, and other bytes with `\xff` for those beyond ASCII.
impl fmt::Debug for CaseBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match str::from_utf8(&self.0) {
            Ok(text) => fmt::Debug::fmt(text, f),
            Err(_) => write!(f, "\"{}\"", self.0.escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaseFile;
    use super::*;

    fn read(value: &str) -> Result<CaseBytes, String> {
        let case = format!("[[case]]\nname = 'a'\nrequest.headers = [['a', {value}]]\n");
        let file = CaseFile::parse(&case).map_err(|error| error.to_string())?;
        Ok(file.cases[0].request.headers[0].1.clone())
    }

    #[test]
    fn bytes_have_many_forms() {
        for (value, bytes) in [
            ("'ab'", &b"ab"[..]),
            ("{ text = 'ab' }", b"ab"),
            ("{ text = 'ab', times = 2 }", b"abab"),
            ("{ hex = 'ff80' }", b"\xff\x80"),
            ("{ hex = 'ff', times = 3 }", b"\xff\xff\xff"),
            ("['a', { text = 'b', times = 2 }, { hex = '00' }]", b"abb\0"),
            ("[]", b""),
        ] {
            assert_eq!(read(value).as_ref().map(CaseBytes::as_bytes), Ok(bytes), "{value}");
        }
        for value in ["1", "{ hex = 'f' }", "{ text = 'a', hex = '00' }", "{ times = 2 }", "[1]"] {
            let error = read(value).expect_err(value);
            let told = "a table of `text` or `hex` with `times`";
            assert!(error.contains("line 3") && error.contains(told), "{value}: {error}");
        }
    }

    #[test]
    fn too_many_bytes_are_refused_with_their_place() {
        for value in [
            "{ text = 'ab', times = 9223372036854775807 }",
            "{ text = 'a', times = 100000000000 }",
            "{ hex = 'ff', times = 67108865 }",
            "[{ text = 'a', times = 67108864 }, 'b']",
        ] {
            let error = read(value).expect_err(value);
            let told = "too long: a value, and a body, has 67108864 bytes at most";
            assert!(error.contains("line 3") && error.contains(told), "{value}: {error}");
        }
    }

    #[test]
    fn bytes_are_shown() {
        let shown = |bytes: &[u8]| format!("{:?}", CaseBytes::from(bytes));
        assert_eq!(CaseBytes::from(b"a\xff".as_slice()).to_string(), "a\u{fffd}");
        assert_eq!(shown("\u{e9}\\".as_bytes()), "\"\u{e9}\\\\\"");
        assert_eq!(shown(b"a\xff\\xff\""), r#""a\xff\\xff\"""#);
    }
}
