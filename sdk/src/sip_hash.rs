//! A hash that nobody can foresee who does not know its key.

/// SipHash-2-4 of some bytes, with a key: it spreads what clients choose over slots or buckets, and clients
/// who do not know the key cannot choose what falls into one. The same key and bytes give the same hash in
/// every VM and every version.
///
/// It is for tables. It authenticates nothing: 64 bits are too few for that.
///
/// ```
/// let key = *b"sixteen bytes :)";
/// assert_eq!(whit::sip_hash(&key, b"a"), whit::sip_hash(&key, b"a"));
/// assert_ne!(whit::sip_hash(&key, b"a"), whit::sip_hash(&key, b"b"));
/// ```
pub fn sip_hash(key: &[u8; 16], bytes: &[u8]) -> u64 {
    let mut halves = key.as_chunks().0.iter().map(|half| u64::from_le_bytes(*half));
    let (k0, k1) = (halves.next().unwrap_or(0), halves.next().unwrap_or(0));
    let mut state = State([
        k0 ^ u64::from_be_bytes(*b"somepseu"),
        k1 ^ u64::from_be_bytes(*b"dorandom"),
        k0 ^ u64::from_be_bytes(*b"lygenera"),
        k1 ^ u64::from_be_bytes(*b"tedbytes"),
    ]);
    let (words, rest) = bytes.as_chunks();
    for word in words {
        state.absorb(u64::from_le_bytes(*word));
    }
    // What is left, and the length modulo 256 in the highest byte.
    let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
    state.absorb((bytes.len() as u64) << 56 | tail);
    state.0[2] ^= 0xff;
    state.rounds(4);
    state.0.iter().fold(0, |hash, word| hash ^ word)
}

struct State([u64; 4]);

impl State {
    fn absorb(&mut self, word: u64) {
        self.0[3] ^= word;
        self.rounds(2);
        self.0[0] ^= word;
    }

    #[inline(never)]
    fn rounds(&mut self, count: u32) {
        let [mut a, mut b, mut c, mut d] = self.0;
        for _ in 0..count {
            a = a.wrapping_add(b);
            c = c.wrapping_add(d);
            b = b.rotate_left(13) ^ a;
            d = d.rotate_left(16) ^ c;
            a = a.rotate_left(32);
            c = c.wrapping_add(b);
            a = a.wrapping_add(d);
            b = b.rotate_left(17) ^ c;
            d = d.rotate_left(21) ^ a;
            c = c.rotate_left(32);
        }
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation's: the key is 0 to 15, the message 0 to one less than its length.
    #[test]
    fn it_is_siphash_2_4() {
        let mut key = [0; 16];
        key.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
        for (length, hash) in [
            (0, 0x726f_db47_dd0e_0e31),
            (1, 0x74f8_39c5_93dc_67fd),
            (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
            (63, 0x958a_324c_eb06_4572),
        ] {
            let message: std::vec::Vec<u8> = (0..length).collect();
            assert_eq!(sip_hash(&key, &message), hash, "{length}");
        }
    }
}
