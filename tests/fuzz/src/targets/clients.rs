//! What a client cannot choose of its address: as the standard library reads it.

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::filters::rate_limit::address::network;
use crate::input::Input;

pub(super) fn check(bytes: &[u8]) {
    let mut half = [0; 8];
    let found = network(bytes, &mut half).to_vec();
    assert!(found.len() <= bytes.len().max(8));
    if let Ok(address) = str::from_utf8(bytes).unwrap_or_default().parse() {
        assert_eq!(found, expected(address, bytes));
    }

    let mut input = Input::new(bytes);
    // Groups of zeros, which are left out where most of them are.
    let zeros = input.byte();
    let mut groups = [0; 8];
    for (n, group) in groups.iter_mut().enumerate() {
        *group = if zeros >> n & 1 == 1 { 0 } else { input.number() as u16 };
    }
    let address = SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(groups), 80, 0, 0));
    let text = address.to_string();
    let mut half = [0; 8];
    assert_eq!(network(text.as_bytes(), &mut half), expected(address, text.as_bytes()), "{text}");
}

fn expected(address: SocketAddr, text: &[u8]) -> Vec<u8> {
    let host = text.rsplitn(2, |byte| *byte == b':').last().unwrap_or_default();
    match address {
        SocketAddr::V4(_) => host.to_vec(),
        // One of IPv4 within, and the name of an interface, are left as they are.
        SocketAddr::V6(_) if host.contains(&b'.') || host.contains(&b'%') => {
            host[1..host.len() - 1].to_vec()
        }
        SocketAddr::V6(address) => address.ip().octets()[..8].to_vec(),
    }
}
