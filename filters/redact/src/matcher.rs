//! Finds what is to be masked in bytes that come in chunks, however they are cut.

use super::texts::Texts;
use super::{card, email};

/// Whether bytes begin with a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    No,
    /// With one of so many bytes.
    Yes(usize),
    /// That depends on what follows.
    Undecided,
}

/// What is to be masked, and how.
#[derive(Default)]
pub struct Patterns {
    pub cards: bool,
    pub emails: bool,
    /// None of them is empty, and none is longer than an address may be.
    pub literals: Texts,
    pub mask: u8,
    /// How many of a card number's last digits stay.
    pub keep_last: usize,
    /// The bytes that a card number or a literal may begin with.
    begins: [u32; 8],
}

impl Patterns {
    /// To be called when all else is set. `false` if nothing is to be masked.
    pub fn index(&mut self) -> bool {
        let mut some = self.emails;
        for byte in 0..=u8::MAX {
            let mut literals = self.literals;
            if self.cards && begins_card(byte)
                || literals.any(|literal| literal.first() == Some(&byte))
            {
                let (word, bit) = place(byte);
                if let Some(word) = self.begins.get_mut(word) {
                    *word |= bit;
                }
                some = true;
            }
        }
        some
    }

    /// Whether a card number or a literal may begin with a byte.
    fn begins(&self, byte: u8) -> bool {
        let (word, bit) = place(byte);
        self.begins.get(word).is_some_and(|word| word & bit != 0)
    }

    fn literal(&self, bytes: &[u8], end: bool) -> Found {
        let mut longest = 0;
        for literal in self.literals {
            if bytes.starts_with(literal) {
                longest = longest.max(literal.len());
            } else if !end && literal.starts_with(bytes) {
                return Found::Undecided;
            }
        }
        if longest == 0 { Found::No } else { Found::Yes(longest) }
    }
}

/// Where a byte is in a set of them.
const fn place(byte: u8) -> (usize, u32) {
    ((byte >> 5) as usize, 1 << (byte & 31))
}

const fn begins_card(byte: u8) -> bool {
    matches!(byte, b'2'..=b'6')
}

/// Where in a body it is.
#[derive(Default)]
pub struct Matcher {
    /// The last two bytes that are decided, as they were; zero before the first ones.
    before: [u8; 2],
}

/// What came of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fed {
    /// So many of the bytes are decided, and masked where they are to be. The others are to come again,
    /// with what follows them: fewer than [`email::LONGEST`].
    pub decided: usize,
    /// How many matches were masked.
    pub cards: u32,
    pub emails: u32,
    pub literals: u32,
}

impl Fed {
    pub fn masked(&self) -> bool {
        self.cards + self.emails + self.literals != 0
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Card,
    Email,
    Literal,
}

impl Matcher {
    /// Masks what is found in the body's next bytes: of matches that overlap, the one that begins first,
    /// and of those the longest. `end`: nothing follows, so that all is decided.
    pub fn feed(&mut self, patterns: &Patterns, bytes: &mut [u8], end: bool) -> Fed {
        let mut fed = Fed::default();
        // So many of the next bytes begin no address.
        let mut no_email = 0;
        while let Some((_, rest)) = bytes.split_at_mut_checked(fed.decided)
            && let Some(first) = rest.first()
        {
            let (mut size, mut kind) = (1, None);
            let begins_email = patterns.emails && no_email == 0 && email::is_local(*first);
            if begins_email || patterns.begins(*first) {
                (size, kind) = match self.find(patterns, rest, end, &mut no_email) {
                    Some((0, _)) => (1, None),
                    Some((size, kind)) => (size, Some(kind)),
                    None => return fed,
                };
            }
            let Some(found) = rest.get_mut(..size) else { return fed };
            for byte in &*found {
                let [_, before] = self.before;
                self.before = [before, *byte];
            }
            match kind {
                None => {}
                Some(Kind::Card) => {
                    card::mask(found, patterns.mask, patterns.keep_last);
                    fed.cards += 1;
                }
                Some(Kind::Email) => {
                    found.fill(patterns.mask);
                    fed.emails += 1;
                }
                Some(Kind::Literal) => {
                    found.fill(patterns.mask);
                    fed.literals += 1;
                }
            }
            no_email = no_email.saturating_sub(size);
            fed.decided += size;
        }
        fed
    }

    /// The longest match that these bytes begin with, of size 0 if there is none; `None` if that is
    /// undecided.
    fn find(
        &self,
        patterns: &Patterns,
        bytes: &[u8],
        end: bool,
        no_email: &mut usize,
    ) -> Option<(usize, Kind)> {
        let mut longest = (0, Kind::Literal);
        let mut take = |found: Found, kind| match found {
            Found::Undecided => None,
            Found::Yes(size) if size > longest.0 => {
                longest = (size, kind);
                Some(())
            }
            _ => Some(()),
        };
        take(patterns.literal(bytes, end), Kind::Literal)?;
        if patterns.emails && *no_email == 0 {
            let found;
            (found, *no_email) = email::find(bytes, end);
            take(found, Kind::Email)?;
        }
        if patterns.cards
            && bytes.first().is_some_and(|first| begins_card(*first))
            && card::may_follow(self.before)
        {
            take(card::find(bytes, end), Kind::Card)?;
        }
        Some(longest)
    }
}
