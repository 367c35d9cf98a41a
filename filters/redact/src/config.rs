//! The configuration.

use whit::is;
use whit::json::{Result, Value};

use crate::matcher::Patterns;
use crate::media::Media;
use crate::texts::Room;

#[derive(Default)]
pub struct Config {
    pub request: bool,
    pub response: bool,
    pub patterns: Patterns,
    pub media: Media,
    /// What cannot be read, because it is encoded, is refused.
    pub refuse: bool,
    /// Upstreams are asked for whole bodies without an encoding.
    pub plain: bool,
}

impl Config {
    pub fn read(value: Value<'_, '_>, room: &mut Room) -> Result<Self> {
        let mut config = Self { response: true, plain: true, ..Self::default() };
        let patterns = &mut config.patterns;
        (patterns.cards, patterns.emails, patterns.mask) = (true, true, b'*');
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            match name {
                _ if is(name, "request") => config.request = value.boolean()?,
                _ if is(name, "response") => config.response = value.boolean()?,
                _ if is(name, "cards") => patterns.cards = value.boolean()?,
                _ if is(name, "emails") => patterns.emails = value.boolean()?,
                // A second list would take the place of the first one, and let its texts through.
                _ if is(name, "literals") && !patterns.literals.is_empty() => {
                    return Err(value.wrong("one list"));
                }
                _ if is(name, "literals") => {
                    patterns.literals =
                        room.read(value, "1 to 255 bytes", |text| !text.is_empty())?;
                }
                _ if is(name, "mask") => {
                    patterns.mask =
                        value.parse("one printable ASCII character", |text| match text {
                            [mask @ b' '..=b'~'] => Some(*mask),
                            _ => None,
                        })?;
                }
                _ if is(name, "keep_last") => patterns.keep_last = value.integer(0..=4_u8)?.into(),
                _ if is(name, "content_types") => {
                    let expected = "a content type such as text/plain, text/* or *+json";
                    config.media = Media(room.read(value, expected, Media::is_pattern)?);
                }
                _ if is(name, "encoded") => {
                    config.refuse = value.parse("pass or refuse", |text| match text {
                        b"pass" => Some(false),
                        b"refuse" => Some(true),
                        _ => None,
                    })?;
                }
                _ if is(name, "plain") => config.plain = value.boolean()?,
                _ => return Err(value.unknown()),
            }
        }
        if !config.request && !config.response {
            return Err(object.wrong("request or response"));
        }
        if !patterns.index() {
            return Err(object.wrong("cards, emails or literals"));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};

    use super::*;
    use crate::texts;

    fn read(text: &str) -> core::result::Result<Config, String> {
        let mut bytes = text.as_bytes().to_vec();
        let mut room = Room(std::vec![0; bytes.len()].leak());
        whit::json::read(&mut bytes, |value| Config::read(value, &mut room))
            .map_err(|error| std::format!("{} {}", error.column, error.name().escape_ascii()))
    }

    #[test]
    fn an_empty_object_is_the_default() {
        let config = read("{}").expect("valid");
        assert!(config.response && !config.request && !config.refuse && config.plain);
        assert!(config.media.holds(b"application/json; charset=utf-8"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, place) in [
            ("[]", "1 "),
            (r#"{"mask": "**"}"#, "10 mask"),
            (r#"{"mask": "\n"}"#, "10 mask"),
            (r#"{"keep_last": 5}"#, "15 keep_last"),
            (r#"{"literals": []}"#, "15 literals"),
            (r#"{"literals": ["a", ""]}"#, "20 literals"),
            (r#"{"literals": ["a"], "literals": ["b"]}"#, "33 literals"),
            (r#"{"content_types": ["text"]}"#, "20 content_types"),
            (r#"{"encoded": "drop"}"#, "13 encoded"),
            (r#"{"email": true}"#, "11 email"),
            (r#"{"response": false}"#, "19 response"),
            (r#"{"cards": false, "emails": false}"#, "33 emails"),
        ] {
            assert_eq!(read(text).err(), Some(place.to_string()), "{text}");
        }
    }

    #[test]
    fn there_are_limits() {
        let literals = |count: usize, size: usize| {
            let literal = std::format!("\"{}\"", "x".repeat(size));
            read(&std::format!("{{\"literals\": [{}]}}", std::vec![literal; count].join(",")))
        };
        assert!(literals(32, texts::LONGEST).is_ok());
        assert!(literals(33, 1).is_err());
        assert!(literals(1, texts::LONGEST + 1).is_err());
    }
}
