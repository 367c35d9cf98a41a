//! The answers to HTTP callouts.

use super::HttpCallId;
use crate::arena::Callback;
use crate::buffer::Buffer;
use crate::map::Map;
use crate::status::Result;

/// The answer to an HTTP callout: available in the callback that gets it.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
/// # -> Result<()> {
/// match response.status()? {
///     Some(200) => whit::info!("it says ", response.body().bytes()?),
///     _ if response.failed() => whit::warn!("no answer"),
///     status => whit::warn!("status ", status),
/// }
/// http.continue_request()?;
/// # Ok(())
/// # }
/// # }
/// ```
///
/// Spec: `proxy_on_http_call_response`.
#[derive(Clone, Copy, Debug)]
pub struct HttpCallResponse<'a> {
    call: HttpCallId,
    num_headers: u32,
    body_size: usize,
    callback: Callback<'a>,
}

impl<'a> HttpCallResponse<'a> {
    #[inline(always)]
    pub(crate) const fn new(
        call: u32,
        num_headers: u32,
        body_size: usize,
        callback: Callback<'a>,
    ) -> Self {
        Self { call: HttpCallId(call), num_headers, body_size, callback }
    }

    /// The callout that it answers.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::HttpCallId;
    /// # #[derive(Default)]
    /// # struct Filter { expected: Option<HttpCallId> }
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if self.expected == Some(response.call()) {
    ///     http.continue_request()?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn call(&self) -> HttpCallId {
        self.call
    }

    /// Whether there is no answer: the host could not send the request, or gave up waiting. (Envoy makes a
    /// response of its own of most failures: 503 when it cannot connect, 504 after the timeout.)
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if response.failed() {
    ///     http.respond(503, Fields::NONE, b"Try again.\n")?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn failed(&self) -> bool {
        self.num_headers == 0
    }

    /// The header `:status`, if it is a number.
    ///
    /// # Errors
    /// As for [`Map::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if response.status()? == Some(200) {
    ///     http.continue_request()?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline]
    pub fn status(&self) -> Result<Option<u16>> {
        let status = self.headers().get(crate::field!(":status"))?.unwrap_or_default();
        let [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] = *status else { return Ok(None) };
        let digit = |digit: u8| u16::from(digit & 0xf);
        Ok(Some(
            (digit(a).wrapping_mul(10).wrapping_add(digit(b)))
                .wrapping_mul(10)
                .wrapping_add(digit(c)),
        ))
    }

    /// The answer's headers, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if let Some(user) = response.headers().get("x-user")? {
    ///     http.request_headers().replace("x-user", user)?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn headers(&self) -> Map<'a> {
        Map::new(Map::HTTP_CALL_RESPONSE_HEADERS, self.callback)
    }

    /// How many bytes the answer's body has.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// whit::info!(response.body_size(), " bytes");
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn body_size(&self) -> usize {
        self.body_size
    }

    /// The answer's body, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// let first = response.body().get(0, 64)?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::HTTP_CALL_RESPONSE_BODY, self.callback)
    }

    /// The answer's trailers, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// let checksum = response.trailers().get("x-checksum")?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn trailers(&self) -> Map<'a> {
        Map::new(Map::HTTP_CALL_RESPONSE_TRAILERS, self.callback)
    }
}
