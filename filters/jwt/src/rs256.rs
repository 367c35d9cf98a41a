//! RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3; RFC 8017, section 8.2.2).
//!
//! Nothing here is secret, so nothing takes the same time for everything.

use core::iter::{once, repeat};

use crypto_bigint::{NonZero, U4096};
use sha2::{Digest as _, Sha256};

use super::base64url;

/// A public key.
#[derive(Debug)]
pub struct Key {
    modulus: NonZero<U4096>,
    exponent: u32,
    /// How many bytes the modulus has, and every signature.
    size: usize,
}

/// As many bytes as the largest modulus has.
type Bytes = [u8; Key::MOST];

/// Of the message's hash in an encoded message: a `DigestInfo` that names SHA-256 (RFC 8017, section 9.2).
const DIGEST_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

impl Key {
    pub const NEEDS: &'static str =
        "\"n\" of 2048 to 4096 bits and \"e\" from 65537 to 4294967295 in base64url";
    /// The most bytes of a modulus.
    pub const MOST: usize = 512;
    const LEAST_BITS: u32 = 2048;

    pub fn new(n: Option<&[u8]>, e: Option<&[u8]>) -> Option<Self> {
        let mut bytes = [0; Self::MOST];
        let n = base64url::decode(n?, &mut bytes)?;
        let modulus = NonZero::new(number(n)?).into_option()?;
        let mut bytes = [0; 4];
        let e = base64url::decode(e?, &mut bytes)?;
        let exponent = e.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        let is_odd = n.last()? & 1 == 1 && exponent & 1 == 1;
        // Numbers have no leading zeros (RFC 7518, section 2).
        let is_short = *n.first()? != 0 && *e.first()? != 0;
        let is_strong = modulus.bit_width_vartime() >= Self::LEAST_BITS && exponent > 0xffff;
        (is_odd && is_short && is_strong).then_some(Self { modulus, exponent, size: n.len() })
    }

    /// Whether it has signed a message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(signature) = number(signature).filter(|_| signature.len() == self.size) else {
            return false;
        };
        signature < *self.modulus.as_ref() && self.power(&signature) == self.encoded(message)
    }

    /// What a signature was made from: its power, square by square from the exponent's second bit on.
    fn power(&self, signature: &U4096) -> U4096 {
        let mut power = *signature;
        for bit in (0..self.exponent.ilog2()).rev() {
            power = power.square_mod_vartime(&self.modulus);
            if self.exponent >> bit & 1 == 1 {
                power = power.mul_mod_vartime(signature, &self.modulus);
            }
        }
        power
    }

    /// What a signature is made from: all of it, so that nothing hides in a place where nobody looks.
    fn encoded(&self, message: &[u8]) -> U4096 {
        let hash = Sha256::digest(message);
        let mut bytes: Bytes = [0; Self::MOST];
        // From the last byte on; the first two are 0 and 1.
        let end = DIGEST_INFO.iter().chain(&hash).rev();
        let padding = once(&0).chain(repeat(&0xff));
        let filled = end.chain(padding).take(self.size.saturating_sub(2)).chain(once(&1));
        for (place, byte) in bytes.iter_mut().rev().zip(filled) {
            *place = *byte;
        }
        U4096::from_be_slice(&bytes)
    }
}

/// A number from its bytes, the first one first.
fn number(bytes: &[u8]) -> Option<U4096> {
    let mut whole: Bytes = [0; Key::MOST];
    let start = whole.len().checked_sub(bytes.len())?;
    whole.get_mut(start..)?.copy_from_slice(bytes);
    Some(U4096::from_be_slice(&whole))
}
