//! The configuration.

use whit::Field;
use whit::json::{Result, Value};

use crate::bucket::{self, Limit};

/// What the operator configures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config<'a> {
    /// Plugins of one name share their buckets.
    pub name: &'a [u8],
    pub limit: Limit,
    pub key: Key<'a>,
    pub missing: Missing,
    /// How many buckets there are.
    pub slots: u32,
    pub headers: Headers,
    /// Whether all responses tell the client of its limit, or only those to limited requests.
    pub tells_all: bool,
    /// Whether requests pass when the host fails.
    pub fail_open: bool,
}

/// Whose requests share a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key<'a> {
    #[default]
    All,
    Address,
    Path,
    /// The value of this header.
    Header(&'a [u8]),
}

/// What becomes of a request without a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    Allow,
    Deny,
    /// It shares a bucket with all of its kind.
    #[default]
    Shared,
}

/// In which headers a client is told of its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Headers {
    /// Those of the IETF's draft.
    #[default]
    Ietf,
    /// Those that were there before: `x-ratelimit-…`.
    XRatelimit,
    None,
}

const PERIODS: &[(&str, u32)] = &[("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];
const KEYS: &[(&str, Key<'static>)] =
    &[("address", Key::Address), ("path", Key::Path), ("all", Key::All)];
const MISSING: &[(&str, Missing)] =
    &[("allow", Missing::Allow), ("deny", Missing::Deny), ("shared", Missing::Shared)];
const HEADERS: &[(&str, Headers)] =
    &[("ietf", Headers::Ietf), ("x-ratelimit", Headers::XRatelimit), ("none", Headers::None)];
const RESPONSES: &[(&str, bool)] = &[("limited", false), ("all", true)];
const FAILURE: &[(&str, bool)] = &[("allow", true), ("deny", false)];

impl<'a> Config<'a> {
    pub fn read(value: Value<'_, 'a>) -> Result<Self> {
        let (mut name, mut requests, mut seconds, mut burst) = (None, None, 1, None);
        let (mut key, mut missing, mut slots) = (None, None, None);
        let (mut headers, mut tells_all, mut fail_open) = (Headers::Ietf, None, true);
        let mut object = value.object()?;
        while let Some((field, value)) = object.next()? {
            match field {
                // As conditions: patterns of bytes would be compared byte by byte, in more code.
                _ if field == b"name" => name = Some(value.parse(NAME, name_of)?),
                _ if field == b"requests" => requests = Some(value.integer(1..=bucket::MOST)?),
                _ if field == b"per" => {
                    seconds = value.choice("second, minute, hour or day", PERIODS)?
                }
                _ if field == b"burst" => burst = Some(value.integer(1..=bucket::MOST)?),
                _ if field == b"key" || field == b"header" => {
                    if key.is_some() {
                        return Err(value.wrong("either key or header, once,"));
                    }
                    key = Some(if field == b"key" {
                        value.choice("address, path or all", KEYS)?
                    } else {
                        Key::Header(value.parse("the name of a header", header_of)?)
                    });
                }
                _ if field == b"missing" => {
                    missing = Some(value.choice("allow, deny or shared", MISSING)?)
                }
                _ if field == b"slots" => slots = Some(value.integer(1..=65_536)?),
                _ if field == b"headers" => {
                    headers = value.choice("ietf, x-ratelimit or none", HEADERS)?
                }
                _ if field == b"responses" => {
                    tells_all = Some(value.choice("limited or all", RESPONSES)?)
                }
                _ if field == b"on_failure" => {
                    fail_open = value.choice("allow or deny", FAILURE)?
                }
                _ => return Err(value.unknown()),
            }
        }
        let name = name.ok_or_else(|| object.missing("name"))?;
        let requests = requests.ok_or_else(|| object.missing("requests"))?;
        let key = key.unwrap_or(Key::Address);
        if key == Key::All && (missing.is_some() || slots.is_some()) {
            return Err(object.wrong("no missing or slots, since all requests share a bucket,"));
        }
        if headers == Headers::None && tells_all.is_some() {
            return Err(object.wrong("no responses, since there are no headers,"));
        }
        Ok(Self {
            name,
            limit: Limit::new(requests, seconds, burst.unwrap_or(requests)),
            key,
            missing: missing.unwrap_or_default(),
            slots: if key == Key::All { 1 } else { slots.unwrap_or(1024) },
            headers,
            tells_all: tells_all.unwrap_or(false),
            fail_open,
        })
    }
}

const NAME: &str = "a name of 1 to 64 printable characters, no quote or backslash,";

/// What stands between quotes in the headers that tell of a limit, as it is.
fn name_of(name: &[u8]) -> Option<&[u8]> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    (matches!(name.len(), 1..=64) && name.iter().all(plain)).then_some(name)
}

/// A pseudo-header begins with a colon.
fn header_of(name: &[u8]) -> Option<&[u8]> {
    Field::name(name.strip_prefix(b":").unwrap_or(name)).is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::{String, ToString};

    use whit::json;

    use super::*;

    /// Where it is wrong: column and field.
    fn wrong(text: &str) -> (u32, String) {
        let mut bytes = text.as_bytes().to_vec();
        let error = json::read(&mut bytes, |value| Config::read(value).map(|_| ()))
            .expect_err("it is refused");
        (error.column, String::from_utf8_lossy(error.name()).to_string())
    }

    fn read(text: &str, check: impl FnOnce(Config<'_>)) {
        json::read(&mut text.as_bytes().to_vec(), |value| Config::read(value).map(check))
            .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        read(r#"{"name":"a","requests":7}"#, |config| {
            assert_eq!((config.name, config.key, config.slots), (&b"a"[..], Key::Address, 1024));
            assert_eq!((config.missing, config.headers), (Missing::Shared, Headers::Ietf));
            assert_eq!((config.tells_all, config.fail_open), (false, true));
        });
        read(r#"{"name":"a","requests":7,"key":"all"}"#, |config| assert_eq!(config.slots, 1));
    }

    #[test]
    fn a_key_can_be_a_header() {
        read(r#"{"name":"a","requests":7,"header":"X-Api-Key"}"#, |config| {
            assert_eq!(config.key, Key::Header(b"X-Api-Key"));
        });
        read(r#"{"name":"a","requests":7,"header":":authority"}"#, |_| {});
        for name in ["", ":", "a b", "a:", "a\\n", "ü", "::a"] {
            let text = r#"{"name":"a","requests":7,"header":"?"}"#.replace('?', name);
            assert_eq!(wrong(&text), (35, "header".to_string()), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_where_it_stands() {
        for (text, column, name) in [
            ("", 1, ""),
            ("[]", 1, ""),
            (r#"{"name":"","requests":1}"#, 9, "name"),
            (r#"{"name":1}"#, 9, "name"),
            (r#"{"name":"a\"b","requests":1}"#, 9, "name"),
            (r#"{"name":"a\\b","requests":1}"#, 9, "name"),
            (r#"{"name":"a\tb","requests":1}"#, 9, "name"),
            (r#"{"name":"ä","requests":1}"#, 9, "name"),
            (r#"{"name":"a","requests":0}"#, 24, "requests"),
            (r#"{"name":"a","requests":1000001}"#, 24, "requests"),
            (r#"{"name":"a","requests":1.5}"#, 24, "requests"),
            (r#"{"name":"a","requests":1,"burst":0}"#, 34, "burst"),
            (r#"{"name":"a","requests":1,"per":"week"}"#, 32, "per"),
            (r#"{"name":"a","requests":1,"slots":65537}"#, 34, "slots"),
            (r#"{"name":"a","requests":1,"key":"ip"}"#, 32, "key"),
            (r#"{"name":"a","requests":1,"key":null}"#, 32, "key"),
            (r#"{"name":"a","requests":1,"key":"all","header":"a"}"#, 47, "header"),
            (r#"{"name":"a","requests":1,"header":"a","header":"b"}"#, 48, "header"),
            (r#"{"name":"a","requests":1,"missing":"pass"}"#, 36, "missing"),
            (r#"{"name":"a","requests":1,"headers":true}"#, 36, "headers"),
            (r#"{"name":"a","requests":1,"headers":"always"}"#, 36, "headers"),
            (r#"{"name":"a","requests":1,"responses":"429"}"#, 38, "responses"),
            (r#"{"name":"a","requests":1,"responses":"all","headers":"none"}"#, 60, "headers"),
            (r#"{"name":"a","requests":1,"on_failure":"open"}"#, 39, "on_failure"),
            (r#"{"name":"a","requests":1,"limit":1}"#, 34, "limit"),
            (r#"{"name":"a"}"#, 12, ""),
            (r#"{"requests":1}"#, 14, ""),
            (r#"{"name":"a","requests":1,"key":"all","slots":2}"#, 47, "slots"),
        ] {
            assert_eq!(wrong(text), (column, name.to_string()), "{text}");
        }
    }
}
