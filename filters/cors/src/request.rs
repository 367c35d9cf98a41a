//! What a request says of where it comes from.

use whit::Pairs;

use crate::preflight::Preflight;

/// What a request says of where it comes from. A header that is repeated is as good as none: it is none that a
/// browser sends.
#[derive(Debug, Default)]
pub struct Request<'a> {
    pub origin: &'a [u8],
    /// The browser asks before it sends the request itself.
    pub is_preflight: bool,
    pub preflight: Preflight<'a>,
}

/// No origin, method or name.
const REPEATED: &[u8] = b"(repeated)";

impl<'a> Request<'a> {
    pub fn read(headers: Pairs<'a>) -> Self {
        let mut this = Self::default();
        let (mut is_options, mut asks) = (false, false);
        for (name, value) in headers {
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let once = |found: &[u8]| if found.is_empty() { value } else { REPEATED };
            if is(":method") {
                is_options = value == b"OPTIONS";
            } else if is("origin") {
                this.origin = once(this.origin);
            } else if is("access-control-request-method") {
                this.preflight.method = once(this.preflight.method);
                asks = true;
            } else if is("access-control-request-headers") {
                this.preflight.headers = once(this.preflight.headers);
            } else if is("access-control-request-private-network") {
                this.preflight.private_network = value == b"true";
            }
        }
        this.is_preflight = is_options && asks;
        this
    }
}

/// The most bytes of an origin: one of a host of 253 bytes, with a port, has fewer.
const MOST_BYTES: usize = 280;

/// An origin that outlives a callback, or none.
#[derive(Debug)]
pub struct Origin {
    bytes: [u8; MOST_BYTES],
    size: usize,
}

impl Default for Origin {
    fn default() -> Self {
        Self { bytes: [0; MOST_BYTES], size: 0 }
    }
}

impl Origin {
    /// Copies it, unless it is too long.
    pub fn keep(&mut self, origin: &[u8]) {
        if let Some(place) = self.bytes.get_mut(..origin.len()) {
            place.copy_from_slice(origin);
            self.size = origin.len();
        }
    }

    /// It; empty for none.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.size).unwrap_or_default()
    }
}
