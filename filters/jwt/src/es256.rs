//! ES256: ECDSA with P-256 and SHA-256 (RFC 7518, section 3.4).

use p256::AffinePoint;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::point::AffineCoordinates as _;
use sha2::{Digest as _, Sha256};

use super::base64url;

/// A public key: a point of the curve.
#[derive(Debug)]
pub struct Key {
    point: VerifyingKey,
}

impl Key {
    pub const NEEDS: &'static str =
        "\"crv\": \"P-256\" with \"x\" and \"y\", a point of the curve in base64url,";

    pub fn new(crv: Option<&[u8]>, x: Option<&[u8]>, y: Option<&[u8]>) -> Option<Self> {
        if crv != Some(b"P-256") {
            return None;
        }
        let (x, y) = (coordinate(x?)?, coordinate(y?)?);
        // It sees to it that the point is one of the curve.
        let point = AffinePoint::from_coordinates(&x.into(), &y.into()).into_option()?;
        Some(Self { point: VerifyingKey::from_affine(point).ok()? })
    }

    /// Whether it has signed a message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // Two numbers of 32 bytes, none of them zero.
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        self.point.verify_prehash(&Sha256::digest(message), &signature).is_ok()
    }
}

/// It has all its bytes, leading zeros too (RFC 7518, section 6.2.1.2).
fn coordinate(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (base64url::decode(text, &mut bytes)?.len() == 32).then_some(bytes)
}
