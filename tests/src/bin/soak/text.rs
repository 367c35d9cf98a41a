//! Bodies with something to mask in them.

use hyper::body::Bytes;

/// What `redact` finds in a line: a card's number and an address.
const LINE: &str = "card 4111 1111 1111 1111, mail ann@example.com\n";
/// What it makes of it.
const MASKED: &str = "card **** **** **** ****, mail ***************\n";

/// So many lines as they are sent.
pub(crate) fn plain(lines: usize) -> Bytes {
    LINE.repeat(lines).into()
}

/// So many lines as they arrive.
pub(crate) fn masked(lines: usize) -> Bytes {
    MASKED.repeat(lines).into()
}
