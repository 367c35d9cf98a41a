//! Randomness.

use crate::hostcall;
use crate::status::Result;

/// Fills a buffer with random bytes; Envoy gives 64 KiB at once at most.
///
/// # Errors
/// - [`Status::BAD_ARGUMENT`](crate::Status::BAD_ARGUMENT): so many at once the host does not give.
/// - [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): it restricts this capability.
///
/// ```
/// # fn roll() -> whit::Result<()> {
/// let mut bytes = [0; 4];
/// whit::random(&mut bytes)?;
/// # Ok(())
/// # }
/// ```
///
/// Spec: "Randomness", `random_get`.
#[doc(alias = "random_get")]
#[inline]
pub fn random(buffer: &mut [u8]) -> Result<()> {
    hostcall::random_get(buffer)
}
