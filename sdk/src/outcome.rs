//! What a callback returns, and what becomes of an error that it lets out.

use crate::hostcall;
use crate::http::Action;
use crate::log;
use crate::status::{Result, Status};

/// What a callback of a stream may return: an [`Action`], or a [`Result`] of one.
///
/// With a `Result`, `?` lets an error out of the callback. It is then logged, at
/// [`Level::Error`](crate::Level::Error) and with the callback's name, and handled as that callback's
/// documentation says. A callback that returns an `Action` brings none of that into the module.
#[diagnostic::on_unimplemented(
    message = "a callback of a stream cannot return `{Self}`",
    label = "return `Action` or `Result<Action>`"
)]
pub trait Outcome: Sealed {
    #[doc(hidden)]
    fn settle(self, callback: &'static str, policy: Policy) -> u32;
}

/// What becomes of a stream whose callback let an error out.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// It is answered with a 500.
    Reply,
    /// It goes on.
    Pass,
}

pub trait Sealed {}
impl Sealed for Action {}
impl Sealed for Result<Action> {}

impl Outcome for Action {
    #[inline(always)]
    fn settle(self, _: &'static str, _: Policy) -> u32 {
        self as u32
    }
}

impl Outcome for Result<Action> {
    #[inline(always)]
    fn settle(self, callback: &'static str, policy: Policy) -> u32 {
        match (self, policy) {
            (Ok(action), _) => action as u32,
            (Err(status), Policy::Reply) => {
                log_error(callback, status);
                reply()
            }
            (Err(status), Policy::Pass) => {
                log_error(callback, status);
                Action::Continue as u32
            }
        }
    }
}

/// What the last callback of a stream may return: nothing, or an error, which is logged.
#[diagnostic::on_unimplemented(
    message = "the last callback of a stream cannot return `{Self}`",
    label = "return nothing, or `Result<()>`"
)]
pub trait LastOutcome: LastSealed {
    #[doc(hidden)]
    fn settle(self, callback: &'static str);
}

pub trait LastSealed {}
impl LastSealed for () {}
impl LastSealed for Result<()> {}

impl LastOutcome for () {
    #[inline(always)]
    fn settle(self, _: &'static str) {}
}

impl LastOutcome for Result<()> {
    #[inline(always)]
    fn settle(self, callback: &'static str) {
        if let Err(status) = self {
            log_error(callback, status);
        }
    }
}

#[inline(never)]
fn log_error(callback: &'static str, status: Status) {
    log!(log::Level::Error, callback, ": status ", status.0);
}

/// Answers with a 500; if the host does not take that, the stream goes on.
#[inline(never)]
fn reply() -> u32 {
    match hostcall::send_local_response(500, &[], &[]) {
        Ok(()) => Action::Pause as u32,
        Err(_) => Action::Continue as u32,
    }
}
