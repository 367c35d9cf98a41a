//! Keys, and what each of them has signed.

#[cfg(feature = "es256")]
use super::es256;
#[cfg(feature = "hs256")]
use super::hs256;
#[cfg(feature = "rs256")]
use super::rs256;

#[cfg(not(any(feature = "hs256", feature = "rs256", feature = "es256")))]
compile_error!("choose an algorithm: the features are `hs256`, `rs256` and `es256`");

/// A key: for one algorithm, in which a token has no say.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // There is no allocator for a `Box`.
pub enum Key {
    #[cfg(feature = "hs256")]
    Hs256(hs256::Key),
    #[cfg(feature = "rs256")]
    Rs256(rs256::Key),
    #[cfg(feature = "es256")]
    Es256(es256::Key),
}

impl Key {
    /// What has more bytes is no signature.
    pub const SIGNATURE: usize = if cfg!(feature = "rs256") { 512 } else { 128 };

    /// What tokens call its algorithm.
    pub fn algorithm(&self) -> &'static [u8] {
        match self {
            #[cfg(feature = "hs256")]
            Self::Hs256(_) => b"HS256",
            #[cfg(feature = "rs256")]
            Self::Rs256(_) => b"RS256",
            #[cfg(feature = "es256")]
            Self::Es256(_) => b"ES256",
        }
    }

    /// Whether it has signed a message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            #[cfg(feature = "hs256")]
            Self::Hs256(key) => key.verify(message, signature),
            #[cfg(feature = "rs256")]
            Self::Rs256(key) => key.verify(message, signature),
            #[cfg(feature = "es256")]
            Self::Es256(key) => key.verify(message, signature),
        }
    }
}
