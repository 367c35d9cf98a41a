//! Keys, of which only hashes are known.

use core::hint::black_box;
use core::iter::successors;

use sha2::compress256;
use whit::Field;

use crate::query::Decoded;

/// A SHA-256, in big-endian words.
pub type Hash = [u32; 8];

/// No key is longer: so many bytes at most are hashed for a request.
const LONGEST: usize = 4096;

/// A key that is known.
pub struct Key {
    pub hash: Hash,
    pub consumer: Field<'static>,
    pub before: Option<&'static Key>,
}

/// The keys that are known.
#[derive(Clone, Copy, Default)]
pub struct Keys {
    /// Each knows the one before it.
    pub last: Option<&'static Key>,
}

impl Keys {
    pub fn iter(self) -> impl Iterator<Item = &'static Key> {
        successors(self.last, |key| key.before)
    }

    /// Whose key it is.
    ///
    /// All keys are looked at, and all of each: how long it takes tells nothing of them.
    pub fn consumer(self, key: Decoded<'_>) -> Option<Field<'static>> {
        if key.clone().nth(LONGEST).is_some() {
            return None;
        }
        let hash = hash(key);
        let mut found = 0;
        for (key, number) in self.iter().zip(1..) {
            found |= number & same(&key.hash, &hash);
        }
        Some(self.iter().nth(usize::checked_sub(found, 1)?)?.consumer)
    }
}

/// All ones if they are the same, 0 otherwise.
fn same(one: &Hash, another: &Hash) -> usize {
    let different = one.iter().zip(another).fold(0, |bits, (one, another)| bits | (one ^ another));
    // The compiler is not to see what becomes of it, and to make a branch of it.
    usize::from(black_box(different != 0)).wrapping_sub(1)
}

#[inline(never)]
pub fn hash(key: Decoded<'_>) -> Hash {
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    // A bit of one is behind the key, and its length in bits at the end of the last block.
    let mut bytes = key.chain([0x80]);
    let mut bits = (-8_i64).cast_unsigned();
    loop {
        let mut block = [0; 64];
        let mut filled = 0_u32;
        for (place, byte) in block.iter_mut().zip(&mut bytes) {
            *place = byte;
            filled = filled.wrapping_add(1);
        }
        bits = bits.wrapping_add(u64::from(filled) << 3);
        let is_last = filled <= 56;
        if let Some(end) = block.last_chunk_mut()
            && is_last
        {
            *end = bits.to_be_bytes();
        }
        compress256(&mut state, &[block.into()]);
        if is_last {
            return state;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::boxed::Box;

    use whit::field;

    use sha2::Digest as _;

    use super::*;
    use crate::config::sha256;

    fn of(text: &str) -> Hash {
        hash(Decoded::plain(text.as_bytes()))
    }

    fn keys(list: &[(&str, Field<'static>)]) -> Keys {
        let mut keys = Keys::default();
        for (key, consumer) in list {
            let key = Key { hash: of(key), consumer: *consumer, before: keys.last };
            keys.last = Some(Box::leak(Box::new(key)));
        }
        keys
    }

    fn consumer(keys: Keys, key: &[u8]) -> Option<&'static [u8]> {
        keys.consumer(Decoded::plain(key)).map(Field::as_bytes)
    }

    #[test]
    fn the_examples_of_fips_180_4() {
        for (text, expected) in [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
                 hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
            ),
            (
                &"a".repeat(1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            ),
        ] {
            assert_eq!(Some(of(text)), sha256(expected.as_bytes()), "{} bytes", text.len());
        }
    }

    #[test]
    fn keys_of_all_lengths_fill_their_blocks() {
        for length in 0..200 {
            let key = "k".repeat(length);
            let bytes: [u8; 32] = sha2::Sha256::digest(&key).into();
            assert_eq!(of(&key).map(u32::to_be_bytes).as_flattened(), bytes, "{length}");
        }
    }

    #[test]
    fn a_key_has_a_consumer() {
        assert_eq!(consumer(Keys::default(), b"a"), None);
        let keys = keys(&[("a", field!("A")), ("b c", field!("B")), ("d", field!("C"))]);
        assert_eq!(consumer(keys, b"a"), Some(&b"A"[..]));
        assert_eq!(consumer(keys, b"b c"), Some(&b"B"[..]));
        assert_eq!(consumer(keys, b"d"), Some(&b"C"[..]));
        assert_eq!(keys.consumer(Decoded::new(b"b%20c&d")), Some(field!("B")));
        for unknown in [&b""[..], b"e", b"A", b"ad"] {
            assert_eq!(consumer(keys, unknown), None);
        }
    }

    #[test]
    fn hashes_that_differ_in_one_bit_are_not_the_same() {
        let hash = of("a");
        assert_eq!(same(&hash, &hash), usize::MAX);
        for bit in 0..256 {
            let mut other = hash;
            other[bit / 32] ^= 1 << (bit % 32);
            assert_eq!(same(&hash, &other), 0);
        }
    }

    #[test]
    fn a_key_has_4096_bytes_at_most() {
        let long = "a".repeat(LONGEST + 1);
        let keys = keys(&[(&long, field!("too long")), (&long[1..], field!("long"))]);
        assert_eq!(consumer(keys, long.as_bytes()), None);
        assert_eq!(consumer(keys, &long.as_bytes()[1..]), Some(&b"long"[..]));
    }
}
