//! `cors` on the official crate.

use std::rc::Rc;

use log::{debug, error};
use proxy_wasm::hostcalls;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The most bytes of an origin.
const MOST_BYTES: usize = 280;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
}}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(deserialize_with = "origins")]
    allow_origins: Vec<Pattern>,
    #[serde(default = "safe_methods", deserialize_with = "names")]
    allow_methods: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    allow_headers: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    expose_headers: Vec<String>,
    #[serde(default, deserialize_with = "age")]
    max_age: Option<u32>,
    #[serde(default)]
    allow_credentials: bool,
    #[serde(default)]
    any_origin_with_credentials: bool,
    #[serde(default)]
    allow_private_network: bool,
}

enum Pattern {
    Any,
    Null,
    One(String),
    /// What is before the labels that `*` stands for, and what is after them.
    Below(String, String),
}

fn safe_methods() -> Vec<String> {
    ["GET", "HEAD", "POST"].map(String::from).to_vec()
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let patterns: Option<Vec<_>> = items(&text).map(Pattern::parse).collect();
    patterns.filter(|patterns| !patterns.is_empty()).ok_or_else(|| {
        D::Error::custom(
            "origins such as https://a.example, https://*.a.example, null or * expected",
        )
    })
}

fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let names: Vec<_> = items(&text).map(String::from).collect();
    if names.is_empty() || !names.iter().all(|name| is_token(name)) {
        return Err(D::Error::custom("names with commas between, or * expected"));
    }
    Ok(names)
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(deserializer)? {
        age @ 0..=86_400 => Ok(Some(age)),
        _ => Err(D::Error::custom("a whole number from 0 to 86400 expected")),
    }
}

impl Config {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let anybody = config
            .allow_origins
            .iter()
            .any(|pattern| matches!(pattern, Pattern::Any | Pattern::Null));
        let credentials = config.allow_credentials;
        if credentials && anybody && !config.any_origin_with_credentials {
            Err(r#"* or null with "allow_credentials" needs "any_origin_with_credentials""#.into())
        } else if config.any_origin_with_credentials && !(credentials && anybody) {
            Err(r#""any_origin_with_credentials" needs "allow_credentials", and * or null"#.into())
        } else if config.allow_private_network && anybody {
            Err(r#"* or null with "allow_private_network": any site would reach into it"#.into())
        } else if credentials && is_any(&config.expose_headers) {
            Err(r#"* in "expose_headers" means nothing with "allow_credentials""#.into())
        } else {
            Ok(config)
        }
    }

    fn depends_on_origin(&self) -> bool {
        self.allow_credentials
            || !self.allow_origins.iter().any(|pattern| matches!(pattern, Pattern::Any))
    }

    fn allows_origin(&self, origin: &str) -> bool {
        !self.depends_on_origin()
            || self.allow_origins.iter().any(|pattern| pattern.matches(origin))
    }

    fn allows(&self, preflight: &Preflight) -> bool {
        let allows_header = |name: &str| {
            is_any(&self.allow_headers)
                || self.allow_headers.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
        };
        preflight.is_sound()
            && (is_any(&self.allow_methods)
                || self.allow_methods.contains(&preflight.method)
                || ["GET", "HEAD", "POST"].contains(&preflight.method.as_str()))
            && items(&preflight.headers).all(allows_header)
            && (self.allow_private_network || !preflight.private_network)
    }
}

fn is_any(names: &[String]) -> bool {
    names.iter().any(|name| name == "*")
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => return Some(Self::Any),
            "null" => return Some(Self::Null),
            _ => {}
        }
        let (scheme, authority) = text.split_once("://")?;
        let domain = authority.strip_prefix("*.");
        let (host, port) = host_and_port(domain.unwrap_or(authority));
        if !is_scheme(scheme) || !port.is_none_or(|port| is_port(scheme, port)) {
            return None;
        }
        let Some(domain) = domain else {
            return (is_name(host) || is_address(host)).then(|| Self::One(text.to_owned()));
        };
        // Below a top-level domain are all of its sites.
        let is_narrow = host.contains('.') || host == "localhost";
        (is_name(host) && is_narrow)
            .then(|| Self::Below(format!("{scheme}://"), format!(".{domain}")))
    }

    fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Any => matches!(Self::parse(origin), Some(Self::One(_))),
            Self::Null => origin == "null",
            Self::One(one) => origin == one,
            Self::Below(before, after) => origin
                .strip_prefix(before.as_str())
                .and_then(|rest| rest.strip_suffix(after.as_str()))
                .is_some_and(is_name),
        }
    }
}

fn host_and_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && is_lower(text, "+-.")
}

fn is_name(text: &str) -> bool {
    text.split('.').all(|label| is_lower(label, "-_"))
}

fn is_address(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .is_some_and(|text| is_lower(text, ":"))
}

fn is_port(scheme: &str, port: &str) -> bool {
    let own = if scheme == "http" { "80" } else { "443" };
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port != own
}

fn is_lower(text: &str, others: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
    !text.is_empty() && text.chars().all(is_part)
}

fn is_token(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c);
    !text.is_empty() && text.chars().all(is_part)
}

#[derive(Default)]
struct Root {
    config: Rc<Config>,
    metrics: Metrics,
}

#[derive(Clone, Copy, Default)]
struct Metrics {
    preflights: u32,
    allowed: u32,
    denied: u32,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        match Config::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(config) => self.config = Rc::new(config),
            Err(error) => {
                error!("invalid configuration: {error}");
                return false;
            }
        }
        let define = |name| hostcalls::define_metric(MetricType::Counter, name).unwrap_or_default();
        self.metrics = Metrics {
            preflights: define("cors.preflights"),
            allowed: define("cors.allowed"),
            denied: define("cors.denied"),
        };
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Cors {
            config: Rc::clone(&self.config),
            metrics: self.metrics,
            origin: None,
            preflight: None,
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Cors {
    config: Rc<Config>,
    metrics: Metrics,
    /// The origin, if it is allowed.
    origin: Option<String>,
    /// What was asked for, and is answered here.
    preflight: Option<Preflight>,
}

#[derive(Default)]
struct Preflight {
    method: String,
    headers: String,
    private_network: bool,
}

impl Preflight {
    /// Whether what it asks for can be repeated to it.
    fn is_sound(&self) -> bool {
        self.headers.len() <= 4096 && is_token(&self.method) && items(&self.headers).all(is_token)
    }

    /// What it is told is allowed.
    fn told(&self, allowed: &[String], asked: &str) -> String {
        match is_any(allowed) {
            true if self.is_sound() => asked.to_owned(),
            true => String::new(),
            false => allowed.join(", "),
        }
    }
}

impl Cors {
    fn count(&self, metric: u32) {
        let _ = hostcalls::increment_metric(metric, 1);
    }

    fn add(&self, name: &str, value: &str) {
        if !value.is_empty() {
            self.add_http_response_header(name, value);
        }
    }

    fn varies_by_origin(&self) -> bool {
        let names_it = |item: &str| item == "*" || item.eq_ignore_ascii_case("origin");
        self.get_http_response_header_bytes("vary").is_some()
            && self.get_http_response_headers_bytes().iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("vary")
                    && items(&String::from_utf8_lossy(value)).any(names_it)
            })
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t']).filter(|item| !item.is_empty())
}

impl Context for Cors {}

impl HttpContext for Cors {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        if self.get_http_request_header_bytes("origin").is_none() {
            return Action::Continue;
        }
        let (mut origins, mut methods, mut headers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_options, mut private_network) = (false, false);
        for (name, value) in self.get_http_request_headers_bytes() {
            let value = String::from_utf8_lossy(&value).into_owned();
            match name.to_ascii_lowercase().as_str() {
                ":method" => is_options = value == "OPTIONS",
                "origin" => origins.push(value),
                "access-control-request-method" => methods.push(value),
                "access-control-request-headers" => headers.push(value),
                "access-control-request-private-network" => private_network = value == "true",
                _ => {}
            }
        }
        let preflight = (is_options && !methods.is_empty()).then(|| Preflight {
            // What is repeated is nothing that can be allowed.
            method: methods.join("/"),
            headers: headers.join("/"),
            private_network,
        });
        let origin = match origins.as_slice() {
            [origin]
                if (1..=MOST_BYTES).contains(&origin.len())
                    && self.config.allows_origin(origin) =>
            {
                Some(origin.clone())
            }
            _ => None,
        };
        if origin.is_some() && preflight.as_ref().is_none_or(|asked| self.config.allows(asked)) {
            self.count(self.metrics.allowed);
        } else {
            self.count(self.metrics.denied);
            debug!("denied to {}", origins.join(", "));
        }
        self.origin = origin;
        self.preflight = preflight;
        if self.preflight.is_none() {
            return Action::Continue;
        }
        self.count(self.metrics.preflights);
        self.send_http_response(204, Vec::new(), None);
        Action::Pause
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        let config = Rc::clone(&self.config);
        self.remove_http_response_header("access-control-allow-origin");
        self.remove_http_response_header("access-control-allow-credentials");
        self.remove_http_response_header("access-control-expose-headers");
        if config.depends_on_origin() && !self.varies_by_origin() {
            self.add_http_response_header("vary", "Origin");
        }
        if self.preflight.is_some() {
            self.add_http_response_header(
                "vary",
                "Access-Control-Request-Method, Access-Control-Request-Headers, \
                 Access-Control-Request-Private-Network",
            );
        }
        let origin = match &self.origin {
            _ if !config.depends_on_origin() => "*",
            Some(origin) => origin,
            None => return Action::Continue,
        };
        self.add("access-control-allow-origin", origin);
        if config.allow_credentials {
            self.add("access-control-allow-credentials", "true");
        }
        let Some(preflight) = &self.preflight else {
            self.add("access-control-expose-headers", &config.expose_headers.join(", "));
            return Action::Continue;
        };
        let methods = preflight.told(&config.allow_methods, &preflight.method);
        self.add("access-control-allow-methods", &methods);
        let headers = preflight.told(&config.allow_headers, &preflight.headers);
        self.add("access-control-allow-headers", &headers);
        if config.allow_private_network && preflight.private_network {
            self.add("access-control-allow-private-network", "true");
        }
        if let Some(seconds) = config.max_age {
            self.add("access-control-max-age", &seconds.to_string());
        }
        Action::Continue
    }
}
