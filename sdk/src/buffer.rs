//! Buffers.

use crate::arena::Callback;
use crate::hostcall;
use crate::status::Result;

/// A buffer that the host holds: the spec's `proxy_buffer_type_t`.
///
/// What is read from it lives as long as the callback, in the module's memory: a callback that reads
/// a body of a megabyte makes the memory grow by as much, once.
///
/// Spec: "Buffers".
#[derive(Clone, Copy, Debug)]
#[doc(alias = "proxy_buffer_type_t")]
pub struct Buffer<'a> {
    id: u32,
    callback: Callback<'a>,
}

/// Beyond the end of every buffer, and as much as one may ask for.
const BEYOND: usize = i32::MAX as usize;

impl<'a> Buffer<'a> {
    pub(crate) const REQUEST_BODY: u32 = 0;
    pub(crate) const RESPONSE_BODY: u32 = 1;

    #[inline(always)]
    pub(crate) const fn new(id: u32, callback: Callback<'a>) -> Self {
        Self { id, callback }
    }

    /// The bytes from `start` on, `length` of them at most. Past the end there are none.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): the buffer is not available in this
    ///   callback. (Envoy has an empty body instead.)
    /// - [`Status::BAD_ARGUMENT`](crate::Status::BAD_ARGUMENT): `start` + `length` is too large.
    /// - [`Status::INVALID_MEMORY_ACCESS`](crate::Status::INVALID_MEMORY_ACCESS): memory cannot grow
    ///   by as much.
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[doc(alias = "proxy_get_buffer_bytes")]
    #[inline]
    pub fn get(&self, start: usize, length: usize) -> Result<&'a [u8]> {
        hostcall::get_buffer_bytes(self.callback, self.id, start, length)
    }

    /// All bytes.
    ///
    /// # Errors
    /// As for [`Buffer::get`].
    #[inline]
    pub fn bytes(&self) -> Result<&'a [u8]> {
        self.get(0, BEYOND)
    }

    /// Puts these bytes in place of all.
    ///
    /// A body whose length changes no longer fits a `content-length`: remove that header in the
    /// headers' callback.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`](crate::Status::NOT_FOUND),
    ///   [`Status::BAD_ARGUMENT`](crate::Status::BAD_ARGUMENT): the buffer is not available in this
    ///   callback, or cannot be changed.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     let _ = http.response_headers().remove(field!("content-length"));
    ///     Action::Continue
    /// }
    ///
    /// fn on_response_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool) -> Action {
    ///     if !end_of_stream {
    ///         return Action::Pause; // Until all of it is there.
    ///     }
    ///     let _ = http.response_body().replace(b"Original message body.\n");
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_set_buffer_bytes`.
    #[doc(alias = "proxy_set_buffer_bytes")]
    #[inline]
    pub fn replace(&self, bytes: &[u8]) -> Result<()> {
        hostcall::set_buffer_bytes(self.id, 0, BEYOND, bytes)
    }

    /// Puts these bytes before the first.
    ///
    /// # Errors
    /// As for [`Buffer::replace`].
    ///
    /// Spec: `proxy_set_buffer_bytes`.
    #[inline]
    pub fn prepend(&self, bytes: &[u8]) -> Result<()> {
        hostcall::set_buffer_bytes(self.id, 0, 0, bytes)
    }

    /// Puts these bytes after the last.
    ///
    /// # Errors
    /// As for [`Buffer::replace`].
    ///
    /// Spec: `proxy_set_buffer_bytes`.
    #[inline]
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        hostcall::set_buffer_bytes(self.id, BEYOND, 0, bytes)
    }
}
