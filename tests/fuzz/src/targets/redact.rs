//! A body in chunks, however it is cut, is masked as the whole is.

use whit::json;

use crate::filters::redact::matcher::Patterns;
use crate::filters::redact::oracle::{Wanted, in_chunks};
use crate::filters::redact::texts::{Room, Texts};
use crate::input::Input;

const LITERALS: [&[u8]; 6] = [b"secret", b"se", b"ret42", b"@b.c", b"-", "\u{fc}ber".as_bytes()];

thread_local! {
    static TEXTS: Texts = texts();
}

/// As the configuration gives them.
fn texts() -> Texts {
    let mut text = r#"["secret", "se", "ret42", "@b.c", "-", "über"]"#.as_bytes().to_vec();
    let mut room = Room(vec![0; text.len()].leak());
    json::read(&mut text, |value| room.read(value, "a text", |_| true)).expect("texts")
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let [cards, emails, some] = [1, 2, 4].map(|bit| flags & bit == 0);
    let mut patterns = Patterns::default();
    (patterns.cards, patterns.emails) = (cards, emails);
    (patterns.mask, patterns.keep_last) = (input.one(b"*#9a@ "), input.below(5));
    if some {
        patterns.literals = TEXTS.with(|texts| *texts);
    }
    if !patterns.index() {
        return;
    }
    let literals = if some { &LITERALS[..] } else { &[] };
    let wanted =
        Wanted { cards, emails, literals, mask: patterns.mask, keep_last: patterns.keep_last };
    let step = usize::from(input.byte());
    let body = input.rest();
    let expected = wanted.masked(body);
    // In one chunk, in single bytes, and in pieces of some other size.
    for size in [body.len().max(1), 1, step.max(1)] {
        let found = in_chunks(&patterns, body.chunks(size));
        assert!(
            found == expected,
            "in chunks of {size}: {}\ninstead of {}",
            found.escape_ascii(),
            expected.escape_ascii()
        );
    }
}
