//! The configuration.

use whit::Field;
use whit::json::{self, Kind, Value};

use crate::fetch::Fetch;
use crate::few::Few;
use crate::jwks::{Keys, Unusable};
use crate::rules::Rules;

/// What the operator wants.
#[derive(Debug, Default)]
pub struct Config {
    pub rules: Rules,
    /// Whether the upstream gets the token.
    pub forward: bool,
    pub fetch: Fetch,
}

impl Config {
    /// Reads it, and the keys that it holds.
    pub fn read(&mut self, keys: &mut Keys, value: Value<'_, 'static>) -> json::Result<()> {
        self.rules.begin();
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            let rules = &mut self.rules;
            // (Comparisons take fewer bytes than the patterns of a `match`.)
            if name == b"jwks" {
                keys.read(value, Unusable::Refused)?;
            } else if name == b"issuers" {
                texts(value, &mut rules.issuers)?;
            } else if name == b"audiences" {
                texts(value, &mut rules.audiences)?;
            } else if name == b"leeway_seconds" {
                rules.leeway = value.integer(0..=3600)?;
            } else if name == b"require_expiry" {
                rules.endless = !value.boolean()?;
            } else if name == b"claim_headers" {
                claim_headers(value, rules)?;
            } else if name == b"forward" {
                self.forward = value.boolean()?;
            } else if cfg!(feature = "fetch") && name == b"fetch" {
                self.fetch.read(value)?;
            } else {
                return Err(value.unknown());
            }
        }
        if keys.is_empty() && !self.fetch.is_on() { Err(object.missing("jwks")) } else { Ok(()) }
    }
}

/// A text, or a list of texts, of which none is empty.
fn texts(value: Value<'_, 'static>, texts: &mut Few<&'static [u8]>) -> json::Result<()> {
    const EXPECTED: &str = "a text that is not empty, one of 16 at most,";
    let mut add = |value: Value<'_, 'static>| value.parse(EXPECTED, |text| texts.add(some(text)?));
    if value.kind() == Some(Kind::Text) {
        return add(value);
    }
    let mut list = value.list()?;
    while let Some(value) = list.next()? {
        add(value)?;
    }
    if texts.items().is_empty() { Err(list.wrong(EXPECTED)) } else { Ok(()) }
}

/// An object: of each header, which claim it is.
fn claim_headers(value: Value<'_, 'static>, rules: &mut Rules) -> json::Result<()> {
    let mut object = value.object()?;
    while let Some((header, value)) = object.next()? {
        value.parse("the names of a header and a claim, one of 12 at most,", |claim| {
            rules.pass_on(some(claim)?, Field::name(header).ok()?)
        })?;
    }
    Ok(())
}

fn some(text: &[u8]) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text)
}
