//! The configuration.

use core::time::Duration;

use whit::json::{Result, Value};

use crate::name::{Names, can_be_copied};
use crate::question::can_be_asked;

/// What the operator configures.
#[derive(Debug, Default)]
pub struct Config {
    pub cluster: &'static [u8],
    pub authority: &'static [u8],
    pub path: &'static [u8],
    /// Whether the request's own path follows.
    pub is_prefix: bool,
    pub timeout: Duration,
    /// The request's headers that the service gets.
    pub request_headers: Names<'static>,
    /// The headers of a good answer that the upstream gets.
    pub upstream_headers: Names<'static>,
    /// The headers of another answer that the client gets.
    pub client_headers: Names<'static>,
    /// The most bytes that the client gets of an answer.
    pub most_body: usize,
    /// Whether requests pass when the service fails.
    pub fail_open: bool,
    /// How much is kept of what the service has allowed, and for how long; by default nothing is.
    pub cache_entries: u32,
    pub cache_seconds: u32,
}

impl Config {
    pub fn read(value: Value<'_, 'static>) -> Result<Self> {
        let mut config = Self {
            timeout: Duration::from_secs(1),
            request_headers: Names::some(&[
                b":method",
                b":scheme",
                b":authority",
                b":path",
                b"authorization",
            ]),
            client_headers: Names::some(&[b"content-type", b"location", b"www-authenticate"]),
            most_body: 4096,
            ..Self::default()
        };
        let mut object = value.object()?;
        while let Some((field, value)) = object.next()? {
            match field {
                // As conditions: patterns of bytes would be compared byte by byte, in more code.
                _ if field == b"cluster" => {
                    config.cluster = value.parse("the name of a cluster", text)?
                }
                _ if field == b"authority" => config.authority = value.parse("a host", text)?,
                _ if field == b"path" || field == b"path_prefix" => {
                    if !config.path.is_empty() {
                        return Err(value.wrong("either path or path_prefix, once,"));
                    }
                    config.path = value.parse("a path from / on", path)?;
                    config.is_prefix = field == b"path_prefix";
                }
                _ if field == b"timeout_ms" => {
                    config.timeout = Duration::from_millis(value.integer(1..=60_000_u32)?.into())
                }
                _ if field == b"request_headers" => {
                    config.request_headers = read_names(value, can_be_asked)?
                }
                _ if field == b"upstream_headers" => {
                    config.upstream_headers = read_names(value, can_be_copied)?
                }
                _ if field == b"client_headers" => {
                    config.client_headers = read_names(value, can_be_copied)?
                }
                _ if field == b"max_body" => {
                    config.most_body = value.integer(0..=65_536_u32)? as usize
                }
                _ if field == b"on_failure" => {
                    config.fail_open = value.choice("allow or deny", FAILURE)?
                }
                _ if field == b"cache_seconds" => {
                    config.cache_seconds = value.integer(1..=3600_u32)?
                }
                _ if field == b"cache_entries" => {
                    config.cache_entries = value.integer(1..=1024_u32)?
                }
                _ => return Err(value.unknown()),
            }
        }
        match (config.cache_seconds, config.cache_entries) {
            (0, 1..) => return Err(object.missing("cache_seconds")),
            (1.., 0) => config.cache_entries = 256,
            _ => {}
        }
        if config.cluster.is_empty() {
            return Err(object.missing("cluster"));
        }
        if config.authority.is_empty() {
            config.authority = config.cluster;
        }
        if config.path.is_empty() {
            config.path = b"/";
        }
        Ok(config)
    }
}

const FAILURE: &[(&str, bool)] = &[("allow", true), ("deny", false)];

fn read_names(value: Value<'_, 'static>, is_one: fn(&[u8]) -> bool) -> Result<Names<'static>> {
    let mut names = Names::default();
    let mut list = value.list()?;
    while let Some(item) = list.next()? {
        item.parse("at most sixteen names of headers that can be copied", |name| {
            (is_one(name) && names.push(name)).then_some(())
        })?;
    }
    if names.is_empty() {
        return Err(list.wrong("the name of a header"));
    }
    Ok(names)
}

fn text(text: &[u8]) -> Option<&[u8]> {
    (matches!(text.len(), 1..=1024) && text.iter().all(u8::is_ascii_graphic)).then_some(text)
}

fn path(path: &[u8]) -> Option<&[u8]> {
    text(path).filter(|path| path.starts_with(b"/"))
}
