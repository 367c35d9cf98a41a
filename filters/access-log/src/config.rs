//! The configuration.

use whit::Level;
use whit::is;
use whit::json::{Kind, Object, Result, Value, Wrong};

use crate::fields::{self, Field, Source, Type, Writer};

/// What is logged, of which streams.
#[derive(Clone, Copy)]
pub struct Config {
    /// Built-in fields, by their numbers.
    pub built_in: [u8; fields::BUILT_IN.len()],
    /// How many of them there are.
    pub built_in_count: usize,
    /// Fields without a value are `null`, instead of being left out.
    pub nulls: bool,
    pub level: Level,
    /// So many of ten thousand streams.
    pub sample: u32,
    /// Streams with a status from this on are logged in any case, and those without a response.
    pub always_from: u16,
    /// The most bytes that are shown of a text.
    pub longest: usize,
}

/// All of them.
pub const EACH: u32 = 10_000;

impl Default for Config {
    fn default() -> Self {
        let mut built_in = [0; fields::BUILT_IN.len()];
        for (number, field) in (0..).zip(&mut built_in) {
            *field = number;
        }
        Self {
            built_in,
            built_in_count: fields::DEFAULT,
            nulls: false,
            level: Level::Info,
            sample: EACH,
            always_from: 500,
            longest: 1024,
        }
    }
}

impl Config {
    /// Reads it; fields that are not built in are written to `more`.
    pub fn read(value: Value<'_, '_>, more: &mut Writer<'_>) -> Result<Self> {
        let mut config = Self::default();
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            match name {
                _ if is(name, "fields") => config.read_built_in(value)?,
                _ if is(name, "request_headers") => {
                    each(value, more, Source::RequestHeader, header)?;
                }
                _ if is(name, "response_headers") => {
                    each(value, more, Source::ResponseHeader, header)?;
                }
                _ if is(name, "properties") => each(value, more, Source::Property, property)?,
                _ if is(name, "static") => each(value, more, Source::Static, text)?,
                _ if is(name, "missing") => {
                    config.nulls = value.parse("omit or null", |text| match text {
                        _ if is(text, "omit") => Some(false),
                        _ if is(text, "null") => Some(true),
                        _ => None,
                    })?;
                }
                _ if is(name, "level") => {
                    config.level =
                        value.parse("debug, info, warn or error", |text| match text {
                            _ if is(text, "debug") => Some(Level::Debug),
                            _ if is(text, "info") => Some(Level::Info),
                            _ if is(text, "warn") => Some(Level::Warn),
                            _ if is(text, "error") => Some(Level::Error),
                            _ => None,
                        })?;
                }
                _ if is(name, "sample") => {
                    let hundredths = value.number()?.scaled(2);
                    let sample = hundredths.and_then(|sample| u32::try_from(sample).ok());
                    config.sample = sample.filter(|sample| *sample <= EACH).ok_or_else(|| {
                        object.wrong("per cent, from 0 to 100, with two decimal places at most")
                    })?;
                }
                _ if is(name, "always_from") => {
                    config.always_from = value.integer(100..=600_u16)?
                }
                _ if is(name, "longest") => config.longest = value.integer(16..=65_535_u16)?.into(),
                _ => return Err(value.unknown()),
            }
        }
        if config.built_in_count + more.fields().count() > fields::MOST {
            return Err(object.wrong("48 fields at most"));
        }
        Ok(config)
    }

    fn read_built_in(&mut self, value: Value<'_, '_>) -> Result<()> {
        let mut list = value.list()?;
        self.built_in_count = 0;
        while let Some(item) = list.next()? {
            let number = item.parse("a built-in field", fields::number)?;
            let room = self.built_in.split_at_mut_checked(self.built_in_count);
            match room.and_then(|(before, rest)| Some((before, rest.first_mut()?))) {
                Some((before, place)) if !before.contains(&number) => *place = number,
                _ => return Err(list.wrong("each field once")),
            }
            self.built_in_count += 1;
        }
        if self.built_in_count == 0 { Err(list.wrong("one field at least")) } else { Ok(()) }
    }
}

/// What says where a value comes from, and of what type it is.
type Origin<'a> = (&'a [u8], Type);

/// Reads an object of names and origins.
fn each<'a>(
    value: Value<'_, 'a>,
    more: &mut Writer<'_>,
    source: Source,
    origin: fn(Value<'_, 'a>) -> Result<Origin<'a>>,
) -> Result<()> {
    let mut object = value.object()?;
    let mut some = false;
    while let Some((name, value)) = object.next()? {
        let (of, kind) = origin(value)?;
        let used = fields::number(name).is_some() || more.fields().any(|field| field.name == name);
        if used || name.is_empty() {
            return Err(object.wrong("a name that no other field has"));
        }
        if more.add(Field { name, source, of, kind }).is_none() {
            return Err(object.wrong("a name of 1 to 255 bytes"));
        }
        some = true;
    }
    if some { Ok(()) } else { Err(object.wrong("one field at least")) }
}

fn header<'a>(value: Value<'_, 'a>) -> Result<Origin<'a>> {
    let name = value.parse("a header's name", |text| {
        let rest = text.strip_prefix(b":").unwrap_or(text);
        (fits(text) && whit::Field::name(rest).is_ok()).then_some(text)
    })?;
    Ok((name, Type::Text))
}

fn text<'a>(value: Value<'_, 'a>) -> Result<Origin<'a>> {
    value.parse("a text of 1 to 255 bytes", |text| fits(text).then_some((text, Type::Text)))
}

fn property<'a>(value: Value<'_, 'a>) -> Result<Origin<'a>> {
    match value.kind() {
        Some(Kind::Text) => path(value).map(|path| (path, Type::Text)),
        _ => {
            let (mut from, mut kind) = (None, Type::Text);
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                match name {
                    _ if is(name, "path") => from = Some(path(value)?),
                    _ if is(name, "type") => {
                        let types = "text, integer, number, boolean, milliseconds or time";
                        kind = value.parse(types, Type::named)?;
                    }
                    _ => return Err(value.unknown()),
                }
            }
            Ok((from.ok_or_else(|| missing_path(object))?, kind))
        }
    }
}

fn missing_path(mut object: Object<'_, '_>) -> Wrong {
    object.missing("path")
}

fn path<'a>(value: Value<'_, 'a>) -> Result<&'a [u8]> {
    value.parse("a property's path of 1 to 255 bytes", |text| fits(text).then_some(text))
}

fn fits(text: &[u8]) -> bool {
    (1..=fields::LONGEST).contains(&text.len())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};

    use super::*;

    fn read(text: &str) -> core::result::Result<(Config, usize), String> {
        let mut bytes = text.as_bytes().to_vec();
        let mut room = std::vec![0; bytes.len()];
        let mut more = Writer::new(&mut room);
        let config = whit::json::read(&mut bytes, |value| Config::read(value, &mut more));
        config
            .map(|config| (config, more.fields().count()))
            .map_err(|error| std::format!("{} {}", error.column, error.name().escape_ascii()))
    }

    #[test]
    fn every_field_has_room() {
        for text in [
            r#"{"static":{"a":"b","c":"d"}}"#,
            r#"{"request_headers":{"a":"b"},"response_headers":{"c":"d"}}"#,
            r#"{"properties":{"a":"b.c","d":{"path":"e","type":"number"}}}"#,
        ] {
            assert_eq!(read(text).map(|(_, more)| more), Ok(2), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, place) in [
            ("[]", "1 "),
            (r#"{"field": []}"#, "11 field"),
            (r#"{"fields": []}"#, "13 fields"),
            (r#"{"fields": ["path", "path"]}"#, "21 fields"),
            (r#"{"fields": ["paths"]}"#, "13 fields"),
            (r#"{"static": {}}"#, "13 static"),
            (r#"{"static": {"a": ""}}"#, "18 a"),
            (r#"{"static": {"": "a"}}"#, "17 "),
            (r#"{"static": {"path": "a"}}"#, "21 path"),
            (r#"{"static": {"a": "a"}, "request_headers": {"a": "b"}}"#, "49 a"),
            (r#"{"request_headers": {"a": "b c"}}"#, "27 a"),
            (r#"{"request_headers": {"a": "b:"}}"#, "27 a"),
            (r#"{"request_headers": {"a": ":"}}"#, "27 a"),
            (r#"{"properties": {"a": {"type": "text"}}}"#, "37 "),
            (r#"{"properties": {"a": {"path": "b", "type": "string"}}}"#, "44 type"),
            (r#"{"sample": 100.5}"#, "12 sample"),
            (r#"{"sample": 0.001}"#, "12 sample"),
            (r#"{"level": "trace"}"#, "11 level"),
            (r#"{"longest": 15}"#, "13 longest"),
        ] {
            assert_eq!(read(text).err(), Some(place.to_string()), "{text}");
        }
    }

    #[test]
    fn there_are_48_fields_at_most() {
        let fields = |count: usize| {
            let more: std::vec::Vec<String> =
                (0..count).map(|n| std::format!("\"a{n}\": \"b\"")).collect();
            read(&std::format!("{{\"static\": {{{}}}}}", more.join(",")))
        };
        assert!(fields(fields::MOST - fields::DEFAULT).is_ok());
        assert!(fields(fields::MOST - fields::DEFAULT + 1).is_err());
    }
}
