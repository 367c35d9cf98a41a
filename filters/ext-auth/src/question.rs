//! What the service is asked about a request.

use whit::{Context, Fields, Map, Status, text};

use crate::config::Config;
use crate::fields::FieldList;
use crate::name::can_be_copied;

/// What parts of the request that are no headers in HTTP/1 are called in the question. The names are those
/// of other proxies.
const FORWARDED: [(&[u8], &[u8]); 4] = [
    (b":method", b"x-forwarded-method"),
    (b":scheme", b"x-forwarded-proto"),
    (b":authority", b"x-forwarded-host"),
    (b":path", b"x-forwarded-uri"),
];

fn forwarded(name: &[u8]) -> Option<&'static [u8]> {
    FORWARDED.iter().find(|(part, _)| *part == name).map(|(_, header)| *header)
}

/// Whether the service can be told of a header.
pub fn can_be_asked(name: &[u8]) -> bool {
    let is_taken = || FORWARDED.iter().any(|(_, header)| name.eq_ignore_ascii_case(header));
    forwarded(name).is_some() || (can_be_copied(name) && !is_taken())
}

/// Why nothing is asked about a request.
#[derive(Debug)]
pub enum Unasked {
    /// It is answered with this status. If the call failed instead, a client could bring that about, and get
    /// in where failures let it.
    Request(u16),
    Host(Status),
}

impl From<Status> for Unasked {
    fn from(status: Status) -> Self {
        Self::Host(status)
    }
}

/// The fields of the call about a request with these headers.
pub fn question<'a>(
    context: &Context<'a>,
    headers: Map<'a>,
    config: &Config,
) -> Result<Fields<'a>, Unasked> {
    let mut fields = FieldList::default();
    let (mut path, mut is_whole) = (config.path, true);
    for (name, value) in headers.pairs()? {
        if name == b":path" && config.is_prefix {
            if climbs(value) {
                return Err(Unasked::Request(400));
            }
            path = text!(context, config.path, value)?;
        }
        if config.request_headers.position(name).is_none() {
            continue;
        }
        let name = forwarded(name).unwrap_or(name);
        is_whole &= fields.push(name, value);
    }
    is_whole &= fields.push(b":method", b"GET");
    is_whole &= fields.push(b":path", path);
    is_whole &= fields.push(b":authority", config.authority);
    if !is_whole {
        return Err(Unasked::Request(431));
    }
    Ok(fields.fields(context)?)
}

/// Whether a path has two dots in a row, where a service may see the way up and out of the prefix.
fn climbs(mut path: &[u8]) -> bool {
    let mut after_dot = false;
    loop {
        (path, after_dot) = match path {
            [] | [b'?' | b'#', ..] => return false,
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => {
                if after_dot {
                    return true;
                }
                (rest, true)
            }
            [_, rest @ ..] => (rest, false),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_says_what_this_filter_says() {
        for name in [":method", ":path", "cookie", "x-forwarded-for"] {
            assert!(can_be_asked(name.as_bytes()), "{name}");
        }
        for name in [":status", "X-Forwarded-Uri", "x-forwarded-host", "host", ""] {
            assert!(!can_be_asked(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_path_does_not_climb_out_of_its_prefix() {
        for path in ["/..", "/a/../b", "/%2e%2E/b", "/.%2e/", "/..%2fb", "/a..b", "/..\\b", "..?a"]
        {
            assert!(climbs(path.as_bytes()), "{path}");
        }
        for path in ["", "/", "*", "/a.b/.c", "/a?b=..", "/a#..", "/%2e/a", "/%2", "/.%2"] {
            assert!(!climbs(path.as_bytes()), "{path}");
        }
    }
}
