//! Buffers.

use crate::arena::{self, Callback};
use crate::hostcall;
use crate::status::{Result, Status};

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

impl<'a> Buffer<'a> {
    /// Beyond the end of every buffer, and as much as one may ask for.
    pub(crate) const BEYOND: usize = i32::MAX as usize;

    pub(crate) const REQUEST_BODY: u32 = 0;
    pub(crate) const RESPONSE_BODY: u32 = 1;
    pub(crate) const DOWNSTREAM_DATA: u32 = 2;
    pub(crate) const UPSTREAM_DATA: u32 = 3;
    pub(crate) const HTTP_CALL_RESPONSE_BODY: u32 = 4;
    pub(crate) const GRPC_CALL_MESSAGE: u32 = 5;
    pub(crate) const VM_CONFIGURATION: u32 = 6;
    pub(crate) const PLUGIN_CONFIGURATION: u32 = 7;
    pub(crate) const FOREIGN_FUNCTION_ARGUMENTS: u32 = 8;

    #[inline(always)]
    pub(crate) const fn new(id: u32, callback: Callback<'a>) -> Self {
        Self { id, callback }
    }

    /// The bytes from `start` on, `length` of them at most. Past the end there are none.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`]: the buffer is not available in this
    ///   callback. (Envoy has an empty body instead.)
    /// - [`Status::BAD_ARGUMENT`]: `start` + `length` is too large.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow
    ///   by as much.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// if http.request_body().get(0, 5)? == b"<?xml" {
    ///     whit::info!("XML");
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[doc(alias = "proxy_get_buffer_bytes")]
    #[inline]
    pub fn get(&self, start: usize, length: usize) -> Result<&'a [u8]> {
        self.get_mut(start, length).map(|bytes| &*bytes)
    }

    /// A copy of the bytes from `start` on, which the plugin may change: as [`Buffer::get`]. The host's
    /// change only when they are written back.
    ///
    /// # Errors
    /// As for [`Buffer::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, size: usize, _end_of_stream: bool)
    /// # -> Result<Action> {
    /// let chunk = http.request_body().get_mut(0, size)?;
    /// chunk.make_ascii_uppercase();
    /// http.request_body().replace(chunk)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn get_mut(&self, start: usize, length: usize) -> Result<&'a mut [u8]> {
        hostcall::get_buffer_bytes(self.callback, self.id, start, length)
    }

    /// All bytes.
    ///
    /// # Errors
    /// As for [`Buffer::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// if !end_of_stream {
    ///     return Ok(Action::Pause);
    /// }
    /// let body = http.request_body().bytes()?;
    /// whit::info!(body.split(|byte| *byte == b'\n').count(), " lines");
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline]
    pub fn bytes(&self) -> Result<&'a [u8]> {
        self.get(0, Self::BEYOND)
    }

    /// How many bytes it holds.
    ///
    /// # Errors
    /// As for [`Buffer::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// if http.request_body().size()? > 1 << 20 {
    ///     return http.respond(413, Fields::NONE, b"");
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_status`.
    #[doc(alias = "proxy_get_buffer_status")]
    #[inline]
    pub fn size(&self) -> Result<usize> {
        hostcall::get_buffer_status(self.id)
    }

    /// Fills `into` with the bytes from `start` on, and returns how many there were: all that `into`
    /// holds, unless the end came first. They are copied once, and no memory grows.
    ///
    /// # Errors
    /// As for [`Buffer::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, _size: usize, _end: bool) -> Result<Action> {
    ///     let mut magic = [0; 4];
    ///     if http.request_body().read_into(0, &mut magic)? == 4 && magic == *b"\x7fELF" {
    ///         return http.respond(415, Fields::NONE, b"No programs, please.\n");
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn read_into(&self, start: usize, into: &mut [u8]) -> Result<usize> {
        hostcall::get_buffer_bytes_into(self.id, start, into)
    }

    /// Hands all bytes to `read`, `size` (at least one) of them at a time, in memory that is used
    /// again for each chunk: a body of any size is read in the memory of one chunk.
    ///
    /// # Errors
    /// As for [`Buffer::get`], and what `read` returns.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, _size: usize, _end: bool) -> Result<Action> {
    ///     let mut sum = 0_u32;
    ///     http.request_body().for_each_chunk(4096, |chunk| {
    ///         sum = chunk.iter().fold(sum, |sum, byte| sum.wrapping_add(u32::from(*byte)));
    ///         Ok(())
    ///     })?;
    ///     whit::info!("sum ", sum);
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    pub fn for_each_chunk(
        &self,
        size: usize,
        mut read: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let chunk = arena::scratch(self.callback, size.max(1))?;
        let mut start = 0_usize;
        loop {
            let filled = self.read_into(start, chunk)?;
            let Some(bytes @ [_, ..]) = chunk.get(..filled) else { return Ok(()) };
            read(bytes)?;
            start = start.checked_add(filled).ok_or(Status::BAD_ARGUMENT)?;
        }
    }

    /// Puts these bytes in place of all.
    ///
    /// A body whose length changes no longer fits a `content-length`: remove that header in the
    /// headers' callback.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`],
    ///   [`Status::BAD_ARGUMENT`]: the buffer is not available in this
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
        hostcall::set_buffer_bytes(self.id, 0, Self::BEYOND, bytes)
    }

    /// Puts these bytes in place of the first `length`, or of all if there are not so many.
    ///
    /// # Errors
    /// As for [`Buffer::replace`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_downstream_data(&mut self, stream: &Stream<'_>, _: usize, _: bool) -> Result<Action> {
    ///     stream.downstream_data().replace_first(4, b"PING")?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_set_buffer_bytes`.
    #[inline]
    pub fn replace_first(&self, length: usize, bytes: &[u8]) -> Result<()> {
        hostcall::set_buffer_bytes(self.id, 0, length, bytes)
    }

    /// Puts these bytes before the first.
    ///
    /// # Errors
    /// As for [`Buffer::replace`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// http.request_body().prepend(b"begin\n")?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
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
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// if end_of_stream {
    ///     http.request_body().append(b"end\n")?;
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_set_buffer_bytes`.
    #[inline]
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        hostcall::set_buffer_bytes(self.id, Self::BEYOND, 0, bytes)
    }
}
