//! What the service has allowed lately: a table whose entries are all of one size, where a key has one place.

use whit::sip_hash;

/// The table. Empty, it keeps nothing.
#[derive(Debug, Default)]
pub struct Cache {
    memory: &'static mut [u8],
    /// How long an entry lives, in nanoseconds.
    lives: u64,
    /// Of the hash, which says where an entry is: random, so that nobody can choose what shares its place.
    seed: [u8; 16],
}

/// Bytes of an entry. What is larger is not kept.
pub const ENTRY: usize = 2048;

/// An entry begins with the hash of its key, its end, and the sizes of its key and its value.
const HEAD: usize = 24;

impl Cache {
    /// In memory that holds only zeros, [`ENTRY`] of them for each entry.
    pub fn new(memory: &'static mut [u8], lives: u64, seed: [u8; 16]) -> Self {
        Self { memory, lives, seed }
    }

    pub fn is_used(&self) -> bool {
        !self.memory.is_empty()
    }

    /// The value of a key, at a time of a clock that only goes on, in nanoseconds.
    pub fn get(&self, key: &[u8], now: u64) -> Option<&[u8]> {
        let (hash, place) = self.place(key);
        let (head, rest) = self.memory.get(place..)?.split_first_chunk::<HEAD>()?;
        let ([found, until, sizes], []) = head.as_chunks() else { return None };
        let sizes = u64::from_le_bytes(*sizes);
        let (whose, rest) = rest.split_at_checked(sizes as u32 as usize)?;
        let (value, _) = rest.split_at_checked((sizes >> 32) as usize)?;
        // The whole key counts: a hash may be that of two.
        let is_it = u64::from_le_bytes(*found) == hash && whose == key;
        (is_it && now < u64::from_le_bytes(*until)).then_some(value)
    }

    /// Keeps a value, unless it is too large, in place of what was there.
    pub fn put(&mut self, key: &[u8], value: &[u8], now: u64) {
        if key.len().saturating_add(value.len()).saturating_add(HEAD) > ENTRY {
            return;
        }
        let (hash, place) = self.place(key);
        let until = now.saturating_add(self.lives);
        let sizes = key.len() as u64 | (value.len() as u64) << 32;
        let mut left = self.memory.get_mut(place..).unwrap_or_default();
        for part in
            [&hash.to_le_bytes()[..], &until.to_le_bytes(), &sizes.to_le_bytes(), key, value]
        {
            let Some((to, rest)) = left.split_at_mut_checked(part.len()) else { return };
            to.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            left = rest;
        }
    }

    /// The hash of a key, and where its entry begins.
    fn place(&self, key: &[u8]) -> (u64, usize) {
        let hash = sip_hash(&self.seed, key);
        let entries = (self.memory.len() / ENTRY).max(1);
        (hash, (hash % entries as u64) as usize * ENTRY)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec;

    use super::*;

    fn cache(entries: usize) -> Cache {
        Cache::new(vec![0; entries * ENTRY].leak(), 10, [7; 16])
    }

    #[test]
    fn a_value_is_kept_for_a_while() {
        let mut cache = cache(64);
        assert_eq!(cache.get(b"", 0), None);
        cache.put(b"a", b"1", 1);
        assert_eq!(cache.get(b"a", 10), Some(&b"1"[..]));
        assert_eq!(cache.get(b"a", 11), None);
        cache.put(b"a", b"", 11);
        assert_eq!(cache.get(b"a", 20), Some(&b""[..]));
        cache.put(b"longer", b"than before", u64::MAX);
        assert_eq!(cache.get(b"longer", u64::MAX - 1), Some(&b"than before"[..]));
    }

    #[test]
    fn keys_of_one_place_drive_each_other_out() {
        let mut cache = cache(1);
        cache.put(b"a", b"1", 0);
        cache.put(b"b", b"2", 0);
        assert_eq!((cache.get(b"a", 0), cache.get(b"b", 0)), (None, Some(&b"2"[..])));
    }

    #[test]
    fn a_hash_alone_lets_nobody_in() {
        let mut cache = cache(1);
        cache.put(b"mine", b"1", 0);
        let theirs = sip_hash(&[7; 16], b"they");
        cache.memory[..8].copy_from_slice(&theirs.to_le_bytes());
        assert_eq!(cache.get(b"they", 0), None);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let mut cache = cache(2);
        let key = [b'k'; ENTRY - HEAD - 6];
        cache.put(&key, b"value.", 0);
        assert_eq!(cache.get(&key, 0), Some(&b"value."[..]));
        let key = [b'l'; ENTRY - HEAD - 6];
        cache.put(&key, b"values.", 0);
        assert_eq!(cache.get(&key, 0), None);
    }

    #[test]
    fn every_place_is_used() {
        let mut cache = cache(4);
        (0..100_u8).for_each(|key| cache.put(&[key], &[key], 0));
        assert_eq!((0..100_u8).filter(|key| cache.get(&[*key], 0) == Some(&[*key])).count(), 4);
    }

    #[test]
    fn an_empty_table_keeps_nothing() {
        let mut cache = Cache::default();
        cache.put(b"a", b"", 0);
        assert!(!cache.is_used() && cache.get(b"a", 0).is_none());
    }
}
