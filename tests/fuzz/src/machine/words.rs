//! What a host that answers with anything answers with.

use crate::input::Input;

/// The ids of contexts, of which the first ones are the most likely.
pub(super) const CONTEXTS: [u32; 8] = [2, 3, 2, 3, 4, 1, 0, u32::MAX];

/// Statuses: those of the spec that mean something, and such as it does not have.
pub(super) const STATUSES: [u32; 8] = [1, 2, 6, 7, 8, 10, 77, u32::MAX];

/// Values of headers, properties, shared data, and whole bodies.
pub(super) const VALUES: [&[u8]; 32] = [
    b"",
    b"GET",
    b"POST",
    b"OPTIONS",
    b"/",
    b"/a?key=1&b=%6b;c",
    b"a.example",
    b"192.0.2.1:4711",
    b"[2001:db8::1]:443",
    b"[::ffff:192.0.2.1]:1",
    b"/run/socket",
    b"Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjB9.AAAA",
    b"a=1; canary=42; b",
    b"https://a.example",
    b"null",
    b"application/json; charset=utf-8",
    b"gzip",
    b"x-a, X-B,,x-c",
    b"4111 1111 1111 1111 a@b.example secret",
    b"{\"keys\": [], \"a\": [1, -2.5e3, null, \"\\u00fc\"]}",
    b"true",
    b"200",
    b"\0\0\0\0\0\0\0\0",
    b"\x01\0\0\0\0\0\0\x80",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x01",
    b"\x0a\x04auth\x10\x05",
    b"\r\nset-cookie: a",
    b"\xff\xfe",
    b"-1",
    b"100",
    b"a",
];

/// Names of headers that filters read.
pub(super) const NAMES: [&[u8]; 16] = [
    b":method",
    b":path",
    b":authority",
    b":status",
    b"authorization",
    b"cookie",
    b"origin",
    b"access-control-request-method",
    b"access-control-request-headers",
    b"content-type",
    b"content-encoding",
    b"accept-encoding",
    b"x-api-key",
    b"x-canary",
    b"trailer",
    b"X-A",
];

/// A number: small, at an edge, or any.
pub(super) fn number(input: &mut Input<'_>) -> u32 {
    match input.byte() {
        small @ 0..=199 => u32::from(small) % 20,
        power @ 200..=239 => 1_u32.rotate_left(power.into()).wrapping_sub(u32::from(power & 1)),
        _ => input.number() as u32,
    }
}

/// Bytes: known ones, many of them, or any.
pub(super) fn bytes(input: &mut Input<'_>) -> Vec<u8> {
    match input.byte() {
        known @ 0..=159 => VALUES[usize::from(known) % VALUES.len()].to_vec(),
        160..=179 => VALUES[input.below(VALUES.len())].repeat(input.below(64)),
        180..=184 => vec![input.byte(); input.below(64) * 1024],
        _ => input.bytes().to_vec(),
    }
}

/// A map, or something that looks like one.
pub(super) fn map(input: &mut Input<'_>) -> Vec<u8> {
    let count = match input.byte() {
        few @ 0..=199 => few % 8,
        many @ 200..=229 => many,
        _ => return bytes(input),
    };
    let mut lengths = u32::from(count).to_le_bytes().to_vec();
    let mut fields = Vec::new();
    for _ in 0..count {
        for part in [input.one(&NAMES).to_vec(), bytes(input)] {
            lengths.extend((part.len() as u32).to_le_bytes());
            fields.extend(part);
            fields.push(0);
        }
    }
    [lengths, fields].concat()
}
