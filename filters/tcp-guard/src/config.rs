//! The configuration.

use whit::is;
use whit::json::{Result, Value};

use crate::address;
use crate::networks::{Networks, Writer};

/// What is let in. Limits of 0 are none.
#[derive(Clone, Copy, Default)]
pub struct Config {
    /// Only these, if there are any.
    pub allow: Networks,
    /// Not these, even if they are among the others.
    pub deny: Networks,
    pub connections: u32,
    pub connections_of_address: u32,
    /// How many counters the addresses share.
    pub slots: u32,
    /// How many bits of an IPv6 address tell who it is.
    pub ipv6_bits: u8,
    pub bytes_from_client: u64,
    pub bytes_to_client: u64,
    /// What counters are called, so that several plugins can count for themselves or together.
    pub name: &'static [u8],
}

impl Config {
    /// Reads it; `room` is for the networks.
    pub fn read(value: Value<'_, 'static>, room: &'static mut [u8]) -> Result<Self> {
        let mut config = Self { ipv6_bits: 64, ..Self::default() };
        let (mut writer, mut by_address) = (Writer::new(room), false);
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            match name {
                _ if is(name, "allow") => networks(value, &mut writer, &mut config.allow)?,
                _ if is(name, "deny") => networks(value, &mut writer, &mut config.deny)?,
                _ if is(name, "connections") => {
                    config.connections = value.integer(1..=1_000_000)?
                }
                _ if is(name, "connections_of_address") => {
                    config.connections_of_address = value.integer(1..=1_000_000)?;
                }
                _ if is(name, "slots") => {
                    by_address = true;
                    config.slots = value.integer(1..=4096)?;
                }
                _ if is(name, "ipv6_bits") => {
                    by_address = true;
                    config.ipv6_bits = value.integer(1..=128_u8)?;
                }
                _ if is(name, "bytes_from_client") => config.bytes_from_client = bytes(value)?,
                _ if is(name, "bytes_to_client") => config.bytes_to_client = bytes(value)?,
                _ if is(name, "name") => {
                    config.name = value.parse("a text of 1 to 64 bytes", |text| {
                        (1..=64).contains(&text.len()).then_some(text)
                    })?;
                }
                _ => return Err(value.unknown()),
            }
        }
        if config.connections_of_address == 0 && by_address {
            return Err(object.wrong("slots and ipv6_bits only with connections_of_address"));
        }
        if config.slots == 0 {
            config.slots = 1024;
        }
        let limits = u64::from(config.connections | config.connections_of_address)
            | config.bytes_from_client
            | config.bytes_to_client;
        if limits == 0 && config.allow.is_empty() && config.deny.is_empty() {
            return Err(object.wrong("a list or a limit"));
        }
        Ok(config)
    }
}

fn bytes(value: Value<'_, '_>) -> Result<u64> {
    // What a number in JSON holds everywhere.
    value.integer(1..=(1_i64 << 53)).map(i64::unsigned_abs)
}

/// A second list would take the place of the first one, and let in what that denies.
fn networks(value: Value<'_, '_>, writer: &mut Writer, networks: &mut Networks) -> Result<()> {
    if !networks.is_empty() {
        return Err(value.wrong("one list"));
    }
    let mut list = value.list()?;
    while let Some(item) = list.next()? {
        let expected = "an address or a network, such as 10.0.0.0/8, without bits beyond its own,";
        let network = item.parse(expected, address::network)?;
        if writer.add(network).is_none() {
            return Err(list.wrong("fewer networks"));
        }
    }
    *networks = writer.written();
    if networks.is_empty() { Err(list.wrong("one network at least")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};

    use super::*;
    use crate::networks::room_for;

    fn read(text: &str) -> core::result::Result<Config, String> {
        let bytes = text.as_bytes().to_vec().leak();
        let room = std::vec![0; room_for(bytes.len())].leak();
        whit::json::read(bytes, |value| Config::read(value, room))
            .map_err(|error| std::format!("{} {}", error.column, error.name().escape_ascii()))
    }

    #[test]
    fn lists_have_room() {
        let many = std::vec!["\"::\""; 1000].join(",");
        let config = read(&std::format!("{{\"allow\":[{many}],\"deny\":[\"1.2.3.4\"]}}"));
        let config = config.expect("valid");
        let address = |text: &[u8]| address::network(text).expect("an address").address;
        assert!(config.allow.hold(&address(b"::")) && !config.allow.hold(&address(b"::1")));
        assert!(config.deny.hold(&address(b"1.2.3.4")) && !config.deny.hold(&address(b"::")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, place) in [
            ("[]", "1 "),
            ("{}", "2 "),
            (r#"{"allows": []}"#, "12 allows"),
            (r#"{"allow": []}"#, "12 allow"),
            (r#"{"allow": ["::1", "1.2.3"]}"#, "19 allow"),
            (r#"{"deny": ["10.0.0.1/8"]}"#, "11 deny"),
            (r#"{"deny": ["::"], "deny": ["::1"]}"#, "26 deny"),
            (r#"{"allow": ["::"], "allow": ["::1"]}"#, "28 allow"),
            (r#"{"connections": 0}"#, "17 connections"),
            (r#"{"connections": 1, "slots": 5}"#, "30 slots"),
            (r#"{"connections_of_address": 1, "slots": 5000}"#, "40 slots"),
            (r#"{"connections_of_address": 1, "ipv6_bits": 129}"#, "44 ipv6_bits"),
            (r#"{"bytes_to_client": "1"}"#, "21 bytes_to_client"),
            (r#"{"name": ""}"#, "10 name"),
            (r#"{"name": "a"}"#, "13 name"),
        ] {
            assert_eq!(read(text).err(), Some(place.to_string()), "{text}");
        }
    }
}
