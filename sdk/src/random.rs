//! Randomness.

use crate::hostcall;
use crate::status::Result;

/// Fills a buffer with random bytes; Envoy gives 64 KiB at once at most. For a few, [`random_array`] is shorter.
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

/// As many random bytes as are asked for.
///
/// # Errors
/// As for [`random`](fn@random).
///
/// ```
/// # fn roll() -> whit::Result<()> {
/// let seed = u32::from_le_bytes(whit::random_array()?);
/// # Ok(())
/// # }
/// ```
///
/// Spec: "Randomness", `random_get`.
#[doc(alias = "random_get")]
#[inline(always)]
pub fn random_array<const SIZE: usize>() -> Result<[u8; SIZE]> {
    hostcall::random_get_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_filled_whatever_its_size() {
        let all = |bytes: &[u8]| bytes.iter().any(|byte| *byte != 0);
        assert_eq!(random_array(), Ok([]));
        assert!(all(&random_array::<32>().expect("the host has some")));
        assert!(all(&random_array::<1000>().expect("the host has some")));
    }
}
