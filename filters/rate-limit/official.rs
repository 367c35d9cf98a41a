//! `rate-limit` on the official crate.

use std::net::Ipv6Addr;
use std::time::UNIX_EPOCH;

use log::error;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use serde::Deserialize;
use siphasher::sip::SipHasher24;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
}}

// The crate `getrandom` has no backend for wasm32-unknown-unknown.
#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

/// Units in a token: microseconds in a day.
const TOKEN: u64 = 86_400_000_000;
/// A clock that is behind by more was set back, in microseconds.
const TOLERANCE: u64 = 1_000_000;
const ATTEMPTS: u32 = 100;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: String,
    requests: u32,
    #[serde(default)]
    per: Period,
    burst: Option<u32>,
    key: Option<Key>,
    header: Option<String>,
    missing: Option<Missing>,
    slots: Option<u32>,
    #[serde(default)]
    headers: Headers,
    responses: Option<Responses>,
    #[serde(default)]
    on_failure: OnFailure,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Period {
    #[default]
    Second,
    Minute,
    Hour,
    Day,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Address,
    Path,
    All,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Missing {
    Allow,
    Deny,
    #[default]
    Shared,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Headers {
    #[default]
    Ietf,
    #[serde(rename = "x-ratelimit")]
    XRatelimit,
    None,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Responses {
    Limited,
    All,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnFailure {
    #[default]
    Allow,
    Deny,
}

impl Config {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let plain = |char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\');
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(plain) {
            return Err("name: 1 to 64 printable characters expected".to_owned());
        }
        if !(1..=1_000_000).contains(&self.requests) {
            return Err("requests: 1 to 1000000 expected".to_owned());
        }
        if !(1..=1_000_000).contains(&self.burst()) {
            return Err("burst: 1 to 1000000 expected".to_owned());
        }
        if !(1..=65_536).contains(&self.slots()) {
            return Err("slots: 1 to 65536 expected".to_owned());
        }
        if self.key.is_some() && self.header.is_some() {
            return Err("either key or header expected".to_owned());
        }
        if self.is_for_all() && (self.missing.is_some() || self.slots.is_some()) {
            return Err("missing, slots: all requests share a bucket".to_owned());
        }
        if self.headers == Headers::None && self.responses.is_some() {
            return Err("responses: there are no headers".to_owned());
        }
        match &self.header {
            Some(name) if !is_header(name) => Err("header: a name expected".to_owned()),
            _ => Ok(()),
        }
    }

    fn burst(&self) -> u32 {
        self.burst.unwrap_or(self.requests)
    }

    fn is_for_all(&self) -> bool {
        self.key == Some(Key::All)
    }

    fn slots(&self) -> u32 {
        if self.is_for_all() { 1 } else { self.slots.unwrap_or(1024) }
    }

    fn limit(&self) -> Limit {
        let in_a_day = match self.per {
            Period::Second => 86_400,
            Period::Minute => 1440,
            Period::Hour => 24,
            Period::Day => 1,
        };
        Limit {
            gain: u64::from(self.requests) * in_a_day,
            capacity: u64::from(self.burst()) * TOKEN,
        }
    }
}

fn is_header(name: &str) -> bool {
    let rest = name.strip_prefix(':').unwrap_or(name);
    let token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    !rest.is_empty() && rest.chars().all(token)
}

#[derive(Clone, Copy)]
struct Limit {
    gain: u64,
    capacity: u64,
}

#[derive(Clone, Copy)]
struct Quota {
    limit: u64,
    window: u64,
    remaining: u64,
    next: u64,
    full: u64,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: u64,
    at: u64,
}

impl Limit {
    fn quota(&self, bucket: Bucket) -> Quota {
        let seconds = |units: u64| units.div_ceil(self.gain).div_ceil(1_000_000);
        Quota {
            limit: self.capacity / TOKEN,
            window: seconds(self.capacity),
            remaining: bucket.level / TOKEN,
            next: seconds(TOKEN - bucket.level % TOKEN),
            full: seconds(self.capacity.saturating_sub(bucket.level)),
        }
    }
}

impl Bucket {
    const FULL: Self = Self { level: u64::MAX, at: 0 };

    fn at(self, now: u64, limit: &Limit) -> Self {
        let level = self.level.min(limit.capacity);
        match now.checked_sub(self.at) {
            Some(elapsed) => {
                let gained = elapsed.min(limit.capacity / limit.gain + 1) * limit.gain;
                Self { level: (level + gained).min(limit.capacity), at: now }
            }
            None if self.at - now <= TOLERANCE => Self { level, at: self.at },
            None => Self { level: level.max(TOKEN), at: now },
        }
    }

    fn take(self) -> Option<Self> {
        Some(Self { level: self.level.checked_sub(TOKEN)?, ..self })
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (level, at) = bytes.split_at_checked(8)?;
        Some(Self {
            level: u64::from_le_bytes(level.try_into().ok()?),
            at: u64::from_le_bytes(at.try_into().ok()?),
        })
    }

    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.level.to_le_bytes());
        bytes[8..].copy_from_slice(&self.at.to_le_bytes());
        bytes
    }
}

#[derive(Clone)]
struct Slots {
    name: String,
    count: u32,
    seed: [u8; 16],
}

impl Slots {
    fn prepare(name: &str, count: u32) -> Result<Self, Status> {
        let key = format!("rate-limit made {name}");
        let made = |value: &[u8]| -> Result<([u8; 16], u32), Status> {
            let (seed, slots) = value.split_first_chunk().ok_or(Status::ParseFailure)?;
            let slots = slots.try_into().map_err(|_| Status::ParseFailure)?;
            Ok((*seed, u32::from_le_bytes(slots)))
        };
        let first = match hostcalls::get_shared_data(&key)? {
            (Some(value), _) => made(&value)?.1,
            (None, _) => 0,
        };
        for slot in first..count {
            let key = slot_key(name, slot);
            if hostcalls::get_shared_data(&key)?.0.is_none() {
                hostcalls::set_shared_data(&key, Some(&Bucket::FULL.bytes()), None)?;
            }
        }
        for _ in 0..ATTEMPTS {
            let (old, cas) = hostcalls::get_shared_data(&key)?;
            let (seed, slots) = match old {
                Some(old) => made(&old)?,
                None => (random(), 0),
            };
            let value = [&seed[..], &slots.max(count).to_le_bytes()].concat();
            match hostcalls::set_shared_data(&key, Some(&value), cas) {
                Ok(()) => return Ok(Self { name: name.to_owned(), count, seed }),
                Err(Status::CasMismatch) => {}
                Err(status) => return Err(status),
            }
        }
        Err(Status::CasMismatch)
    }

    /// What is left, and whether a token was taken.
    fn take(&self, limit: &Limit, key: &[u8], now: u64) -> Result<(bool, Bucket), Status> {
        let slot = SipHasher24::new_with_key(&self.seed).hash(key) % u64::from(self.count);
        let key = slot_key(&self.name, slot as u32);
        for _ in 0..ATTEMPTS {
            let (Some(value), cas) = hostcalls::get_shared_data(&key)? else {
                return Err(Status::NotFound);
            };
            let bucket = Bucket::read(&value).ok_or(Status::ParseFailure)?.at(now, limit);
            let Some(left) = bucket.take() else { return Ok((false, bucket)) };
            match hostcalls::set_shared_data(&key, Some(&left.bytes()), cas) {
                Ok(()) => return Ok((true, left)),
                Err(Status::CasMismatch) => {}
                Err(status) => return Err(status),
            }
        }
        Err(Status::CasMismatch)
    }
}

fn slot_key(name: &str, slot: u32) -> String {
    format!("rate-limit {slot} {name}")
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    // SAFETY: the host writes as many bytes as the array has.
    let errno = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    assert_eq!(errno, 0);
    bytes
}

/// All of an IPv4 address, half of an IPv6 one, without the port.
fn network(address: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&address) else { return address };
    let Some((host, _)) = text.rsplit_once(':') else { return address };
    let Some(ipv6) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) else {
        return host.as_bytes().to_vec();
    };
    match ipv6.parse::<Ipv6Addr>() {
        Ok(parsed) if parsed.to_ipv4_mapped().is_none() => parsed.octets()[..8].to_vec(),
        _ => ipv6.as_bytes().to_vec(),
    }
}

#[derive(Clone, Copy)]
struct Counters {
    allowed: u32,
    limited: u32,
    missing: u32,
    errors: u32,
}

impl Counters {
    fn define() -> Result<Self, Status> {
        let define = |name| hostcalls::define_metric(MetricType::Counter, name);
        Ok(Self {
            allowed: define("rate_limit.allowed")?,
            limited: define("rate_limit.limited")?,
            missing: define("rate_limit.missing")?,
            errors: define("rate_limit.errors")?,
        })
    }
}

#[derive(Clone)]
struct Limiter {
    config: Config,
    limit: Limit,
    slots: Slots,
    counters: Counters,
}

#[derive(Default)]
struct Root {
    limiter: Option<Limiter>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let config = match Config::read(&bytes) {
            Ok(config) => config,
            Err(error) => {
                error!("on_configure: {error}");
                return false;
            }
        };
        let (slots, counters) =
            match (Slots::prepare(&config.name, config.slots()), Counters::define()) {
                (Ok(slots), Ok(counters)) => (slots, counters),
                (Err(status), _) | (_, Err(status)) => {
                    error!("on_configure: {status:?}");
                    return false;
                }
            };
        self.limiter = Some(Limiter { limit: config.limit(), config, slots, counters });
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let limiter = self.limiter.clone()?;
        Some(Box::new(Limited { limiter, limited: false, quota: None }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// A request, and what its response will tell the client.
struct Limited {
    limiter: Limiter,
    /// Whether it was answered with a 429.
    limited: bool,
    quota: Option<Quota>,
}

enum Verdict {
    Pass(Option<Quota>),
    Limit(Quota),
    Deny,
}

impl Context for Limited {}

impl HttpContext for Limited {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let Limiter { config, counters, .. } = &self.limiter;
        match self.judge() {
            Ok(Verdict::Pass(quota)) => {
                count(counters.allowed);
                self.quota = quota.filter(|_| config.responses == Some(Responses::All));
                Action::Continue
            }
            Ok(Verdict::Limit(quota)) => {
                count(counters.limited);
                self.limited = true;
                self.quota = Some(quota);
                self.send_http_response(429, vec![], Some(b"Too many requests.\n"));
                Action::Pause
            }
            Ok(Verdict::Deny) => {
                let body = b"The request does not say whose it is.\n";
                self.send_http_response(400, vec![], Some(body));
                Action::Pause
            }
            Err(_) => {
                count(counters.errors);
                if config.on_failure == OnFailure::Allow {
                    return Action::Continue;
                }
                let body = b"The rate limit cannot be checked.\n";
                self.send_http_response(503, vec![], Some(body));
                Action::Pause
            }
        }
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        if let Some(quota) = self.quota {
            self.tell(quota);
        }
        Action::Continue
    }
}

impl Limited {
    fn judge(&self) -> Result<Verdict, Status> {
        let Limiter { config, limit, slots, counters } = &self.limiter;
        let mut several = false;
        let key = match (config.key, &config.header) {
            (Some(Key::All), _) => Some(Vec::new()),
            (Some(Key::Address), _) | (None, None) => {
                hostcalls::get_property(vec!["source", "address"])?.map(network)
            }
            (Some(Key::Path), _) => {
                hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, ":path")?.map(|path| {
                    path.split(|byte| b"?#".contains(byte)).next().unwrap_or(&[]).to_vec()
                })
            }
            (None, Some(name)) => {
                let headers = hostcalls::get_map_bytes(MapType::HttpRequestHeaders)?;
                let mut values =
                    headers.into_iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
                let first = values.next().map(|(_, value)| value);
                several = values.next().is_some();
                first.filter(|value| !several && !value.is_empty())
            }
        };
        let key = match (key, config.missing.unwrap_or_default()) {
            (Some(key), _) => key,
            (None, missing) => {
                count(counters.missing);
                match missing {
                    Missing::Deny => return Ok(Verdict::Deny),
                    Missing::Allow if !several => return Ok(Verdict::Pass(None)),
                    _ => Vec::new(),
                }
            }
        };
        let now = hostcalls::get_current_time()?;
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        let (admitted, bucket) = slots.take(limit, &key, now)?;
        let quota = limit.quota(bucket);
        Ok(if admitted { Verdict::Pass(Some(quota)) } else { Verdict::Limit(quota) })
    }

    /// Tells the client of its limit.
    fn tell(&self, quota: Quota) {
        let Config { name, headers, .. } = &self.limiter.config;
        let Quota { limit, window, remaining, next, full } = quota;
        let replace = |name: &str, value: u64| {
            self.set_http_response_header(name, Some(&value.to_string()));
        };
        if self.limited {
            replace("retry-after", next);
        }
        match headers {
            Headers::Ietf => {
                let policy = format!("\"{name}\";q={limit};w={window}");
                self.add_http_response_header("ratelimit-policy", &policy);
                let now = format!("\"{name}\";r={remaining};t={next}");
                self.add_http_response_header("ratelimit", &now);
            }
            Headers::XRatelimit => {
                replace("x-ratelimit-limit", limit);
                replace("x-ratelimit-remaining", remaining);
                replace("x-ratelimit-reset", full);
            }
            Headers::None => {}
        }
    }
}

fn count(counter: u32) {
    let _ = hostcalls::increment_metric(counter, 1);
}
