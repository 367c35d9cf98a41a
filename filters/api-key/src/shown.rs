//! The keys that a request shows.

use crate::query::Decoded;

/// What a request shows. The same key in several places is one key, and an empty value is none.
pub enum Shown<'a> {
    Nothing,
    Key(Decoded<'a>),
    Several,
}

impl<'a> Shown<'a> {
    #[inline(never)]
    pub fn add(&mut self, key: Decoded<'a>) {
        if key.clone().next().is_none() {
            return;
        }
        match self {
            Self::Nothing => *self = Self::Key(key),
            Self::Key(first) if first.clone().eq(key) => {}
            Self::Key(_) | Self::Several => *self = Self::Several,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_in_several_places_is_one_and_two_are_several() {
        let mut shown = Shown::Nothing;
        shown.add(Decoded::plain(b""));
        assert!(matches!(shown, Shown::Nothing));
        shown.add(Decoded::plain(b"a b"));
        shown.add(Decoded::new(b"a%20b"));
        shown.add(Decoded::new(b"a+b&c"));
        shown.add(Decoded::new(b"&a"));
        assert!(matches!(shown, Shown::Key(_)));
        shown.add(Decoded::plain(b"a%20b"));
        assert!(matches!(shown, Shown::Several));
        shown.add(Decoded::plain(b"a b"));
        assert!(matches!(shown, Shown::Several));
    }

    #[test]
    fn a_part_of_a_key_is_another_key() {
        for (one, another) in [(&b"ab"[..], &b"a"[..]), (b"a", b"ab")] {
            let mut shown = Shown::Nothing;
            shown.add(Decoded::plain(one));
            shown.add(Decoded::new(another));
            assert!(matches!(shown, Shown::Several));
        }
    }
}
