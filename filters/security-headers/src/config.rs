//! The configuration.

use whit::json::{self, Kind, Value};
use whit::{Field, field};

use crate::hsts::Hsts;
use crate::nonce;
use crate::policies::{POLICIES, Policy};
use crate::text;

/// The most headers in `set`.
const MOST: usize = 16;

/// What is set and removed. It is there as long as the VM.
#[derive(Debug, Default)]
pub struct Config {
    /// The values of [`POLICIES`]; empty for those that are left alone.
    policies: [Field<'static>; POLICIES.len()],
    pub hsts: Option<Hsts>,
    set: [(Field<'static>, Field<'static>); MOST],
    set_count: usize,
    /// Names of headers.
    pub remove: &'static [u8],
    keep: &'static [u8],
    /// Where the application is told the nonce; empty if no policy has one.
    pub nonce_request_header: Field<'static>,
}

impl Config {
    pub fn read(&mut self, value: Value<'_, 'static>) -> json::Result<()> {
        for (place, policy) in self.policies.iter_mut().zip(&POLICIES) {
            *place = policy.default;
        }
        let (mut remove, mut nonce_header) = (None, None);
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            let is = |field: &str| name == field.as_bytes();
            let policy =
                POLICIES.iter().zip(&mut self.policies).find(|(policy, _)| is(policy.field));
            if let Some((policy, place)) = policy {
                if value.kind() != Some(Kind::Boolean) {
                    let takes = |text| Field::new(text).ok().filter(|_| policy.takes(text));
                    *place = value.parse(policy.expected(), takes)?;
                } else if !value.boolean()? {
                    *place = field!("");
                } else if policy.default.as_bytes().is_empty() {
                    return Err(object.wrong(policy.expected()));
                } else {
                    *place = policy.default;
                }
            } else if is("strict_transport_security") {
                self.hsts = Some(Hsts::read(value)?);
            } else if is("nonce_request_header") {
                let header = |text| Field::new(text).ok().filter(|_| text::is_name(text));
                nonce_header = Some(value.parse("the name of a header", header)?);
            } else if is("set") {
                self.read_set(value)?;
            } else if is("remove") {
                remove = Some(text::names(value)?);
            } else if is("keep") {
                self.keep = text::names(value)?;
            } else {
                return Err(value.unknown());
            }
        }
        self.remove = remove.unwrap_or(b"server, x-powered-by");
        let has_nonce = self.policies.iter().any(|value| nonce::is_in(value.as_bytes()));
        let contradiction =
            if remove.is_some_and(|names| text::items(names).any(|name| self.sets(name))) {
                r#""remove" names a header that is set"#
            } else if !text::items(self.keep).all(|name| self.sets(name)) {
                r#""keep" names a header that is not set"#
            } else if nonce_header.is_some() && !has_nonce {
                r#""nonce_request_header" without 'nonce-{nonce}' in a policy"#
            } else {
                if has_nonce {
                    self.nonce_request_header = nonce_header.unwrap_or(field!("x-csp-nonce"));
                }
                return Ok(());
            };
        Err(object.contradiction(contradiction))
    }

    fn read_set(&mut self, value: Value<'_, 'static>) -> json::Result<()> {
        self.set_count = 0;
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            let is_it = |header: &[u8]| header.eq_ignore_ascii_case(name);
            if !text::is_name(name)
                || is_it(b"strict-transport-security")
                || POLICIES.iter().any(|policy| is_it(policy.header.as_bytes()))
                || self.others().any(|(other, _)| is_it(other.as_bytes()))
            {
                return Err(
                    value.wrong("as a name one of a header that has no field of its own, once,")
                );
            }
            let value = value.parse("a header's value", |text| {
                Field::new(text).ok().filter(|_| text::is_value(text))
            })?;
            let Some(place) = self.set.get_mut(self.set_count) else {
                return Err(object.wrong("16 headers at most"));
            };
            // A name is one that Envoy could take.
            *place = (Field::new(name).unwrap_or_default(), value);
            self.set_count = self.set_count.wrapping_add(1);
        }
        Ok(())
    }

    /// The headers that have a field of their own, with the values that are configured.
    pub fn policies(&self) -> impl Iterator<Item = (&'static Policy, Field<'static>)> {
        POLICIES.iter().zip(self.policies).filter(|(_, value)| !value.as_bytes().is_empty())
    }

    /// Other headers and their values.
    pub fn others(&self) -> impl Iterator<Item = (Field<'static>, Field<'static>)> {
        self.set.iter().copied().take(self.set_count)
    }

    /// Whether this header stays as the upstream has set it.
    pub fn keeps(&self, name: &[u8]) -> bool {
        text::has(self.keep, name)
    }

    /// Whether this header gets a value.
    fn sets(&self, name: &[u8]) -> bool {
        let is_it = |header: &[u8]| header.eq_ignore_ascii_case(name);
        self.policies().any(|(policy, _)| is_it(policy.header.as_bytes()))
            || self.others().any(|(other, _)| is_it(other.as_bytes()))
            || (self.hsts.is_some() && is_it(b"strict-transport-security"))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::boxed::Box;

    use super::*;

    fn read(text: &str) -> Result<Config, json::Error> {
        let mut config = Config::default();
        let bytes = Box::leak(text.as_bytes().into());
        json::read(bytes, |value| config.read(value)).map(|()| config)
    }

    #[test]
    fn defaults() {
        let config = read("{}").expect("a configuration");
        let set: std::vec::Vec<_> = config
            .policies()
            .map(|(policy, value)| (policy.header.as_bytes(), value.as_bytes()))
            .collect();
        assert_eq!(
            set,
            [
                (&b"x-content-type-options"[..], &b"nosniff"[..]),
                (b"x-frame-options", b"SAMEORIGIN"),
                (b"referrer-policy", b"strict-origin-when-cross-origin"),
            ]
        );
        assert_eq!(
            (config.remove, config.nonce_request_header.as_bytes()),
            (&b"server, x-powered-by"[..], &b""[..])
        );
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands() {
        for (text, column, name) in [
            (r#"{ "frame_options": "ALLOW" }"#, 20, "frame_options"),
            (r#"{ "frame_options": 1 }"#, 20, "frame_options"),
            (r#"{ "permissions_policy": true }"#, 25, "permissions_policy"),
            (r#"{ "set": { "X-Frame-Options": "DENY" } }"#, 31, "X-Frame-Options"),
            (r#"{ "set": { "a": "1", "A": "2" } }"#, 27, "A"),
            (r#"{ "keep": "x-a" }"#, 17, ""),
            (r#"{ "set": { "x-a": "1" }, "remove": "X-A" }"#, 42, ""),
            (r#"{ "strict_transport_security": { "preload": true } }"#, 50, ""),
        ] {
            let error = read(text).expect_err(text);
            assert_eq!((error.column, error.name()), (column, name.as_bytes()), "{text}");
        }
    }
}
