//! What a callback returns, and what becomes of an error that it lets out.

use crate::hostcall;
use crate::log::{self, CallbackName};
use crate::map::Map;
use crate::status::{Result, Status};

/// What the host does with the stream after a callback: the spec's `proxy_action_t`, and what Envoy
/// has besides.
///
/// | | Envoy | ngx_wasm_module |
/// |---|---|---|
/// | [`Continue`](Self::Continue) | goes on | goes on |
/// | [`Pause`](Self::Pause) from a header callback | stops the whole stream, bodies included; with `allow_on_headers_stop_iteration`, headers only | stops |
/// | [`Pause`](Self::Pause) from a body callback | buffers; the next callback sees all that has come | buffers |
/// | [`ContinueAndEndStream`](Self::ContinueAndEndStream) | goes on | an error |
/// | [`PauseAllAndBuffer`](Self::PauseAllAndBuffer) | stops the whole stream and buffers, up to its limit | an error |
/// | [`PauseAllAndWatermark`](Self::PauseAllAndWatermark) | stops the whole stream, and the sender once buffers are full | an error |
///
/// A stream that waits goes on with [`Http::continue_request`](crate::Http::continue_request) or [`Http::continue_response`](crate::Http::continue_response). After a
/// local reply the action does not matter.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
/// # -> Result<Action> {
/// if !end_of_stream {
///     return Ok(Action::Pause); // Until all of it is there.
/// }
/// whit::info!(http.request_body().size()?, " bytes");
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[doc(alias = "proxy_action_t")]
pub enum Action {
    /// The stream goes on.
    Continue = 0,
    /// The stream waits.
    ///
    /// In a body callback, the host buffers what has arrived, and calls again with the next chunk.
    Pause = 1,
    /// Not in the spec; Envoy makes [`Action::Continue`] of it.
    ContinueAndEndStream = 2,
    /// Not in the spec: in Envoy, the stream waits with everything that follows, in buffers.
    PauseAllAndBuffer = 3,
    /// Not in the spec: in Envoy, the stream waits with everything that follows, and whoever sends is
    /// slowed down.
    PauseAllAndWatermark = 4,
}

/// What a plugin does with a stream whose callback lets an error out, after the error was logged.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// // Better a request without the header than none.
/// const ON_ERROR: OnError = OnError::Pass;
///
/// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
///     http.request_headers().add(field!("x-seen"), field!("yes"))?;
///     Ok(Action::Continue)
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The stream fails: an HTTP stream is answered with a 500 where that can still be, a TCP stream
    /// is closed.
    Fail,
    /// The stream goes on, as if the plugin were not there.
    Pass,
}

/// The spec's `proxy_stream_type_t`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
#[doc(alias = "proxy_stream_type_t")]
pub enum StreamType {
    HttpRequest = 0,
    HttpResponse = 1,
    Downstream = 2,
    Upstream = 3,
}

/// What a callback of a stream may return: an [`Action`], or a [`Result`] of one.
///
/// With a `Result`, `?` lets an error out of the callback. It is then logged, at
/// [`Level::Error`](crate::Level::Error) and with the callback's name, and handled as that callback's
/// documentation and the filter's `ON_ERROR` say. A callback that returns an `Action` brings none of
/// that into the module.
#[diagnostic::on_unimplemented(
    message = "a callback of a stream cannot return `{Self}`",
    label = "return `Action` or `Result<Action>`"
)]
pub trait Outcome: Sealed + Sized {
    /// What a callback returned; `None` of one that could not run, for there are no values for it. That is an error,
    /// where it may let one out, and otherwise the stream goes on.
    #[doc(hidden)]
    fn of(returned: Option<Self>) -> Result<Action>;
}

/// What becomes of a stream whose callback let an error out.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// It is answered with a 500.
    Reply,
    /// Its connection is closed.
    Close,
    /// It goes on.
    Pass,
}

impl Failure {
    /// This one, unless the plugin lets errors pass.
    #[inline(always)]
    pub(crate) const fn unless_passed(self, on_error: OnError) -> Self {
        match on_error {
            OnError::Fail => self,
            OnError::Pass => Self::Pass,
        }
    }

    #[inline(always)]
    pub(crate) fn settle(self, callback: CallbackName, status: Status) -> Action {
        log::error_of(callback, status);
        match self {
            Self::Reply => reply(),
            Self::Close => close(),
            Self::Pass => Action::Continue,
        }
    }
}

pub trait Sealed {}
impl Sealed for Action {}
impl Sealed for Result<Action> {}

impl Outcome for Action {
    #[inline(always)]
    fn of(returned: Option<Self>) -> Result<Action> {
        Ok(returned.unwrap_or(Self::Continue))
    }
}

impl Outcome for Result<Action> {
    #[inline(always)]
    fn of(returned: Option<Self>) -> Result<Action> {
        returned.unwrap_or(Err(Status::INVALID_MEMORY_ACCESS))
    }
}

/// What a callback may return that tells the host nothing: nothing, or an error, which is logged.
#[diagnostic::on_unimplemented(
    message = "this callback cannot return `{Self}`",
    label = "return nothing, `Result<()>` or `Result<Action>`"
)]
pub trait LastOutcome: LastSealed {
    #[doc(hidden)]
    fn settle(self, callback: CallbackName);

    /// Of an answer that a stream has waited for: an error must not leave it waiting.
    #[doc(hidden)]
    fn settle_answer(self, callback: CallbackName, failure: Failure, waiting: StreamType);
}

pub trait LastSealed {}
impl LastSealed for () {}
impl LastSealed for Result<()> {}
impl LastSealed for Result<Action> {}

/// The action of a local reply, for instance, which tells the host nothing here.
impl LastOutcome for Result<Action> {
    #[inline(always)]
    fn settle(self, callback: CallbackName) {
        LastOutcome::settle(self.map(|_| ()), callback);
    }

    #[inline(always)]
    fn settle_answer(self, callback: CallbackName, failure: Failure, waiting: StreamType) {
        self.map(|_| ()).settle_answer(callback, failure, waiting);
    }
}

impl LastOutcome for () {
    #[inline(always)]
    fn settle(self, _: CallbackName) {}

    #[inline(always)]
    fn settle_answer(self, _: CallbackName, _: Failure, _: StreamType) {}
}

impl LastOutcome for Result<()> {
    #[inline(always)]
    fn settle(self, callback: CallbackName) {
        if let Err(status) = self {
            log::error_of(callback, status);
        }
    }

    #[inline(always)]
    fn settle_answer(self, callback: CallbackName, failure: Failure, waiting: StreamType) {
        if let Err(status) = self
            && failure.settle(callback, status) == Action::Continue
        {
            go_on(waiting);
        }
    }
}

/// What a callback may return that accepts or refuses: `bool`, `Result<bool>`, or `Result<()>` and
/// [`json::Result<(), json::Error>`](crate::json::Result), where `Ok(())` accepts. An error is logged, and refuses.
#[diagnostic::on_unimplemented(
    message = "this callback cannot return `{Self}`",
    label = "return `bool`, `Result<bool>`, `Result<()>` or `json::Result<(), json::Error>`"
)]
pub trait Acceptance: AcceptanceSealed {
    #[doc(hidden)]
    fn settle(self, callback: CallbackName) -> u32;
}

pub trait AcceptanceSealed {}
impl AcceptanceSealed for bool {}
impl AcceptanceSealed for Result<bool> {}
impl AcceptanceSealed for Result<()> {}

impl Acceptance for bool {
    #[inline(always)]
    fn settle(self, _: CallbackName) -> u32 {
        self.into()
    }
}

impl Acceptance for Result<bool> {
    #[inline(always)]
    fn settle(self, callback: CallbackName) -> u32 {
        match self {
            Ok(accepted) => accepted.into(),
            Err(status) => {
                log::error_of(callback, status);
                0
            }
        }
    }
}

impl Acceptance for Result<()> {
    #[inline(always)]
    fn settle(self, callback: CallbackName) -> u32 {
        self.map(|()| true).settle(callback)
    }
}

/// Answers with a 500; if the host does not take that, the stream goes on.
#[inline(never)]
fn reply() -> Action {
    match hostcall::send_local_response(500, &[], &[], &[], None) {
        Ok(()) => Action::Pause,
        Err(_) => Action::Continue,
    }
}

/// Lets a stream go on that waited for an answer: of an HTTP stream the response, once there is one.
#[inline(never)]
fn go_on(waiting: StreamType) {
    let waiting = match waiting {
        StreamType::HttpRequest if hostcall::get_header_map_size(Map::RESPONSE_HEADERS).is_ok() => {
            StreamType::HttpResponse
        }
        waiting => waiting,
    };
    let _ = hostcall::continue_stream(waiting as u32);
}

/// Closes the connection; if the host does not take that, the stream goes on.
#[inline(never)]
fn close() -> Action {
    match hostcall::close_stream(StreamType::Downstream as u32) {
        Ok(()) => Action::Pause,
        Err(_) => Action::Continue,
    }
}
