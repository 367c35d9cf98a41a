//! IP addresses, and networks of them, as texts.
//!
//! All are 16 bytes: an IPv4 address is as it is mapped into IPv6, `::ffff:1.2.3.4`. So who comes
//! through a socket of both families is the same as through one of IPv4.

/// An address.
pub type Address = [u8; 16];

/// The bits that an IPv4 address has before its own.
const MAPPED: u8 = 96;

/// A network: an address, and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: Address,
    pub bits: u8,
}

impl Network {
    /// Whether an address is in it. A network of IPv6 addresses holds none of IPv4, though these are
    /// mapped: `::/0` is all of IPv6.
    pub fn holds(&self, address: &Address) -> bool {
        (self.bits >= MAPPED || !is_ipv4(address)) && masked(*address, self.bits) == self.address
    }
}

pub fn is_ipv4(address: &Address) -> bool {
    matches!(address, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ..])
}

/// The first bits of an address; the others are 0.
pub fn masked(mut address: Address, bits: u8) -> Address {
    let mut left = u32::from(bits);
    for byte in &mut address {
        *byte &= !0xff_u8.checked_shr(left).unwrap_or_default();
        left = left.saturating_sub(8);
    }
    address
}

/// `10.0.0.0/8`, `2001:db8::/32`, or an address alone. No bit is set beyond those that count.
pub fn network(text: &[u8]) -> Option<Network> {
    let mut parts = text.splitn(2, |byte| *byte == b'/');
    let part = parts.next()?;
    let address = address(part)?;
    let before = if part.contains(&b':') { 0 } else { MAPPED };
    let bits = match parts.next() {
        Some(bits) => u8::try_from(decimal(bits, 128)?).ok()?.checked_add(before)?,
        None => 128,
    };
    let network = Network { address, bits };
    (bits <= 128 && masked(address, bits) == address).then_some(network)
}

/// The address of `1.2.3.4:5678` or `[::1]:5678`. A zone, as in `fe80::1%eth0`, does not count.
pub fn endpoint(text: &[u8]) -> Option<Address> {
    let until = |end: u8| move |byte: &u8| *byte == end;
    match text {
        [b'[', rest @ ..] => {
            let (inside, port) = rest.split_at_checked(rest.iter().position(until(b']'))?)?;
            if !matches!(port, [b']', b':', ..]) {
                return None;
            }
            ipv6(inside.split(until(b'%')).next()?)
        }
        _ => ipv4(text.split(until(b':')).next()?).map(mapped),
    }
}

/// An address of either family.
fn address(text: &[u8]) -> Option<Address> {
    ipv4(text).map(mapped).or_else(|| ipv6(text))
}

fn mapped([a, b, c, d]: [u8; 4]) -> Address {
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, a, b, c, d]
}

/// Four numbers, without zeros before them: some take these for octal.
fn ipv4(text: &[u8]) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for byte in &mut address {
        *byte = decimal(parts.next()?, 255)?.try_into().ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// Eight groups, of which `::` stands for one or more that are zero; the last two may be an IPv4 address.
fn ipv6(text: &[u8]) -> Option<Address> {
    let mut address = [0; 16];
    match text.windows(2).position(|two| two == b"::") {
        None => (groups(text, &mut address, true)? == 16).then_some(address),
        Some(at) => {
            let (front, back) = (text.get(..at)?, text.get(at.checked_add(2)?..)?);
            let front = groups(front, &mut address, false)?;
            let mut last = [0; 16];
            let back = groups(back, &mut last, true)?;
            let room = 14_usize.checked_sub(front)?.checked_sub(back)?;
            let start = front.checked_add(room)?.checked_add(2)?;
            address.get_mut(start..)?.copy_from_slice(last.get(..back)?);
            Some(address)
        }
    }
}

/// Groups with a colon between them, or none: how many bytes they are. The last two are an IPv4 address at
/// the end only.
fn groups(text: &[u8], into: &mut Address, at_end: bool) -> Option<usize> {
    let mut end = 0_usize;
    let mut parts = text.split(|byte| *byte == b':').peekable();
    if text.is_empty() {
        return Some(0);
    }
    while let Some(part) = parts.next() {
        let (_, rest) = into.split_at_mut_checked(end)?;
        if at_end && parts.peek().is_none() && part.contains(&b'.') {
            *rest.first_chunk_mut()? = ipv4(part)?;
            end = end.checked_add(4)?;
        } else {
            *rest.first_chunk_mut()? = hexadecimal(part)?.to_be_bytes();
            end = end.checked_add(2)?;
        }
    }
    Some(end)
}

/// One to four digits.
fn hexadecimal(text: &[u8]) -> Option<u16> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.iter().try_fold(0, |number: u16, byte| {
        let digit = (*byte as char).to_digit(16)?;
        Some(number << 4 | digit as u16)
    })
}

/// A number up to `most`, without a zero before it.
fn decimal(text: &[u8], most: u32) -> Option<u32> {
    if text.is_empty() || text.len() > 3 || text.starts_with(b"0") && text.len() > 1 {
        return None;
    }
    let number = text.iter().try_fold(0, |number: u32, byte| {
        let digit = (*byte as char).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    })?;
    (number <= most).then_some(number)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::net::{IpAddr, Ipv6Addr};
    use std::string::ToString;

    use super::*;

    fn of(text: &str) -> Address {
        match text.parse().expect("an address") {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }
    }

    #[test]
    fn addresses_are_read_as_std_does() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "1.2.3.4",
            "::",
            "::1",
            "1::",
            "2001:db8::a:1",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "ABCD:ef01::",
            "::ffff:1.2.3.4",
            "::ffff:102:304",
            "64:ff9b::1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
        ] {
            assert_eq!(address(text.as_bytes()), Some(of(text)), "{text}");
        }
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
        for seed in 0..2000_u128 {
            let bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let bits = bits & bits.rotate_left(48) & !(0xffff << (seed % 128));
            let text = Ipv6Addr::from(bits).to_string();
            assert_eq!(address(text.as_bytes()), Some(of(&text)), "{text}");
        }
    }

    #[test]
    fn malformed_addresses_are_none() {
        for text in [
            "",
            ".",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3.04",
            "1.2.3.4 ",
            " 1.2.3.4",
            "+1.2.3.4",
            "1.2.3.-4",
            "0x1.2.3.4",
            "1.2.3.1000",
            ":",
            ":::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "1::2::3",
            "1:::2",
            ":1::",
            "1::2:",
            ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:",
            "12345::",
            "g::",
            "::1%eth0",
            "[::1]",
            "::1]",
            "1.2.3.4::",
            "::1.2.3",
            "::1.2.3.4.5",
            "::1.2.3.256",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3.4:5",
            "1.2.3.4:5",
            "\u{661}.2.3.4",
        ] {
            assert_eq!(address(text.as_bytes()), None, "{text}");
            assert!(text.parse::<IpAddr>().is_err() || text.contains('%'), "{text}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::a00:1"),
            ("0.0.0.0/0", "255.1.2.3", "::1"),
            ("1.2.3.4", "1.2.3.4", "1.2.3.5"),
            ("1.2.3.4/31", "1.2.3.5", "1.2.3.6"),
            ("::/0", "2001::", "1.2.3.4"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::1", "::1", "::2"),
            ("::ffff:1.2.3.0/120", "1.2.3.255", "1.2.4.0"),
            ("::ffff:0:0/96", "1.2.3.255", "::1"),
        ] {
            let network = network(text.as_bytes()).expect("a network");
            assert!(network.holds(&of(inside)), "{inside} in {text}");
            assert!(!network.holds(&of(outside)), "{outside} in {text}");
        }
    }

    #[test]
    fn malformed_networks_are_none() {
        for text in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "10.0.0.0/+8",
            "10.0.0.0/ 8",
            "10.0.0.0/1000",
            "10.0.0.1/8",
            "1.2.3.4/31x",
            "::/129",
            "2001:db8::1/64",
            "::ffff:1.2.3.4/64",
            "10/8",
            "10.0.0.0/255.0.0.0",
            "1.2.3.5/31",
        ] {
            assert_eq!(network(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn endpoints_have_a_port() {
        for (text, address) in [
            ("1.2.3.4:5678", "1.2.3.4"),
            ("[::1]:5678", "::1"),
            ("[::ffff:1.2.3.4]:5", "1.2.3.4"),
            ("[fe80::1%eth0]:80", "fe80::1"),
        ] {
            assert_eq!(endpoint(text.as_bytes()), Some(of(address)), "{text}");
        }
        for text in [
            "",
            "/tmp/socket",
            "@abstract",
            "::1",
            "[::1]",
            "[::1",
            "[1.2.3.4]:5",
            "[]:5",
            "a:5",
            "[::1]5",
        ] {
            assert_eq!(endpoint(text.as_bytes()), None, "{text}");
        }
    }
}
