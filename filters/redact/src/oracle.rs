//! What a whole body becomes, found by trying each end of each beginning. Tests compare with it what becomes of
//! the same in chunks.

extern crate std;
use std::vec::Vec;

use super::email;
use super::matcher::{Matcher, Patterns};

/// The body that these chunks make, masked as the filter does: what is undecided comes again with the next chunk.
pub fn in_chunks<'a>(patterns: &Patterns, chunks: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut matcher = Matcher::default();
    let (mut masked, mut kept) = (Vec::new(), Vec::new());
    for chunk in chunks {
        kept.extend(chunk);
        let fed = matcher.feed(patterns, &mut kept, false);
        masked.extend(kept.drain(..fed.decided));
        assert!(kept.len() < email::LONGEST, "{} bytes wait", kept.len());
    }
    let fed = matcher.feed(patterns, &mut kept, true);
    assert_eq!(fed.decided, kept.len(), "all is decided at the end");
    masked.extend(kept);
    masked
}

/// The most bytes of a card number, with all separators that it may have, and of an address.
const CARD: usize = 2 * 19 - 1;
const EMAIL: usize = 64 + 1 + 253;

/// What is to be masked, and how.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub cards: bool,
    pub emails: bool,
    pub literals: &'a [&'a [u8]],
    pub mask: u8,
    pub keep_last: usize,
}

impl Wanted<'_> {
    /// The body, masked.
    pub fn masked(&self, body: &[u8]) -> Vec<u8> {
        let mut masked = body.to_vec();
        let mut begin = 0;
        while begin < body.len() {
            let ends = |most: usize| (begin + 1..=body.len().min(begin + most)).rev();
            let longest = self.literals.iter().map(|literal| literal.len()).max().unwrap_or(0);
            let literal = ends(longest).find(|end| self.literals.contains(&&body[begin..*end]));
            let email =
                ends(if self.emails { EMAIL } else { 0 }).find(|end| is_email(body, begin, *end));
            let card =
                ends(if self.cards { CARD } else { 0 }).find(|end| is_card(body, begin, *end));
            let Some(end) = literal.max(email).max(card) else {
                begin += 1;
                continue;
            };
            let is_card = literal.max(email) < Some(end);
            let mut keep = if is_card { self.keep_last } else { 0 };
            for byte in masked[begin..end].iter_mut().rev() {
                match byte {
                    b'0'..=b'9' if keep > 0 => keep -= 1,
                    b' ' | b'-' if is_card => {}
                    _ => *byte = self.mask,
                }
            }
            begin = end;
        }
        masked
    }
}

fn is_card(body: &[u8], begin: usize, end: usize) -> bool {
    let text = &body[begin..end];
    let digits: Vec<u32> =
        text.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    let separated = text.iter().all(|b| b.is_ascii_digit() || b" -".contains(b))
        && !text.windows(2).any(|two| two.iter().all(|b| b" -".contains(b)))
        && text.last().is_some_and(u8::is_ascii_digit)
        && (b'2'..=b'6').contains(&text[0]);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, d)| if n % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    let before = |n: usize| begin.checked_sub(n).map_or(0, |at| body[at]);
    let attached = body.get(end).is_some_and(u8::is_ascii_alphanumeric)
        || before(1).is_ascii_digit()
        || before(1).is_ascii_alphabetic() && before(2) != b'\\'
        || before(1) == b'.' && before(2).is_ascii_digit();
    separated && (13..=19).contains(&digits.len()) && sum.is_multiple_of(10) && !attached
}

fn is_email(body: &[u8], begin: usize, end: usize) -> bool {
    let text = &body[begin..end];
    let Some(at) = text.iter().position(|byte| *byte == b'@') else { return false };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let labels: Vec<&[u8]> = domain.split(|byte| *byte == b'.').collect();
    let last = *labels.last().expect("one at least");
    let in_label = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let ends = domain.len() == 253 || !body.get(end).is_some_and(in_label);
    (1..=64).contains(&at)
        && local.iter().all(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
        && domain.len() <= 253
        && labels.len() > 1
        && labels.iter().all(|l| (1..=63).contains(&l.len()) && l.iter().all(in_label))
        && last.len() > 1
        && last[0].is_ascii_alphabetic()
        && ends
}
