//! A body in chunks, however it is cut, is masked as an oracle masks the whole.

extern crate std;
use std::string::String;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::email;
use super::matcher::{Matcher, Patterns};
use super::oracle::{Wanted, in_chunks};
use super::texts::Texts;

const LITERALS: [&[u8]; 6] = [b"secret", b"se", b"ret42", b"@b.c", b"-", "\u{fc}ber".as_bytes()];

const WANTED: Wanted<'_> =
    Wanted { cards: true, emails: true, literals: &LITERALS, mask: b'*', keep_last: 4 };

fn patterns() -> Patterns {
    let mut patterns = Patterns::default();
    (patterns.cards, patterns.emails) = (true, true);
    (patterns.mask, patterns.keep_last) = (b'*', 4);
    patterns.literals = Texts::of(&LITERALS);
    assert!(patterns.index());
    patterns
}

/// What becomes of a body that is cut at these places, in any order.
fn masked(patterns: &Patterns, body: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    in_chunks(patterns, cuts.windows(2).map(|chunk| &body[chunk[0]..chunk[1]]))
}

/// Pieces of which bodies are made that nearly are, are, and hold matches.
fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -.@a-c0-9\\\\ns_]{1,3}",
        2 => Just("4111111111111111".into()),
        1 => Just("4111 1111 1111 1111".into()),
        1 => Just("3782-822463-10005".into()),
        1 => Just("4222222222222".into()),
        1 => Just("6304000000000000000".into()),
        2 => "[2-6][0-9]{0,5}( |-)?[0-9]{4,7}( |-)?[0-9]{4,6}",
        2 => "[a-z]{1,3}@[a-z]{1,3}\\.[a-z]{1,3}",
        1 => "[a-z.]{60,70}",
        1 => "@([a-z]{1,30}\\.){1,12}",
        1 => "secre?t?|se|ret4?2?|\u{fc}ber?|\u{e9}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_chunking_is_as_the_whole(body in body(), cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let patterns = patterns();
        let expected = WANTED.masked(body.as_bytes());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        prop_assert_eq!(text(masked(&patterns, body.as_bytes(), &cuts)), text(expected.clone()));
        let each: Vec<usize> = (0..body.len()).collect();
        prop_assert_eq!(text(masked(&patterns, body.as_bytes(), &each)), text(expected));
    }

    #[test]
    fn bytes_of_any_kind_pass(bytes in prop::collection::vec(any::<u8>(), 0..300), cut: usize) {
        let patterns = patterns();
        let expected = WANTED.masked(&bytes);
        prop_assert_eq!(masked(&patterns, &bytes, &[cut]), expected);
    }
}

#[test]
fn what_waits_is_less_than_the_longest_address() {
    let patterns = patterns();
    let label = "a".repeat(63);
    let mut body = std::format!("{}@{label}.{label}.{label}.{label}", "x".repeat(100)).into_bytes();
    let all = body.len();
    body.pop();
    body.pop();
    body.pop();
    let fed = Matcher::default().feed(&patterns, &mut body, false);
    assert_eq!((fed.decided, all - fed.decided), (36, email::LONGEST + 2));
    assert_eq!(body.len() - fed.decided, email::LONGEST - 1);
}

#[test]
fn matches_are_counted() {
    let mut body = b"secret 4111111111111111, a@b.cd; c@d.ef, 4111111111111112".to_vec();
    let fed = Matcher::default().feed(&patterns(), &mut body, true);
    assert_eq!((fed.cards, fed.emails, fed.literals), (1, 2, 1));
    assert_eq!(body, b"****** ************1111, ******; ******, 4111111111111112");
}
