//! Networks and addresses: as the standard library and the crate `ipnet` read them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::filters::tcp_guard::address::{Address, endpoint, is_ipv4, network};
use crate::input::Input;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut asked =
        Ipv6Addr::from_bits(u128::from(input.number()) << 64 | u128::from(input.number()));
    if input.byte() & 1 == 1 {
        let [.., a, b, c, d] = asked.octets();
        asked = Ipv4Addr::new(a, b, c, d).to_ipv6_mapped();
    }
    for text in [bytes, input.rest()] {
        check_network(text, asked);
        check_endpoint(text);
    }
}

fn check_network(text: &[u8], asked: Ipv6Addr) {
    let found = network(text);
    let expected = str::from_utf8(text).ok().and_then(known);
    let bits = |net: IpNet| net.prefix_len() + if net.addr().is_ipv4() { 96 } else { 0 };
    assert_eq!(
        found.map(|found| (found.address, found.bits)),
        expected.map(|net| (octets(net.addr()), bits(net)))
    );
    let (Some(found), Some(net)) = (found, expected) else { return };
    for address in [asked, beside(found.address, asked)] {
        let holds = match net {
            IpNet::V4(net) => {
                address.to_ipv4_mapped().is_some_and(|address| net.contains(&address))
            }
            IpNet::V6(net) => {
                let is_ipv4 = address.to_ipv4_mapped().is_some();
                net.contains(&address) && (!is_ipv4 || net.prefix_len() >= 96)
            }
        };
        assert_eq!(is_ipv4(&address.octets()), address.to_ipv4_mapped().is_some());
        assert_eq!(found.holds(&address.octets()), holds, "{address} in {net}");
    }
}

/// An address that begins like this one.
fn beside(address: Address, other: Ipv6Addr) -> Ipv6Addr {
    let kept = other.octets()[0] % 129;
    let mask = u128::MAX.checked_shr(kept.into()).unwrap_or(0);
    Ipv6Addr::from_bits(u128::from_be_bytes(address) & !mask | other.to_bits() & mask)
}

fn known(text: &str) -> Option<IpNet> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| {
        let number: u8 = bits.parse().ok()?;
        // As it would be written.
        (number.to_string() == bits).then_some(number)
    })?;
    let net = IpNet::new(address, bits).ok()?;
    (net.network() == address).then_some(net)
}

fn check_endpoint(text: &[u8]) {
    let found = endpoint(text);
    let text = String::from_utf8_lossy(text);
    if let Ok(address) = text.parse::<SocketAddr>() {
        assert_eq!(found, Some(octets(address.ip())), "{text}");
    }
    if let Some(found) = found {
        let host = match text.strip_prefix('[') {
            Some(rest) => rest.split([']', '%']).next(),
            None => text.split(':').next(),
        };
        let address: Option<IpAddr> = host.and_then(|host| host.parse().ok());
        assert_eq!(address.map(octets), Some(found), "{text}");
    }
}

fn octets(address: IpAddr) -> Address {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}
