//! What WASI functions do that do more than answer.

use super::super::hostcalls::Call;
use super::super::log::LogLevel;
use super::{BADF, Errno, FAULT, INVAL, NOTSUP, SUCCESS};

/// The most that `random_get` gives at once.
const MAX_RANDOM: u32 = 64 * 1024;

/// There are no arguments.
pub(super) fn no_strings(call: &mut Call<'_, '_>, count_out: u32, size_out: u32) -> Errno {
    sizes(call, &[], count_out, size_out)
}

pub(super) fn environ_sizes_get(call: &mut Call<'_, '_>, count_out: u32, size_out: u32) -> Errno {
    let strings = environment(call);
    sizes(call, &strings, count_out, size_out)
}

/// Environment variables, as `name=value` with a NUL.
fn environment(call: &mut Call<'_, '_>) -> Vec<Vec<u8>> {
    let environment = &call.host().setup.environment;
    environment.iter().map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect()
}

fn sizes(call: &mut Call<'_, '_>, strings: &[Vec<u8>], count_out: u32, size_out: u32) -> Errno {
    let size: usize = strings.iter().map(Vec::len).sum();
    let written = call.write_u32(count_out, strings.len() as u32);
    written.and_then(|()| call.write_u32(size_out, size as u32)).map_or(FAULT, |()| SUCCESS)
}

pub(super) fn environ_get(call: &mut Call<'_, '_>, environ: u32, buffer: u32) -> Errno {
    let (mut environ, mut buffer) = (environ, buffer);
    for string in environment(call) {
        let written = call.write_u32(environ, buffer);
        if written.and_then(|()| call.write(buffer, &string)).is_err() {
            return FAULT;
        }
        environ = environ.wrapping_add(4);
        buffer = buffer.wrapping_add(string.len() as u32);
    }
    SUCCESS
}

/// The real-time and the monotonic clock, which here are one.
pub(super) fn clock_time_get(
    call: &mut Call<'_, '_>,
    id: u32,
    _precision: u64,
    time_out: u32,
) -> Errno {
    if id > 1 {
        return NOTSUP;
    }
    let now = call.host().look_at_clock();
    call.write_u64(time_out, now).map_or(FAULT, |()| SUCCESS)
}

/// Standard output and standard error can be written.
pub(super) fn fd_fdstat_get(call: &mut Call<'_, '_>, fd: u32, stat_out: u32) -> Errno {
    if written(fd) != SUCCESS {
        return BADF;
    }
    let mut stat = [0; 24];
    stat[8] = 64;
    let _ = call.write(stat_out, &stat);
    SUCCESS
}

/// Standard output is logged at info, standard error at error.
pub(super) fn fd_write(
    call: &mut Call<'_, '_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    written_out: u32,
) -> Errno {
    let level = match fd {
        1 => LogLevel::Info,
        2 => LogLevel::Error,
        _ => return BADF,
    };
    let mut message = Vec::new();
    for index in 0..iovs_len {
        let Some(bytes) = iovec(call, iovs, index) else { return FAULT };
        message.extend(bytes);
    }
    let written = message.len() as u32;
    if message.last() == Some(&b'\n') {
        message.pop();
    }
    if written != 0 && call.host().log(level, &message).is_err() {
        return FAULT;
    }
    call.write_u32(written_out, written).map_or(FAULT, |()| SUCCESS)
}

/// The bytes that the `index`th of these vectors describes.
fn iovec(call: &mut Call<'_, '_>, iovs: u32, index: u32) -> Option<Vec<u8>> {
    let iovec = call.read(iovs.checked_add(index.checked_mul(8)?)?, 8).ok()?;
    let (data, size) = iovec.split_first_chunk::<4>()?;
    match u32::from_le_bytes(*size.first_chunk::<4>()?) {
        // Envoy does not look where it lies.
        0 => Some(Vec::new()),
        size => call.read(u32::from_le_bytes(*data), size).ok(),
    }
}

pub(super) fn clock_res_get(call: &mut Call<'_, '_>, id: u32, resolution_out: u32) -> Errno {
    if id > 1 {
        return NOTSUP;
    }
    call.write_u64(resolution_out, 1).map_or(FAULT, |()| SUCCESS)
}

pub(super) fn fd_tell(call: &mut Call<'_, '_>, fd: u32, position_out: u32) -> Errno {
    if written(fd) != SUCCESS {
        return BADF;
    }
    call.write_u64(position_out, 0).map_or(FAULT, |()| SUCCESS)
}

/// Success for standard output and standard error, the only files.
pub(super) fn written(fd: u32) -> Errno {
    if fd == 1 || fd == 2 { SUCCESS } else { BADF }
}

/// Answers `errno` after writing a 0.
pub(super) fn zero(call: &mut Call<'_, '_>, out: u32, errno: Errno) -> Errno {
    call.write_u32(out, 0).map_or(FAULT, |()| errno)
}

pub(super) fn random_get(call: &mut Call<'_, '_>, buffer: u32, size: u32) -> Errno {
    if size > MAX_RANDOM {
        return INVAL;
    }
    if size == 0 {
        return SUCCESS;
    }
    let state = &mut call.host().random;
    let words = std::iter::repeat_with(|| split_mix(state));
    let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).take(size as usize).collect();
    call.write(buffer, &bytes).map_or(FAULT, |()| SUCCESS)
}

/// Numbers that look random, and are the same in every run.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
