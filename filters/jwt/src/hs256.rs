//! HS256: HMAC with SHA-256 (RFC 7518, section 3.2).

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::base64url;

/// A secret.
#[derive(Debug)]
pub struct Key {
    /// With the zeros behind it that HMAC puts there.
    secret: [u8; Self::MOST],
}

impl Key {
    pub const NEEDS: &'static str = "\"k\", 32 to 64 bytes in base64url,";
    /// As long as the hash: RFC 7518 asks for it.
    const LEAST: usize = 32;
    /// As long as a block of the hash: what is longer, HMAC makes shorter.
    const MOST: usize = 64;

    pub fn new(k: Option<&[u8]>) -> Option<Self> {
        let mut secret = [0; Self::MOST];
        let size = base64url::decode(k?, &mut secret)?.len();
        (size >= Self::LEAST).then_some(Self { secret })
    }

    /// Whether it has signed a message; how long that takes tells nothing of the right signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Hmac::<Sha256>::new(&self.secret.into())
            .chain_update(message)
            .verify_slice(signature)
            .is_ok()
    }
}
