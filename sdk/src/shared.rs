//! Data that the VMs of one `vm_id` share.

use crate::context::Context;
use crate::hostcall;
use crate::status::{Result, Status};

/// What a value is compared with when it is set again, so that nobody's change is lost. Never read
/// anything out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Cas(pub(crate) u32);

/// Shares a value under a key, whatever is there. The ABI cannot delete a key.
///
/// # Errors
/// [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
///
/// ```
/// # fn example() -> whit::Result<()> {
/// whit::set_shared_data("limit", b"100")?;
/// # Ok(())
/// # }
/// ```
///
/// Spec: "Shared Key-Value Store", `proxy_set_shared_data`.
#[doc(alias = "proxy_set_shared_data")]
#[inline]
pub fn set_shared_data(key: impl AsRef<[u8]>, value: &[u8]) -> Result<()> {
    hostcall::set_shared_data(key.as_ref(), value, 0)
}

/// Shares a value under a key, if what is there is still what came with `cas`.
///
/// # Errors
/// - [`Status::CAS_MISMATCH`]: somebody else has changed it.
/// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
///
/// ```
/// # use whit::prelude::*;
/// # use whit::compare_and_set_shared_data;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// if let Some((_, cas)) = http.shared_data("leader")? {
///     match compare_and_set_shared_data("leader", b"me", cas) {
///         Ok(()) => whit::info!("elected"),
///         Err(Status::CAS_MISMATCH) => whit::info!("somebody else was"),
///         Err(status) => return Err(status),
///     }
/// }
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
///
/// Spec: "Shared Key-Value Store", `proxy_set_shared_data`.
#[inline]
pub fn compare_and_set_shared_data(key: impl AsRef<[u8]>, value: &[u8], cas: Cas) -> Result<()> {
    hostcall::set_shared_data(key.as_ref(), value, cas.0)
}

/// How often [`Context::update_shared_data`] tries.
const ATTEMPTS: u32 = 100;

impl Context<'_> {
    /// Changes a shared value: `change` makes the new one from the old one (`None` without one), and
    /// again whenever somebody else was faster. Returns the value that was set.
    ///
    /// Two that set the first value of a key at the same time do not see each other: the ABI compares
    /// only with a value that is there. Set it once, in `on_vm_start`.
    ///
    /// # Errors
    /// - What `change` returns.
    /// - [`Status::CAS_MISMATCH`]: a hundred times somebody else was faster.
    /// - As for [`Context::shared_data`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    ///     let count = http.update_shared_data("requests", |old| {
    ///         let old = old.and_then(|old| old.try_into().ok()).map_or(0, u64::from_le_bytes);
    ///         Ok((old + 1).to_le_bytes())
    ///     })?;
    ///     whit::info!("request ", u64::from_le_bytes(count));
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    pub fn update_shared_data<V: AsRef<[u8]>>(
        &self,
        key: impl AsRef<[u8]>,
        mut change: impl FnMut(Option<&[u8]>) -> Result<V>,
    ) -> Result<V> {
        let key = key.as_ref();
        for _ in 0..ATTEMPTS {
            let (old, cas) = match self.shared_data(key)? {
                Some((old, Cas(cas))) => (Some(old), cas),
                None => (None, 0),
            };
            let value = change(old)?;
            match hostcall::set_shared_data(key, value.as_ref(), cas) {
                Err(Status::CAS_MISMATCH) => {}
                result => return result.map(|()| value),
            }
        }
        Err(Status::CAS_MISMATCH)
    }
}
