//! Preflights: what a browser asks before it sends a request, and what it is told.

use crate::config::Config;
use crate::list::{self, List};

/// The most bytes of names of headers that a browser can ask for.
const MOST_BYTES: usize = 4096;

/// What a browser asks for.
#[derive(Debug, Default)]
pub struct Preflight<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The names of headers.
    pub headers: &'a [u8],
    /// Something in a private network, from a page of a public one.
    pub private_network: bool,
}

impl<'a> Preflight<'a> {
    /// Whether all that it asks for is allowed.
    pub fn is_allowed(&self, config: &Config) -> bool {
        let has_header =
            |name: &[u8]| config.allow_headers.holds(|allowed| allowed.eq_ignore_ascii_case(name));
        let is_method = |method: &[u8]| method == self.method;
        self.is_sound()
            // Those that are safe a browser sends whatever it is told.
            && (List::SAFE_METHODS.holds(is_method) || config.allow_methods.holds(is_method))
            && list::items(self.headers).all(has_header)
            && (config.private_network || !self.private_network)
    }

    /// The methods that it is told are allowed.
    pub fn methods(&self, config: &Config) -> &'a [u8] {
        self.told(config.allow_methods, self.method)
    }

    /// The names of headers that it is told are allowed.
    pub fn headers(&self, config: &Config) -> &'a [u8] {
        self.told(config.allow_headers, self.headers)
    }

    /// All that is allowed, so that a browser can tell a developer what is missing. Where that is anything, it
    /// is what was asked for: with credentials, and for `authorization`, `*` would not do.
    fn told(&self, allowed: List, asked: &'a [u8]) -> &'a [u8] {
        match allowed.is_any() {
            true if self.is_sound() => asked,
            true => b"",
            false => allowed.text(),
        }
    }

    /// Whether what it asks for can be repeated to it.
    fn is_sound(&self) -> bool {
        self.headers.len() <= MOST_BYTES
            && list::is_token(self.method)
            && list::items(self.headers).all(list::is_token)
    }
}
