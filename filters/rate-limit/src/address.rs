//! Clients by their address.

/// What a client cannot choose of its address, an IP address with a port: all of IPv4, and the first half of
/// IPv6, of which a subscriber has all the rest. An address of another kind stays as it is.
pub fn network<'a>(address: &'a [u8], half: &'a mut [u8; 8]) -> &'a [u8] {
    let Some(colon) = address.iter().rposition(|byte| *byte == b':') else { return address };
    let Some((host, _)) = address.split_at_checked(colon) else { return address };
    let [b'[', ipv6 @ .., b']'] = host else { return host };
    // An IPv4 address within, and the name of an interface, have other characters.
    if ipv6.iter().any(|byte| !byte.is_ascii_hexdigit() && *byte != b':') {
        return ipv6;
    }
    let groups = ipv6.split(|byte| *byte == b':');
    // `::` stands for as many groups as are missing.
    let mut missing =
        8_usize.saturating_sub(groups.clone().filter(|group| !group.is_empty()).count());
    let mut at = 0_usize;
    for group in groups {
        if group.is_empty() {
            at += missing;
            missing = 0;
        } else {
            if let Some(to) = half.as_chunks_mut().0.get_mut(at) {
                *to = group
                    .iter()
                    .fold(0_u16, |number, byte| number << 4 | digit(*byte))
                    .to_be_bytes();
            }
            at += 1;
        }
    }
    half
}

fn digit(byte: u8) -> u16 {
    u16::from(byte & 15) + if byte > b'9' { 9 } else { 0 }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::network;

    #[test]
    fn a_client_is_a_network() {
        let key = |address: &str| network(address.as_bytes(), &mut [0; 8]).to_vec();
        assert_eq!(key("192.0.2.1:4711"), b"192.0.2.1");
        assert_eq!(key("[2001:db8:1:2::1]:80"), *b"\x20\x01\x0d\xb8\0\x01\0\x02");
        assert_eq!(key("[2001:db8:1:2:ffff:1::]:9"), key("[2001:db8:1:2::1]:80"));
        assert_eq!(key("[2001:DB8:1:2:3:4:5:6]:80"), key("[2001:db8:1:2::1]:80"));
        assert_eq!(key("[::]:80"), [0; 8]);
        assert_eq!(key("[::1:2:3:4:5:6]:80"), *b"\0\0\0\0\0\x01\0\x02");
        assert_eq!(key("[fe80::]:80"), *b"\xfe\x80\0\0\0\0\0\0");
        assert_eq!(key("[1:2:3:4:5:6:7:8:9:a]:80"), *b"\0\x01\0\x02\0\x03\0\x04");
        assert_ne!(key("[2001:db8:1:3::1]:80"), key("[2001:db8:1:2::1]:80"));
        assert_ne!(key("[::ffff:192.0.2.1]:80"), key("[::ffff:192.0.2.2]:80"));
        for other in ["", "@unix", "/run/a.sock"] {
            assert_eq!(key(other), other.as_bytes());
        }
        assert_eq!(key("[fe80::1%2]:80"), b"fe80::1%2");
        assert_eq!(key("[]:80"), [0; 8]);
        assert_eq!(key(":"), b"");
    }
}
