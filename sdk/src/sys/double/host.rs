//! The parts of the host that are not about a stream's own data.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::vec::Vec;

use super::{bytes, give};
use crate::status::Status;

/// What a plugin can ask for, and what it has asked for.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Host {
    /// Nanoseconds, of both clocks.
    pub time: u64,
    /// Milliseconds.
    pub tick_period: u32,
    pub properties: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Values with their compare-and-swap values.
    pub shared: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    /// By name; a queue's id is its place here, from 1.
    pub queues: Vec<(Vec<u8>, VecDeque<Vec<u8>>)>,
    /// Type, name and value; a metric's id is its place here, from 1.
    pub metrics: Vec<(u32, Vec<u8>, u64)>,
    /// Each callout: its upstream, and everything else that it was made of, in the spec's order.
    pub calls: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    /// What was sent on gRPC streams: id, message, end of stream.
    pub sent: Vec<(u32, Vec<u8>, bool)>,
    /// gRPC calls and streams that were closed or cancelled.
    pub ended: Vec<u32>,
    /// Streams that were continued: `proxy_stream_type_t`.
    pub continued: Vec<u32>,
    /// Streams that were closed: `proxy_stream_type_t`.
    pub closed: Vec<u32>,
    /// Contexts that are gone: they cannot be made the effective one.
    pub gone: BTreeSet<u32>,
    pub effective_context: u32,
    pub done: u32,
    /// gRPC status and message.
    pub status: (u32, Vec<u8>),
    /// Each `NAME=value`.
    pub environment: Vec<Vec<u8>>,
    /// What every function here answers instead, where it is not OK.
    pub refuses: u32,
    /// What the host does during the next call of a function here, before it answers.
    pub during: Option<fn()>,
}

std::thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

/// Looks at the host, or changes it.
pub fn with_host<R>(run: impl FnOnce(&mut Host) -> R) -> R {
    HOST.with_borrow_mut(run)
}

/// Sets the time of both clocks, in nanoseconds.
pub fn set_time(nanoseconds: u64) {
    with_host(|host| host.time = nanoseconds);
}

fn answer(run: impl FnOnce(&mut Host) -> Status) -> u32 {
    if let Some(during) = with_host(|host| host.during.take()) {
        during();
    }
    with_host(|host| if host.refuses == 0 { run(host).0 } else { host.refuses })
}

/// Writes a number that a function returns.
///
/// # Safety
/// `out` is writable.
unsafe fn number<T>(out: *mut T, value: T) -> Status {
    // SAFETY: the caller's.
    unsafe { out.write(value) };
    Status::OK
}

/// Functions whose parameters are pairs of pointer and size, other numbers, and pointers to write to:
/// the first become bytes.
macro_rules! functions {
    ($(
        $(#[$attr:meta])*
        $name:ident($($data:ident + $size:ident),*; $($number:ident: $type:ty),*)
            |$host:ident| $body:expr;
    )*) => {$(
        $(#[$attr])*
        #[allow(clippy::too_many_arguments)]
        pub(crate) unsafe fn $name($($data: *const u8, $size: usize,)* $($number: $type),*) -> u32 {
            // SAFETY: the plugin passes readable bytes.
            $(let $data = unsafe { bytes($data, $size) };)*
            answer(|$host| $body)
        }
    )*};
}

functions! {
    proxy_done(;) |host| {
        host.done = host.done.saturating_add(1);
        Status::OK
    };
    proxy_set_effective_context(; context_id: u32) |host| {
        if host.gone.contains(&context_id) {
            return Status::BAD_ARGUMENT;
        }
        host.effective_context = context_id;
        Status::OK
    };
    // SAFETY: out-parameters are writable, here and below.
    proxy_get_current_time_nanoseconds(; out: *mut u64) |host| unsafe { number(out, host.time) };
    proxy_set_tick_period_milliseconds(; period: u32) |host| {
        host.tick_period = period;
        Status::OK
    };
    // Not in ABI 0.1.0.
    #[allow(dead_code)]
    proxy_continue_stream(; stream: u32) |host| {
        host.continued.push(stream);
        Status::OK
    };
    // Not in ABI 0.1.0.
    #[allow(dead_code)]
    proxy_close_stream(; stream: u32) |host| {
        host.closed.push(stream);
        Status::OK
    };
    proxy_set_shared_data(key + key_size, value + value_size; cas: u32) |host| {
        let next = match host.shared.get(&key) {
            Some((_, now)) if cas != 0 && cas != *now => return Status::CAS_MISMATCH,
            Some((_, now)) => now.saturating_add(1),
            None => 1,
        };
        host.shared.insert(key, (value, next));
        Status::OK
    };
    proxy_register_shared_queue(name + name_size; out: *mut u32) |host| {
        let found = host.queues.iter().position(|(found, _)| *found == name);
        let index = found.unwrap_or_else(|| {
            host.queues.push((name, VecDeque::new()));
            host.queues.len().saturating_sub(1)
        });
        // SAFETY: as above.
        unsafe { number(out, (index as u32).saturating_add(1)) }
    };
    proxy_resolve_shared_queue(_vm_id + vm_id_size, name + name_size; out: *mut u32) |host| {
        match host.queues.iter().position(|(found, _)| *found == name) {
            // SAFETY: as above.
            Some(index) => unsafe { number(out, (index as u32).saturating_add(1)) },
            None => Status::NOT_FOUND,
        }
    };
    proxy_record_metric(; metric: u32, value: u64) |host| {
        match host.metrics.get_mut((metric as usize).wrapping_sub(1)) {
            Some((_, _, recorded)) => {
                *recorded = value;
                Status::OK
            }
            None => Status::NOT_FOUND,
        }
    };
    proxy_increment_metric(; metric: u32, offset: i64) |host| {
        match host.metrics.get_mut((metric as usize).wrapping_sub(1)) {
            Some((_, _, recorded)) => {
                *recorded = recorded.saturating_add_signed(offset);
                Status::OK
            }
            None => Status::NOT_FOUND,
        }
    };
    proxy_get_metric(; metric: u32, out: *mut u64) |host| {
        match host.metrics.get((metric as usize).wrapping_sub(1)) {
            // SAFETY: as above.
            Some((_, _, recorded)) => unsafe { number(out, *recorded) },
            None => Status::NOT_FOUND,
        }
    };
    proxy_set_property(path + path_size, value + value_size;) |host| {
        host.properties.insert(path, value);
        Status::OK
    };
    proxy_http_call(
        upstream + upstream_size, headers + headers_size, body + body_size,
        trailers + trailers_size; timeout: u32, out: *mut u32
    ) |host| {
        let timeout = timeout.to_le_bytes().to_vec();
        host.calls.push((upstream, [headers, body, trailers, timeout].into()));
        // SAFETY: as above.
        unsafe { number(out, host.calls.len() as u32) }
    };
    proxy_grpc_call(
        upstream + upstream_size, service + service_size, method + method_size,
        metadata + metadata_size, message + message_size; timeout: u32, out: *mut u32
    ) |host| {
        let timeout = timeout.to_le_bytes().to_vec();
        host.calls.push((upstream, [service, method, metadata, message, timeout].into()));
        // SAFETY: as above.
        unsafe { number(out, host.calls.len() as u32) }
    };
    proxy_grpc_stream(
        upstream + upstream_size, service + service_size, method + method_size,
        metadata + metadata_size; out: *mut u32
    ) |host| {
        host.calls.push((upstream, [service, method, metadata].into()));
        // SAFETY: as above.
        unsafe { number(out, host.calls.len() as u32) }
    };
    proxy_grpc_cancel(; id: u32) |host| {
        host.ended.push(id);
        Status::OK
    };
    proxy_grpc_close(; id: u32) |host| {
        host.ended.push(id);
        Status::OK
    };
}

#[cfg(feature = "abi-0-1-0")]
functions! {
    proxy_continue_request(;) |host| {
        host.continued.push(0);
        Status::OK
    };
    proxy_continue_response(;) |host| {
        host.continued.push(1);
        Status::OK
    };
}

pub(crate) unsafe fn proxy_define_metric(
    metric_type: u32,
    name_data: *const u8,
    name_size: usize,
    out: *mut u32,
) -> u32 {
    // SAFETY: the plugin passes a readable name.
    let name = unsafe { bytes(name_data, name_size) };
    answer(|host| {
        host.metrics.push((metric_type, name, 0));
        // SAFETY: as above.
        unsafe { number(out, host.metrics.len() as u32) }
    })
}

pub(crate) unsafe fn proxy_grpc_send(id: u32, data: *const u8, size: usize, end: u32) -> u32 {
    // SAFETY: the plugin passes readable bytes.
    let message = unsafe { bytes(data, size) };
    answer(|host| {
        host.sent.push((id, message, end != 0));
        Status::OK
    })
}

pub(crate) unsafe fn proxy_enqueue_shared_queue(id: u32, data: *const u8, size: usize) -> u32 {
    // SAFETY: the plugin passes readable bytes.
    let message = unsafe { bytes(data, size) };
    answer(|host| match host.queues.get_mut((id as usize).wrapping_sub(1)) {
        Some((_, queue)) => {
            queue.push_back(message);
            Status::OK
        }
        None => Status::NOT_FOUND,
    })
}

pub(crate) unsafe fn proxy_dequeue_shared_queue(
    id: u32,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    answer(|host| match host.queues.get_mut((id as usize).wrapping_sub(1)) {
        Some((_, queue)) => match queue.pop_front() {
            // SAFETY: the plugin passes writable out-parameters.
            Some(message) => unsafe { give(&message, data, size) },
            None => Status::EMPTY,
        },
        None => Status::NOT_FOUND,
    })
}

pub(crate) unsafe fn proxy_get_shared_data(
    key_data: *const u8,
    key_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
    cas: *mut u32,
) -> u32 {
    // SAFETY: the plugin passes a readable key.
    let key = unsafe { bytes(key_data, key_size) };
    answer(|host| match host.shared.get(&key) {
        // SAFETY: the plugin passes writable out-parameters.
        Some((value, now)) => unsafe {
            cas.write(*now);
            give(value, data, size)
        },
        None => Status::NOT_FOUND,
    })
}

pub(crate) unsafe fn proxy_get_property(
    path_data: *const u8,
    path_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    // SAFETY: the plugin passes a readable path.
    let path = unsafe { bytes(path_data, path_size) };
    answer(|host| match host.properties.get(&path) {
        // SAFETY: the plugin passes writable out-parameters.
        Some(value) => unsafe { give(value, data, size) },
        None => Status::NOT_FOUND,
    })
}

pub(crate) unsafe fn proxy_get_status(code: *mut u32, data: *mut *mut u8, size: *mut usize) -> u32 {
    answer(|host| {
        // SAFETY: the plugin passes writable out-parameters.
        unsafe {
            code.write(host.status.0);
            give(&host.status.1, data, size)
        }
    })
}

/// The one that is there, `echo`, returns its arguments.
pub(crate) unsafe fn proxy_call_foreign_function(
    name_data: *const u8,
    name_size: usize,
    arguments_data: *const u8,
    arguments_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    // SAFETY: the plugin passes readable bytes.
    let (name, arguments) =
        unsafe { (bytes(name_data, name_size), bytes(arguments_data, arguments_size)) };
    answer(|_| {
        if name != b"echo" {
            return Status::NOT_FOUND;
        }
        // SAFETY: the plugin passes writable out-parameters.
        unsafe { give(&arguments, data, size) }
    })
}

pub(crate) unsafe fn clock_time_get(clock: u32, _unused: u64, out: *mut u64) -> u32 {
    const NOTSUP: u32 = 58;
    with_host(|host| match (host.refuses, clock) {
        (0, 0 | 1) => {
            // SAFETY: the plugin passes a writable out-parameter.
            unsafe { out.write(host.time) };
            0
        }
        (0, _) => NOTSUP,
        (refuses, _) => refuses,
    })
}

pub(crate) unsafe fn random_get(buffer: *mut u8, size: usize) -> u32 {
    const INVAL: u32 = 28;
    with_host(|host| match (host.refuses, size) {
        (0, 0..=0x1_0000) => {
            // SAFETY: the plugin passes a writable buffer.
            unsafe { buffer.write_bytes(4, size) };
            0
        }
        (0, _) => INVAL,
        (refuses, _) => refuses,
    })
}

pub(crate) unsafe fn environ_sizes_get(count: *mut usize, size: *mut usize) -> u32 {
    with_host(|host| {
        // SAFETY: the plugin passes writable out-parameters.
        unsafe {
            count.write(host.environment.len());
            size.write(
                host.environment.iter().map(|variable| variable.len().saturating_add(1)).sum(),
            );
        }
        host.refuses
    })
}

pub(crate) unsafe fn environ_get(array: *mut *mut u8, buffer: *mut u8) -> u32 {
    with_host(|host| {
        let (mut array, mut place) = (array, buffer);
        for variable in &host.environment {
            // SAFETY: the plugin passes as much room as `environ_sizes_get` said.
            unsafe {
                array.write(place);
                array = array.add(1);
                place.copy_from_nonoverlapping(variable.as_ptr(), variable.len());
                place = place.add(variable.len());
                place.write(0);
                place = place.add(1);
            }
        }
        host.refuses
    })
}
