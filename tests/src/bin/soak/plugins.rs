//! The plugins of each chain, and what they are configured with.

use serde_json::{Value, json};

/// A plugin in a chain.
pub(crate) struct Plugin {
    /// The filter.
    pub(crate) filter: &'static str,
    /// Its configuration, of which each number gives another one; nothing for none.
    configuration: fn(u32) -> Value,
    /// Its configuration changes where its VM stays, too. What it keeps of one stays until its VM ends, so that
    /// is for those that keep little.
    pub(crate) reconfigured: bool,
}

impl Plugin {
    const fn new(filter: &'static str, configuration: fn(u32) -> Value) -> Self {
        Self { filter, configuration, reconfigured: false }
    }

    const fn alone(filter: &'static str) -> Self {
        Self::new(filter, |_| Value::Null)
    }

    const fn reconfigured(self) -> Self {
        Self { reconfigured: true, ..self }
    }

    /// Its configuration, as text.
    pub(crate) fn configuration(&self, number: u32) -> Option<String> {
        match (self.configuration)(number) {
            Value::Null => None,
            Value::String(text) => Some(text),
            value => Some(value.to_string()),
        }
    }
}

/// A key whose SHA-256 `api-key` knows is `alpha-key`.
const ALPHA: &str = "677509799af78b2efa2f2af71d0f906e0a0c50c048efd3b515625f788e92b99a";
/// The secret of RFC 7515, A.1.
const SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

pub(crate) const WEB: &[Plugin] = &[
    Plugin::new("security-headers", |number| {
        json!({
            "strict_transport_security": { "max_age": number, "always": true },
            "content_security_policy": "script-src 'nonce-{nonce}'",
        })
    }),
    ACCESS_LOG,
    Plugin::new("cors", |number| {
        json!({
            "allow_origins": "https://app.example.com", "allow_methods": "GET, PUT",
            "max_age": number % 86400, "allow_credentials": true,
        })
    }),
    Plugin::new("api-key", |number| {
        json!({
            "sources": [{ "header": "x-api-key" }, { "query": "api_key" }],
            "keys": [{ "consumer": format!("alpha-{number}"), "sha256": ALPHA }],
        })
    }),
    Plugin::new("canary", |number| {
        json!({
            "experiment": "soak", "key": { "header": "x-visitor" },
            "variants": [{ "name": "blue", "percent": number % 50 }, { "name": "green", "percent": 25 }],
        })
    }),
    Plugin::new("rate-limit", |number| {
        json!({
            "name": "wide", "requests": 1_000_000 - number % 1000, "per": "second", "header": "x-visitor",
            "slots": 64, "responses": "all",
        })
    })
    .reconfigured(),
    Plugin::new("redact", |number| {
        json!({ "request": true, "literals": [format!("Project {number}")] })
    }),
    Plugin::alone("add-header"),
];

pub(crate) const PAGES: &[Plugin] = &[
    Plugin::alone("http-headers"),
    Plugin::alone("filter-metadata"),
    Plugin::alone("http-body"),
    Plugin::new("http-config", |number| format!("number {number}").into()),
];

pub(crate) const AUTH: &[Plugin] = &[
    Plugin::new("jwt", |number| {
        json!({
            "jwks": { "keys": [{ "kty": "oct", "kid": "a", "k": SECRET }] },
            "issuers": "https://issuer.example", "audiences": "api",
            "leeway_seconds": number % 3600, "claim_headers": { "x-user": "sub" },
        })
    }),
    Plugin::new("ext-auth", |number| {
        json!({
            "cluster": "auth", "path": format!("/check/{number}"), "timeout_ms": 30_000,
            "request_headers": [":method", ":path", "x-want", "x-visitor"],
            "upstream_headers": ["x-user"], "client_headers": ["location"],
            "cache_seconds": 5, "cache_entries": 16,
        })
    }),
    Plugin::alone("http-auth-random"),
];

pub(crate) const LIMITS: &[Plugin] = &[
    Plugin::new("rate-limit", |number| {
        json!({
            "name": "narrow", "requests": 1, "per": "day", "header": "x-tenant", "missing": "allow",
            "slots": 16 + number % 2,
        })
    })
    .reconfigured(),
    // Those who are asked never answer, which lets the request pass …
    Plugin::new(
        "ext-auth",
        |number| json!({ "cluster": "hanging", "timeout_ms": 20 + number % 5, "on_failure": "allow" }),
    ),
    // … to where nobody is there to be asked, which does not.
    Plugin::new("ext-auth", |number| json!({ "cluster": "nobody", "path": format!("/{number}") })),
];

pub(crate) const GRPC: &[Plugin] =
    &[ACCESS_LOG, Plugin::alone("grpc-auth-random"), Plugin::alone("add-header")];

pub(crate) const TCP: &[Plugin] = &[
    Plugin::new("tcp-guard", |number| {
        json!({
            "allow": ["127.0.0.0/8"], "deny": ["127.0.0.66"], "connections": 100_000 + number,
            "connections_of_address": 10_000, "slots": 16, "bytes_from_client": 60_000,
        })
    })
    .reconfigured(),
    Plugin::new("tcp-routing", |number| format!("number {number}").into()).reconfigured(),
];

const ACCESS_LOG: Plugin = Plugin::new(
    "access-log",
    |number| json!({ "static": { "number": number.to_string() }, "request_headers": { "visitor": "x-visitor" } }),
);
