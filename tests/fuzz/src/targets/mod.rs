//! The targets.

mod base64url;
mod cases;
mod claims;
mod clients;
mod configurations;
mod cookies;
mod guests;
mod json;
mod keys;
pub(crate) mod maps;
mod modules;
mod networks;
mod origins;
mod plugins;
mod proto;
mod queries;
mod redact;
mod smith;
mod suites;
mod texts;
mod tokens;

/// Something that must hold for all bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Panics where it does not hold.
    pub check: fn(&[u8]),
    /// How many inputs the short run makes of its corpus.
    pub inputs: u32,
}

/// All there are.
pub const TARGETS: &[Target] = &[
    Target { name: "base64url", check: base64url::check, inputs: 20_000 },
    Target { name: "cases", check: cases::check, inputs: 1_000 },
    Target { name: "claims", check: claims::check, inputs: 20_000 },
    Target { name: "clients", check: clients::check, inputs: 20_000 },
    Target { name: "configurations", check: configurations::check, inputs: 1_000 },
    Target { name: "cookies", check: cookies::check, inputs: 20_000 },
    Target { name: "guests", check: guests::check, inputs: 100 },
    Target { name: "json", check: json::check, inputs: 20_000 },
    Target { name: "keys", check: keys::check, inputs: 5_000 },
    Target { name: "maps", check: maps::check, inputs: 20_000 },
    Target { name: "modules", check: modules::check, inputs: 500 },
    Target { name: "networks", check: networks::check, inputs: 20_000 },
    Target { name: "origins", check: origins::check, inputs: 20_000 },
    Target { name: "plugins", check: plugins::check, inputs: 1_000 },
    Target { name: "proto", check: proto::check, inputs: 20_000 },
    Target { name: "queries", check: queries::check, inputs: 20_000 },
    Target { name: "redact", check: redact::check, inputs: 5_000 },
    Target { name: "smith", check: smith::check, inputs: 100 },
    Target { name: "suites", check: suites::check, inputs: 5_000 },
    Target { name: "texts", check: texts::check, inputs: 20_000 },
    Target { name: "tokens", check: tokens::check, inputs: 2_000 },
];
