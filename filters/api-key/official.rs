//! `api-key` on the official crate.

use std::collections::HashSet;
use std::rc::Rc;

use log::error;
use proxy_wasm::hostcalls::{define_metric, increment_metric};
use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use sha2_official::{Digest, Sha256};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
}}

const LONGEST_KEY: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "default_sources", deserialize_with = "sources")]
    sources: Vec<Source>,
    #[serde(deserialize_with = "keys")]
    keys: Vec<Key>,
    #[serde(default = "default_consumer_header", deserialize_with = "header")]
    consumer_header: String,
    #[serde(default)]
    forward: bool,
    #[serde(default)]
    body: Body,
    #[serde(default = "default_realm", deserialize_with = "realm")]
    realm: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    #[serde(deserialize_with = "header")]
    Header(String),
    #[serde(deserialize_with = "short")]
    Query(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    #[serde(deserialize_with = "sha256")]
    sha256: [u8; 32],
    #[serde(deserialize_with = "short")]
    consumer: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    #[default]
    Text,
    Json,
}

fn default_sources() -> Vec<Source> {
    vec![Source::Header("x-api-key".to_owned())]
}

fn default_consumer_header() -> String {
    "x-consumer".to_owned()
}

fn default_realm() -> String {
    "api".to_owned()
}

fn sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Source>, D::Error> {
    let sources = Vec::deserialize(deserializer)?;
    match sources.len() {
        1..=8 => Ok(sources),
        _ => Err(D::Error::custom("1 to 8 sources expected")),
    }
}

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Key>, D::Error> {
    let keys: Vec<Key> = Vec::deserialize(deserializer)?;
    let hashes: HashSet<_> = keys.iter().map(|key| key.sha256).collect();
    if keys.is_empty() || keys.len() > 1000 || hashes.len() < keys.len() {
        return Err(D::Error::custom("keys expected, each once, and 1000 at most"));
    }
    Ok(keys)
}

fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(D::Error::custom("a header's name expected"));
    }
    Ok(name.to_lowercase())
}

fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() || text.len() > 256 || text.contains(['\r', '\n', '\0']) {
        return Err(D::Error::custom("a short text expected"));
    }
    Ok(text)
}

fn realm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let realm = short(deserializer)?;
    if !realm.chars().all(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')) {
        return Err(D::Error::custom("a realm expected"));
    }
    Ok(realm)
}

fn sha256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut hash = [0; 32];
    let digits = text.as_bytes();
    let is_hash = digits.len() == 64
        && digits.chunks(2).zip(&mut hash).all(|(digits, byte)| match digit_pair(digits) {
            Some(value) => {
                *byte = value;
                true
            }
            None => false,
        });
    if !is_hash || hash[..] == Sha256::digest([])[..] {
        return Err(D::Error::custom("the SHA-256 of a key expected, in hexadecimal"));
    }
    Ok(hash)
}

fn digit_pair(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

#[derive(Clone, Copy, Default)]
struct Metrics {
    allowed: u32,
    missing: u32,
    several: u32,
    unknown: u32,
}

#[derive(Default)]
struct Root {
    config: Option<Rc<Config>>,
    metrics: Metrics,
}

impl Context for Root {}

impl Root {
    fn configure(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let config: Config = serde_json::from_slice(&bytes)?;
        for source in &config.sources {
            if matches!(source, Source::Header(name) if *name == config.consumer_header) {
                return Err("a \"consumer_header\" that is no source of keys expected".into());
            }
        }
        self.config = Some(Rc::new(config));
        let counter = |name| {
            define_metric(MetricType::Counter, name).map_err(|_| format!("cannot define {name}"))
        };
        self.metrics = Metrics {
            allowed: counter("api_key.allowed")?,
            missing: counter("api_key.denied_missing")?,
            several: counter("api_key.denied_several")?,
            unknown: counter("api_key.denied_unknown")?,
        };
        Ok(())
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        self.configure().inspect_err(|error| error!("{error}")).is_ok()
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let config = self.config.clone()?;
        Some(Box::new(ApiKey { config, metrics: self.metrics }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct ApiKey {
    config: Rc<Config>,
    metrics: Metrics,
}

impl Context for ApiKey {}

impl HttpContext for ApiKey {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let mut shown: Vec<Vec<u8>> = Vec::new();
        for (name, value) in self.get_http_request_headers_bytes() {
            for source in &self.config.sources {
                match source {
                    Source::Header(header) if *header == name => shown.push(value.clone()),
                    Source::Query(parameter) if name == ":path" => {
                        shown.extend(values(&value, parameter));
                    }
                    _ => {}
                }
            }
        }
        shown.retain(|key| !key.is_empty());
        let Some(key) = shown.first() else {
            return self.deny(self.metrics.missing, "no API key");
        };
        if shown.iter().any(|other| other != key) {
            return self.deny(self.metrics.several, "more than one API key");
        }
        let Some(consumer) = self.consumer(key) else {
            return self.deny(self.metrics.unknown, "unknown API key");
        };
        if !self.config.forward {
            self.hide();
        }
        self.set_http_request_header(&self.config.consumer_header, Some(consumer));
        let _ = increment_metric(self.metrics.allowed, 1);
        Action::Continue
    }
}

impl ApiKey {
    /// Whose key it is. All keys are looked at, and all of each.
    fn consumer(&self, key: &[u8]) -> Option<&str> {
        if key.len() > LONGEST_KEY {
            return None;
        }
        let hash = Sha256::digest(key);
        let mut found = None;
        for key in &self.config.keys {
            let different = key.sha256.iter().zip(&hash).fold(0, |bits, (a, b)| bits | (a ^ b));
            if std::hint::black_box(different) == 0 {
                found = Some(key.consumer.as_str());
            }
        }
        found
    }

    /// Takes out of the request what may be a key.
    fn hide(&self) {
        for source in &self.config.sources {
            match source {
                Source::Header(name) => self.set_http_request_header(name, None),
                Source::Query(parameter) => {
                    let path = self.get_http_request_header_bytes(":path").unwrap_or_default();
                    let rest = without(&path, parameter);
                    if rest.len() != path.len() {
                        self.set_http_request_header_bytes(":path", Some(&rest));
                    }
                }
            }
        }
    }

    fn deny(&self, reason: u32, message: &str) -> Action {
        let _ = increment_metric(reason, 1);
        let (content_type, body) = match self.config.body {
            Body::Json => ("application/json", format!("{{\"error\":\"{message}\"}}\n")),
            Body::Text => ("text/plain", format!("{message}\n")),
        };
        let challenge = format!("ApiKey realm=\"{}\"", self.config.realm);
        let headers = vec![("www-authenticate", &*challenge), ("content-type", content_type)];
        self.send_http_response(401, headers, Some(body.as_bytes()));
        Action::Pause
    }
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'&' | b';')
}

/// What is before the first such byte, and what is behind it.
fn split(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == at);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The values of all parameters of this name.
fn values<'a>(path: &'a [u8], name: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
    let (_, query) = split(path, b'?');
    query.split(is_separator).filter_map(move |parameter| {
        let (found, value) = split(parameter, b'=');
        (decoded(found) == name.as_bytes()).then(|| decoded(value))
    })
}

/// The path without the parameters of this name.
fn without(path: &[u8], name: &str) -> Vec<u8> {
    let Some(mark) = path.iter().position(|byte| *byte == b'?') else { return path.to_vec() };
    let (mut rest, mut last) = (path[..=mark].to_vec(), false);
    for parameter in path[mark + 1..].split_inclusive(is_separator) {
        let bare = parameter.split(is_separator).next().unwrap_or_default();
        last = decoded(split(bare, b'=').0) == name.as_bytes();
        if !last {
            rest.extend(parameter);
        }
    }
    if last {
        rest.pop();
    }
    rest
}

/// Percent-decoded, as forms do it.
fn decoded(mut bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    while let [byte, rest @ ..] = bytes {
        bytes = rest;
        to.push(match byte {
            b'+' => b' ',
            b'%' => match rest.get(..2).and_then(digit_pair) {
                Some(byte) => {
                    bytes = &rest[2..];
                    byte
                }
                None => b'%',
            },
            byte => *byte,
        });
    }
    to
}
