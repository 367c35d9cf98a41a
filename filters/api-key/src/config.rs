//! The configuration.

use core::iter::successors;

use whit::json::{Result, Value};
use whit::{Field, PluginContext, field};

use crate::keys::{self, Hash, Key, Keys};
use crate::query::Decoded;

const MOST_SOURCES: usize = 8;
const MOST_KEYS: usize = 1000;
const LONGEST_TEXT: usize = 256;

pub struct Config {
    /// Each source knows the one before it.
    last_source: Option<&'static Source>,
    pub keys: Keys,
    /// The request header that tells the upstream whose key it was.
    pub consumer_header: Field<'static>,
    /// The upstream sees the key.
    pub forward: bool,
    /// Denials have a body of JSON.
    pub json: bool,
    /// What is protected, for clients to read.
    pub realm: Field<'static>,
}

/// Where a key may be.
pub struct Source {
    pub place: Place,
    before: Option<&'static Source>,
}

#[derive(Clone, Copy)]
pub enum Place {
    Header(Field<'static>),
    /// A parameter of the query.
    Query(&'static [u8]),
}

/// Where keys are if nothing is said.
static X_API_KEY: Source = Source { place: Place::Header(field!("x-api-key")), before: None };

impl Default for Config {
    fn default() -> Self {
        Self {
            last_source: Some(&X_API_KEY),
            keys: Keys::default(),
            consumer_header: field!("x-consumer"),
            forward: false,
            json: false,
            realm: field!("api"),
        }
    }
}

impl Config {
    pub fn sources(&self) -> impl Iterator<Item = Place> {
        successors(self.last_source, |source| source.before).map(|source| source.place)
    }

    pub fn read(&mut self, plugin: &PluginContext<'_>, value: Value<'_, 'static>) -> Result<()> {
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            if name == b"sources" {
                self.read_sources(plugin, value)?;
            } else if name == b"keys" {
                self.read_keys(plugin, value)?;
            } else if name == b"consumer_header" {
                self.consumer_header = header(value)?;
            } else if name == b"forward" {
                self.forward = value.boolean()?;
            } else if name == b"body" {
                self.json = value.parse("\"text\" or \"json\"", is_json)?;
            } else if name == b"realm" {
                self.realm = value.parse("a realm", realm)?;
            } else {
                return Err(value.unknown());
            }
        }
        if self.keys.last.is_none() {
            return Err(object.missing("keys"));
        }
        let consumer = self.consumer_header.as_bytes();
        for source in self.sources() {
            if let Place::Header(name) = source
                && name.as_bytes().eq_ignore_ascii_case(consumer)
            {
                return Err(object.wrong("a \"consumer_header\" that is no source of keys"));
            }
        }
        Ok(())
    }

    fn read_sources(
        &mut self,
        plugin: &PluginContext<'_>,
        value: Value<'_, 'static>,
    ) -> Result<()> {
        let mut count = 0_usize;
        self.last_source = None;
        let mut list = value.list()?;
        while let Some(value) = list.next()? {
            let source = Source { place: read_place(value)?, before: self.last_source };
            count = count.wrapping_add(1);
            match plugin.keep_value(|| source) {
                Ok(source) if count <= MOST_SOURCES => self.last_source = Some(source),
                _ => return Err(list.wrong("8 sources at most")),
            }
        }
        if self.last_source.is_none() {
            return Err(list.wrong("a source"));
        }
        Ok(())
    }

    fn read_keys(&mut self, plugin: &PluginContext<'_>, value: Value<'_, 'static>) -> Result<()> {
        let mut count = 0_usize;
        let mut list = value.list()?;
        while let Some(value) = list.next()? {
            let (mut hash, mut consumer) = (None, None);
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                if name == b"sha256" {
                    hash = Some(value.parse("the SHA-256 of a key, in hexadecimal", sha256)?);
                } else if name == b"consumer" {
                    consumer = Some(text(value, "a consumer's name")?);
                } else {
                    return Err(value.unknown());
                }
            }
            let hash = hash.ok_or_else(|| object.missing("sha256"))?;
            let consumer = consumer.ok_or_else(|| object.missing("consumer"))?;
            if self.keys.iter().any(|key| key.hash == hash) {
                return Err(object.wrong("a key that is not listed before"));
            }
            count = count.wrapping_add(1);
            let key = plugin.keep_value(|| Key { hash, consumer, before: self.keys.last });
            match key {
                Ok(key) if count <= MOST_KEYS => self.keys.last = Some(key),
                _ => return Err(list.wrong("1000 keys at most")),
            }
        }
        Ok(())
    }
}

fn read_place(value: Value<'_, 'static>) -> Result<Place> {
    let mut place = None;
    let mut object = value.object()?;
    while let Some((name, value)) = object.next()? {
        if place.is_some() {
            return Err(value.wrong("one \"header\" or one \"query\""));
        }
        place = if name == b"header" {
            Some(Place::Header(header(value)?))
        } else if name == b"query" {
            Some(Place::Query(text(value, "a parameter's name")?.as_bytes()))
        } else {
            return Err(value.unknown());
        };
    }
    place.ok_or_else(|| object.wrong("a \"header\" or a \"query\""))
}

#[inline(never)]
fn header(value: Value<'_, 'static>) -> Result<Field<'static>> {
    value.parse("a header's name", |text| Field::name(text).ok())
}

/// A text that can be a header's value.
#[inline(never)]
fn text(value: Value<'_, 'static>, expected: &'static str) -> Result<Field<'static>> {
    value.parse(expected, short)
}

fn short(text: &'static [u8]) -> Option<Field<'static>> {
    Field::new(text).ok().filter(|_| (1..=LONGEST_TEXT).contains(&text.len()))
}

/// What can stand between quotes in a header.
fn realm(text: &'static [u8]) -> Option<Field<'static>> {
    let plain = |byte: &u8| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    short(text).filter(|_| text.iter().all(plain))
}

fn is_json(text: &[u8]) -> Option<bool> {
    match text {
        b"json" => Some(true),
        b"text" => Some(false),
        _ => None,
    }
}

/// A hash in hexadecimal, but for that of nothing, which is what an empty variable gives.
pub fn sha256(text: &[u8]) -> Option<Hash> {
    let mut hash = Hash::default();
    let (words, rest) = text.as_chunks::<8>();
    if words.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (word, digits) in hash.iter_mut().zip(words) {
        *word = digits
            .iter()
            .try_fold(0, |word, digit| Some(word << 4 | char::from(*digit).to_digit(16)?))?;
    }
    (hash != keys::hash(Decoded::plain(b""))).then_some(hash)
}
