//! Nonces: what a response's policy and its scripts share, and nobody can guess.

/// 128 bits, as the Content Security Policy asks for at least.
pub const RANDOM_BYTES: usize = 16;

/// As base64.
pub type Nonce = [u8; 24];

/// What stands for it in a configured policy.
const PLACE: &[u8] = b"{nonce}";

/// A policy that allows nothing.
pub const NO_POLICY: &[u8] =
    b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether a policy has a place for a nonce.
pub fn is_in(policy: &[u8]) -> bool {
    around(policy).is_some()
}

/// What is before the first place for a nonce, and after it.
pub fn around(policy: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = policy.iter().position(|byte| *byte == b'{')?;
    Some((policy.get(..at)?, policy.get(at..)?.strip_prefix(PLACE)?))
}

/// Whether all braces of a policy are those of `'nonce-{nonce}'`.
pub fn is_sound(mut policy: &[u8]) -> bool {
    while let Some((before, after)) = around(policy) {
        if !before.ends_with(b"'nonce-") || !after.starts_with(b"'") {
            return false;
        }
        policy = after;
    }
    !policy.iter().any(|byte| matches!(byte, b'{' | b'}'))
}

/// Bytes as base64.
pub fn encode(bytes: &[u8; RANDOM_BYTES]) -> Nonce {
    let mut nonce = [b'='; 24];
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut bytes = bytes.iter();
    // 22 digits of 6 bits are 128, and 4 that are 0.
    for digit in nonce.iter_mut().take(22) {
        if count < 6 {
            bits = bits << 8 | u32::from(bytes.next().copied().unwrap_or_default());
            count = count.wrapping_add(8);
        }
        count = count.wrapping_sub(6);
        *digit = character(bits >> count & 63);
    }
    nonce
}

fn character(digit: u32) -> u8 {
    let digit = digit as u8;
    match digit {
        0..26 => digit.wrapping_add(b'A'),
        26..52 => digit.wrapping_add(b'a' - 26),
        52..62 => digit.wrapping_sub(52).wrapping_add(b'0'),
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        assert_eq!(&encode(&[0; 16]), b"AAAAAAAAAAAAAAAAAAAAAA==");
        assert_eq!(&encode(&[0xff; 16]), b"/////////////////////w==");
        assert_eq!(&encode(b"0123456789abcdef"), b"MDEyMzQ1Njc4OWFiY2RlZg==");
        assert_eq!(
            &encode(b"\xfb\xef\xbe??>~\x00\x01\x02\x03\x04\x05\x06\x07\x08"),
            b"++++Pz8+fgABAgMEBQYHCA=="
        );
    }

    #[test]
    fn a_nonce_stands_where_one_can_stand() {
        for good in
            ["default-src 'self'", "script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}' 'self'"]
        {
            assert!(is_sound(good.as_bytes()), "{good}");
        }
        for bad in [
            "script-src {nonce}",
            "script-src nonce-{nonce}",
            "script-src 'nonce-{nonce}",
            "script-src 'nonce-{nonce}x'",
            "script-src 'nonce-{Nonce}'",
            "script-src 'nonce-{nonce}' {",
            "script-src 'nonce-{nonce}}'",
            "script-src 'nonce-{}'",
        ] {
            assert!(!is_sound(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn what_is_around_it() {
        assert_eq!(around(b"a{nonce}b{nonce}"), Some((&b"a"[..], &b"b{nonce}"[..])));
        assert_eq!(around(b"a"), None);
    }
}
