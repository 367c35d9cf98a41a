//! Inputs that are made of others: the same in every run.

/// Numbers that look random: xorshift.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Those of a name.
    pub fn of(name: &str) -> Self {
        let mix = |state: u64, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, mix) | 1)
    }

    /// The next one below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// No input is longer.
pub const LONGEST: usize = 4096;

/// Changes one of these inputs in one to eight places.
pub fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let pick = |random: &mut Random| match corpus.len() {
        0 => Vec::new(),
        count => corpus[random.below(count)].clone(),
    };
    let mut bytes = pick(random);
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let to = bytes.len().min(at + 1 + random.below(16));
        match random.below(8) {
            0 => bytes.insert(at, random.byte()),
            1 => drop(bytes.drain(at..to)),
            2 => bytes[at..to].iter_mut().for_each(|byte| *byte = random.byte()),
            3 => bytes[at..to].iter_mut().for_each(|byte| *byte ^= 1 << random.below(8)),
            // A part of it again.
            4 => drop(bytes.splice(at..at, bytes[at..to].to_vec())),
            5 => bytes.truncate(at),
            // The end of another one.
            6 => {
                let other = pick(random);
                bytes.truncate(at);
                bytes.extend(&other[random.below(other.len() + 1)..]);
            }
            _ => {
                let number = random.one_of_the_edges();
                drop(bytes.splice(at..to.min(at + 4), number.to_le_bytes()));
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

impl Random {
    /// A number at which something may change.
    fn one_of_the_edges(&mut self) -> u32 {
        let power = 1_u32 << self.below(32);
        power.wrapping_add(self.below(3) as u32).wrapping_sub(1)
    }
}
