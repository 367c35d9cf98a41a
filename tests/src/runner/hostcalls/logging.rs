//! Logging, clocks and timers.

use super::super::abi::Status;
use super::super::clock::Timer;
use super::super::log::LogLevel;
use super::{Call, Outcome};

pub(super) fn log(call: &mut Call<'_, '_>, level: u32, data: u32, size: u32) -> Outcome {
    let level = LogLevel::from_number(level).ok_or(Status::BadArgument)?;
    let message = call.read(data, size)?;
    Ok(call.host().log(level, &message)?)
}

/// Envoy's own level; it runs with `info` unless told otherwise.
pub(super) fn get_log_level(call: &mut Call<'_, '_>, level_out: u32) -> Outcome {
    let level = call.host().shared().log_level;
    call.write_u32(level_out, level as u32)
}

/// Of the last call that ended, as far as a callback tells of it.
pub(super) fn get_status(
    call: &mut Call<'_, '_>,
    code_out: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let status = call.host().plugin_context().map(|context| context.status.clone());
    let (code, message) = status.unwrap_or_default();
    call.write_u32(code_out, code)?;
    call.give(message.as_bytes(), data_out, size_out)
}

pub(super) fn get_current_time_nanoseconds(call: &mut Call<'_, '_>, time_out: u32) -> Outcome {
    let now = call.host().look_at_clock();
    call.write_u64(time_out, now)
}

/// One period for each plugin context; 0 stops its ticks.
pub(super) fn set_tick_period_milliseconds(call: &mut Call<'_, '_>, period: u32) -> Outcome {
    let host = call.host();
    let context_id = host.plugin_context_id();
    if period == 0 {
        host.timers.remove(&context_id);
    } else {
        let period = u64::from(period) * 1_000_000;
        let due = host.shared().now + period;
        host.timers.insert(context_id, Timer { period, due });
    }
    Ok(())
}
