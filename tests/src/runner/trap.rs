//! Why calls fail, and hostcalls do.

use wasmtime::{Trap, WasmBacktrace};

use super::abi::Status;
use super::guest::FUEL;
use super::hostcalls::BUDGET;
use super::kept::MOST;

/// Why a call into the VM has failed, as Envoy says it.
pub(crate) fn reason(error: &wasmtime::Error, has_names: bool) -> String {
    let trap = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "Uncaught RuntimeError: unreachable",
        Some(Trap::MemoryOutOfBounds) => "Uncaught RuntimeError: memory access out of bounds",
        Some(Trap::TableOutOfBounds) => "Uncaught RuntimeError: table index is out of bounds",
        Some(Trap::IndirectCallToNull | Trap::BadSignature) => {
            "Uncaught RuntimeError: null function or function signature mismatch"
        }
        Some(Trap::IntegerDivisionByZero) => "Uncaught RuntimeError: divide by zero",
        Some(Trap::IntegerOverflow) => "Uncaught RuntimeError: divide result unrepresentable",
        Some(Trap::BadConversionToInteger) => {
            "Uncaught RuntimeError: float unrepresentable in integer range"
        }
        Some(Trap::StackOverflow) => STACK_OVERFLOW,
        Some(Trap::OutOfFuel) => return format!("stopped after {FUEL} instructions"),
        _ => match error.downcast_ref::<Stopped>() {
            Some(Stopped::Restricted) => "Uncaught Error: restricted_callback",
            Some(stopped) => return stopped.to_string(),
            None => return error.root_cause().to_string(),
        },
    };
    let mut reason = trap.to_owned();
    if has_names && let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        reason.push_str("\nProxy-Wasm plugin in-VM backtrace:");
        for (n, frame) in backtrace.frames().iter().enumerate() {
            let offset = frame.module_offset().unwrap_or_default();
            let name = frame.func_name().map_or_else(
                || format!("unknown(function index:{})", frame.func_index()),
                str::to_owned,
            );
            reason.push_str(&format!("\n{n:>3}:  0x{offset:x} - {name}"));
        }
    }
    reason
}

/// The reason where calls are too deep.
pub(crate) const STACK_OVERFLOW: &str = "Uncaught RangeError: Maximum call stack size exceeded";

/// The reason where callbacks led to callbacks, and these to too much.
pub(crate) fn led_too_far() -> String {
    format!("stopped, for one callback has led to {FUEL} instructions of others")
}

/// Why the host stopped the guest in a hostcall.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("restricted_callback")]
    Restricted,
    #[error("this runner does not offer {0}")]
    NotOffered(String),
    #[error("Envoy crashes here: {0}")]
    CrashesEnvoy(&'static str),
    #[error("stopped after hostcalls as costly as moving {BUDGET} bytes")]
    OverBudget,
    #[error("stopped, for plugins have left {MOST} bytes with the host")]
    Full,
}

/// A hostcall's end other than OK.
#[derive(Debug)]
pub(crate) enum Fail {
    Status(Status),
    Stop(Stopped),
}

impl From<Stopped> for Fail {
    fn from(stopped: Stopped) -> Self {
        Self::Stop(stopped)
    }
}

impl From<Status> for Fail {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}
