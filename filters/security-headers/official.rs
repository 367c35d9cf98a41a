//! `security-headers` on the official crate.

use std::collections::BTreeMap;
use std::rc::Rc;

use log::error;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
}}

// The crate `getrandom` has no backend for wasm32-unknown-unknown.
#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

/// A policy that allows nothing, for want of a nonce.
const NO_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FREE: &str = "false or a header's value, in which { and } stand in 'nonce-{nonce}' only,";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    content_security_policy: Setting,
    content_security_policy_report_only: Setting,
    permissions_policy: Setting,
    content_type_options: Setting,
    frame_options: Setting,
    referrer_policy: Setting,
    cross_origin_opener_policy: Setting,
    cross_origin_embedder_policy: Setting,
    cross_origin_resource_policy: Setting,
    strict_transport_security: Option<Hsts>,
    nonce_request_header: Option<String>,
    #[serde(deserialize_with = "distinct")]
    set: BTreeMap<String, String>,
    remove: Option<String>,
    keep: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            content_security_policy: Setting::Default(false),
            content_security_policy_report_only: Setting::Default(false),
            permissions_policy: Setting::Default(false),
            content_type_options: Setting::Default(true),
            frame_options: Setting::Default(true),
            referrer_policy: Setting::Default(true),
            cross_origin_opener_policy: Setting::Default(false),
            cross_origin_embedder_policy: Setting::Default(false),
            cross_origin_resource_policy: Setting::Default(false),
            strict_transport_security: None,
            nonce_request_header: None,
            set: BTreeMap::new(),
            remove: None,
            keep: String::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Setting {
    Default(bool),
    Value(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hsts {
    max_age: u32,
    #[serde(default)]
    include_subdomains: bool,
    #[serde(default)]
    preload: bool,
    #[serde(default)]
    always: bool,
}

/// A map in which no name stands twice, whatever its case.
fn distinct<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    struct Visitor;

    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut fields = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if fields.insert(name.to_ascii_lowercase(), value).is_some() {
                    return Err(A::Error::custom(
                        "as a name one of a header that has no field of its own, once, expected",
                    ));
                }
            }
            Ok(fields)
        }
    }

    deserializer.deserialize_map(Visitor)
}

/// The configuration, checked.
#[derive(Default)]
struct Rules {
    hsts: Option<(String, bool)>,
    set: Vec<(String, String)>,
    remove: Vec<String>,
    keep: Vec<String>,
    nonce_request_header: Option<String>,
}

impl Rules {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let config: Config = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let mut set = Vec::new();
        let mut own_fields = vec!["strict-transport-security"];
        let referrer_policies = "no-referrer, no-referrer-when-downgrade, origin, \
                                 origin-when-cross-origin, same-origin, strict-origin, \
                                 strict-origin-when-cross-origin, unsafe-url";
        let openers = "same-origin, same-origin-allow-popups, noopener-allow-popups, unsafe-none";
        for (header, setting, values, default) in [
            ("content-security-policy", config.content_security_policy, "", ""),
            (
                "content-security-policy-report-only",
                config.content_security_policy_report_only,
                "",
                "",
            ),
            ("permissions-policy", config.permissions_policy, "", ""),
            ("x-content-type-options", config.content_type_options, "nosniff", "nosniff"),
            ("x-frame-options", config.frame_options, "DENY, SAMEORIGIN", "SAMEORIGIN"),
            (
                "referrer-policy",
                config.referrer_policy,
                referrer_policies,
                "strict-origin-when-cross-origin",
            ),
            ("cross-origin-opener-policy", config.cross_origin_opener_policy, openers, ""),
            (
                "cross-origin-embedder-policy",
                config.cross_origin_embedder_policy,
                "require-corp, credentialless, unsafe-none",
                "",
            ),
            (
                "cross-origin-resource-policy",
                config.cross_origin_resource_policy,
                "same-origin, same-site, cross-origin",
                "",
            ),
        ] {
            own_fields.push(header);
            let expected = if values.is_empty() { FREE } else { values };
            match setting {
                Setting::Default(false) => {}
                Setting::Default(true) if !default.is_empty() => {
                    set.push((header.to_owned(), default.to_owned()));
                }
                Setting::Value(value)
                    if (values.is_empty() && is_value(&value) && is_sound(&value))
                        || items(values).any(|known| known == value) =>
                {
                    set.push((header.to_owned(), value));
                }
                _ => return Err(format!("{header}: {expected} expected")),
            }
        }
        let has_nonce = set.iter().any(|(_, value)| value.contains("{nonce}"));
        if config.set.len() > 16 {
            return Err("16 headers at most".into());
        }
        for (name, value) in config.set {
            if !is_name(&name) || own_fields.contains(&name.as_str()) {
                return Err(
                    "as a name one of a header that has no field of its own, once, expected".into(),
                );
            }
            if !is_value(&value) {
                return Err(format!("{name}: a header's value expected"));
            }
            set.push((name, value));
        }
        let hsts = config.strict_transport_security.map(Hsts::value).transpose()?;
        let names = |list: &str| -> Result<Vec<String>, String> {
            if !items(list).all(is_name) {
                return Err("names of headers with commas between expected".into());
            }
            Ok(items(list).map(str::to_ascii_lowercase).collect())
        };
        let sets = |name: &String| {
            set.iter().any(|(header, _)| header == name)
                || (hsts.is_some() && name == "strict-transport-security")
        };
        let remove = config.remove.as_deref().map(names).transpose()?;
        if remove.iter().flatten().any(sets) {
            return Err(r#""remove" names a header that is set"#.into());
        }
        let keep = names(&config.keep)?;
        if !keep.iter().all(sets) {
            return Err(r#""keep" names a header that is not set"#.into());
        }
        let nonce_request_header = match config.nonce_request_header {
            Some(name) if !is_name(&name) => {
                return Err("nonce_request_header: the name of a header expected".into());
            }
            Some(_) if !has_nonce => {
                return Err(r#""nonce_request_header" without 'nonce-{nonce}' in a policy"#.into());
            }
            name => has_nonce.then(|| name.unwrap_or("x-csp-nonce".into())),
        };
        let remove = remove.unwrap_or_else(|| vec!["server".into(), "x-powered-by".into()]);
        Ok(Self { hsts, set, remove, keep, nonce_request_header })
    }
}

impl Hsts {
    fn value(self) -> Result<(String, bool), String> {
        if self.max_age > 315_360_000 {
            return Err("max_age: a whole number from 0 to 315360000 expected".into());
        }
        if self.preload && !(self.include_subdomains && self.max_age >= 31_536_000) {
            return Err(
                r#""preload" needs "include_subdomains" and a "max_age" of at least 31536000"#
                    .into(),
            );
        }
        let subdomains = if self.include_subdomains { "; includeSubDomains" } else { "" };
        let preload = if self.preload { "; preload" } else { "" };
        Ok((format!("max-age={}{subdomains}{preload}", self.max_age), self.always))
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|item| !item.is_empty())
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c);
    let frames = [
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    !text.is_empty()
        && text.chars().all(is_part)
        && !frames.contains(&text.to_ascii_lowercase().as_str())
}

fn is_value(text: &str) -> bool {
    let is_part = |c: char| c == '\t' || !c.is_ascii_control();
    !text.is_empty() && text.trim() == text && text.chars().all(is_part)
}

/// Whether all braces of a policy are those of `'nonce-{nonce}'`.
fn is_sound(policy: &str) -> bool {
    !policy.replace("'nonce-{nonce}'", "").contains(['{', '}'])
}

/// Bytes as base64.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * n)) as usize & 63];
            text.push(if n > chunk.len() { '=' } else { digit.into() });
        }
    }
    text
}

#[derive(Default)]
struct Root {
    rules: Rc<Rules>,
    kept: u32,
    nonce_failures: u32,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        match Rules::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(rules) => self.rules = Rc::new(rules),
            Err(error) => {
                error!("invalid configuration: {error}");
                return false;
            }
        }
        let define = |name| hostcalls::define_metric(MetricType::Counter, name).unwrap_or_default();
        self.kept = define("security_headers.kept");
        self.nonce_failures = define("security_headers.nonce_failures");
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(SecurityHeaders {
            rules: Rc::clone(&self.rules),
            kept: self.kept,
            nonce_failures: self.nonce_failures,
            nonce: None,
            is_https: false,
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct SecurityHeaders {
    rules: Rc<Rules>,
    kept: u32,
    nonce_failures: u32,
    /// The nonce that the application was told, for its response's policy.
    nonce: Option<String>,
    is_https: bool,
}

impl SecurityHeaders {
    fn make_nonce(&self) -> Option<String> {
        let mut bytes = [0; 16];
        // SAFETY: the host writes into the buffer, and no more than its size.
        let errno = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
        if errno != 0 {
            let _ = hostcalls::increment_metric(self.nonce_failures, 1);
            error!("no randomness for a nonce: status {errno}");
            return None;
        }
        Some(base64(&bytes))
    }

    fn set(&self, name: &str, value: &str) {
        if self.rules.keep.iter().any(|kept| kept == name)
            && self.get_http_response_header_bytes(name).is_some()
        {
            let _ = hostcalls::increment_metric(self.kept, 1);
        } else {
            self.set_http_response_header(name, Some(value));
        }
    }
}

impl Context for SecurityHeaders {}

impl HttpContext for SecurityHeaders {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.is_https =
            self.get_http_request_header_bytes("x-forwarded-proto").as_deref() == Some(b"https");
        if let Some(name) = &self.rules.nonce_request_header {
            self.nonce = self.make_nonce();
            self.set_http_request_header(name, self.nonce.as_deref());
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        for name in &self.rules.remove {
            self.remove_http_response_header(name);
        }
        let not_modified =
            self.get_http_response_header_bytes(":status").as_deref() == Some(b"304");
        for (name, value) in &self.rules.set {
            if !value.contains("{nonce}") {
                self.set(name, value);
                continue;
            }
            if not_modified {
                if !self.rules.keep.contains(name) {
                    self.remove_http_response_header(name);
                }
                continue;
            }
            match self.nonce.clone().or_else(|| self.make_nonce()) {
                Some(nonce) => self.set(name, &value.replace("{nonce}", &nonce)),
                None => self.set(name, NO_POLICY),
            }
        }
        if let Some((value, always)) = &self.rules.hsts
            && (*always || self.is_https)
        {
            self.set("strict-transport-security", value);
        }
        Action::Continue
    }
}
