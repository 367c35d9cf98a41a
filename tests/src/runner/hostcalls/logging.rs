//! Logging, clocks and timers.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::abi::Status;
use super::super::host::{LogLevel, LogLine};
use super::{Call, Outcome};

pub(super) fn log(call: &mut Call<'_, '_>, level: u32, data: u32, size: u32) -> Outcome {
    let level = LogLevel::from_number(level).ok_or(Status::BadArgument)?;
    let message = String::from_utf8_lossy(&call.read(data, size)?).into_owned();
    let host = call.host();
    let context_id = host.context_id();
    host.log.push(LogLine { context_id, level, message });
    Ok(())
}

/// Envoy's own level; it runs with `info` unless told otherwise.
pub(super) fn get_log_level(call: &mut Call<'_, '_>, level_out: u32) -> Outcome {
    call.write_u32(level_out, LogLevel::Info as u32)
}

pub(super) fn get_status(
    call: &mut Call<'_, '_>,
    code_out: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    call.write_u32(code_out, 0)?;
    call.give(b"", data_out, size_out)
}

pub(super) fn get_current_time_nanoseconds(call: &mut Call<'_, '_>, time_out: u32) -> Outcome {
    call.write_u64(time_out, now())
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

/// No tick ever comes: the runner has no clock that moves on by itself.
pub(super) fn set_tick_period_milliseconds(_: &mut Call<'_, '_>, _period: u32) -> Outcome {
    Ok(())
}
