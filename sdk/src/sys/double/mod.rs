//! What stands for the host where there is none, for each thread: maps, buffers, and what else a
//! plugin asks for ([`Host`]).

mod host;

use std::borrow::ToOwned;
use std::cell::{Cell, RefCell};
use std::vec::Vec;
use std::{ptr, slice};

use crate::arena::allocate;
use crate::fields::{AsFields, INSIDE};
use crate::log::Level;
use crate::status::{Result, Status};

pub(crate) use host::*;
pub use host::{Host, set_time, with_host};

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A local reply: status, serialized headers, body.
pub type Reply = (u32, Vec<u8>, Vec<u8>);

std::thread_local! {
    static LOG_LEVEL: Cell<Level> = const { Cell::new(Level::Info) };
    static LOG: RefCell<Vec<(Level, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    static BUFFERS: RefCell<[Option<Vec<u8>>; 9]> = const { RefCell::new([const { None }; 9]) };
    static REPLY: RefCell<Option<Reply>> = const { RefCell::new(None) };
    static MAPS: RefCell<[Option<Pairs>; 8]> = const { RefCell::new([const { None }; 8]) };
}

/// Makes the map `map_id` (0 to 7) available, with these pairs.
#[allow(clippy::missing_panics_doc, clippy::indexing_slicing)]
pub fn set_map(map_id: u32, pairs: &[(&str, &str)]) {
    let pairs =
        pairs.iter().map(|(name, value)| (name.as_bytes().to_owned(), value.as_bytes().to_owned()));
    MAPS.with_borrow_mut(|maps| maps[map_id as usize] = Some(pairs.collect()));
}

/// Fields as they cross the boundary.
#[allow(clippy::missing_errors_doc)]
pub fn serialized(fields: &impl AsFields) -> Result<Vec<u8>> {
    fields.serialized(INSIDE, |bytes| Ok(bytes.to_owned()))
}

/// The map `map_id`, as the plugin left it; `None` if it is not available.
pub fn map(map_id: u32) -> Option<Pairs> {
    MAPS.with_borrow(|maps| maps.get(map_id as usize).cloned().flatten())
}

/// Makes the buffer `buffer_id` (0 to 8) available, with these bytes.
#[allow(clippy::indexing_slicing)]
pub fn set_buffer(buffer_id: u32, bytes: &[u8]) {
    BUFFERS.with_borrow_mut(|buffers| buffers[buffer_id as usize] = Some(bytes.to_owned()));
}

/// The buffer `buffer_id`, as the plugin left it; `None` if it is not available.
pub fn buffer(buffer_id: u32) -> Option<Vec<u8>> {
    BUFFERS.with_borrow(|buffers| buffers.get(buffer_id as usize).cloned().flatten())
}

fn with_map(map_id: u32, call: impl FnOnce(&mut Pairs) -> Status) -> u32 {
    MAPS.with_borrow_mut(|maps| match maps.get_mut(map_id as usize) {
        Some(Some(map)) => call(map),
        _ => Status::BAD_ARGUMENT,
    })
    .0
}

/// # Safety
/// `size` bytes are readable at `data`.
unsafe fn bytes(data: *const u8, size: usize) -> Vec<u8> {
    // SAFETY: the caller's.
    unsafe { slice::from_raw_parts(data, size) }.to_owned()
}

/// Sets the host's log level; [`Level::Info`] at first.
pub fn set_log_level(level: Level) {
    LOG_LEVEL.set(level);
}

/// What was logged since this was last asked.
pub fn take_log() -> Vec<(Level, Vec<u8>)> {
    LOG.take()
}

/// The local reply that was sent since this was last asked.
pub fn take_reply() -> Option<Reply> {
    REPLY.take()
}

pub(crate) unsafe fn proxy_log(level: u32, message_data: *const u8, message_size: usize) -> u32 {
    let levels =
        [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Critical];
    let Some(level) = levels.get(level as usize) else { return Status::BAD_ARGUMENT.0 };
    // SAFETY: the plugin passes a readable message.
    let message = unsafe { bytes(message_data, message_size) };
    LOG.with_borrow_mut(|log| log.push((*level, message)));
    0
}

// Not before ABI 0.2.1.
#[allow(dead_code)]
pub(crate) unsafe fn proxy_get_log_level(return_log_level: *mut u32) -> u32 {
    // SAFETY: the plugin passes a writable out-parameter.
    unsafe { return_log_level.write(LOG_LEVEL.get() as u32) };
    0
}

/// Returns bytes as a host does.
///
/// # Safety
/// The out-parameters are writable.
unsafe fn give(value: &[u8], data: *mut *mut u8, size: *mut usize) -> Status {
    let memory = if value.is_empty() { ptr::null_mut() } else { allocate(value.len()) };
    if memory.is_null() && !value.is_empty() {
        return Status::INVALID_MEMORY_ACCESS;
    }
    // SAFETY: `allocate` returned that many bytes; the out-parameters are the caller's.
    unsafe {
        ptr::copy_nonoverlapping(value.as_ptr(), memory, value.len());
        data.write(memory);
        size.write(value.len());
    }
    Status::OK
}

pub(crate) unsafe fn proxy_set_buffer_bytes(
    buffer_id: u32,
    offset: usize,
    size: usize,
    value_data: *const u8,
    value_size: usize,
) -> u32 {
    // SAFETY: the plugin passes a readable value.
    let value = unsafe { bytes(value_data, value_size) };
    BUFFERS.with_borrow_mut(|buffers| match buffers.get_mut(buffer_id as usize) {
        Some(Some(buffer)) if offset == 0 => {
            buffer.splice(..size.min(buffer.len()), value);
            0
        }
        Some(Some(buffer)) if offset >= buffer.len() => {
            buffer.extend(value);
            0
        }
        Some(Some(_)) => Status::BAD_ARGUMENT.0,
        _ => Status::NOT_FOUND.0,
    })
}

pub(crate) unsafe fn proxy_get_buffer_bytes(
    buffer_id: u32,
    offset: usize,
    max_size: usize,
    return_value_data: *mut *mut u8,
    return_value_size: *mut usize,
) -> u32 {
    let Some(buffer) = buffer(buffer_id) else { return Status::NOT_FOUND.0 };
    let end = offset.saturating_add(max_size).min(buffer.len());
    let value = buffer.get(offset..end).unwrap_or_default();
    // SAFETY: the plugin passes writable out-parameters.
    unsafe { give(value, return_value_data, return_value_size) }.0
}

pub(crate) unsafe fn proxy_get_header_map_pairs(
    map_id: u32,
    return_map_data: *mut *mut u8,
    return_map_size: *mut usize,
) -> u32 {
    with_map(map_id, |map| {
        let length = |bytes: &[u8]| (bytes.len() as u32).to_le_bytes();
        let mut serialized = (map.len() as u32).to_le_bytes().to_vec();
        serialized
            .extend(map.iter().flat_map(|(name, value)| [length(name), length(value)]).flatten());
        for part in map.iter().flat_map(|(name, value)| [name, value]) {
            serialized.extend(part);
            serialized.push(0);
        }
        // SAFETY: the plugin passes writable out-parameters.
        unsafe { give(&serialized, return_map_data, return_map_size) }
    })
}

pub(crate) unsafe fn proxy_get_header_map_value(
    map_id: u32,
    key_data: *const u8,
    key_size: usize,
    return_value_data: *mut *mut u8,
    return_value_size: *mut usize,
) -> u32 {
    // SAFETY: the plugin passes a readable key.
    let key = unsafe { bytes(key_data, key_size) };
    with_map(map_id, |map| {
        let Some((_, value)) = map.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key)) else {
            return Status::NOT_FOUND;
        };
        // SAFETY: the plugin passes writable out-parameters.
        unsafe { give(value, return_value_data, return_value_size) }
    })
}

pub(crate) unsafe fn proxy_add_header_map_value(
    map_id: u32,
    key_data: *const u8,
    key_size: usize,
    value_data: *const u8,
    value_size: usize,
) -> u32 {
    // SAFETY: the plugin passes a readable key and value.
    let pair = unsafe { (bytes(key_data, key_size), bytes(value_data, value_size)) };
    with_map(map_id, |map| {
        map.push((pair.0.to_ascii_lowercase(), pair.1));
        Status::OK
    })
}

pub(crate) unsafe fn proxy_replace_header_map_value(
    map_id: u32,
    key_data: *const u8,
    key_size: usize,
    value_data: *const u8,
    value_size: usize,
) -> u32 {
    // SAFETY: the plugin passes a readable key.
    match unsafe { proxy_remove_header_map_value(map_id, key_data, key_size) } {
        // SAFETY: the plugin passes a readable key and value.
        0 => unsafe {
            proxy_add_header_map_value(map_id, key_data, key_size, value_data, value_size)
        },
        status => status,
    }
}

pub(crate) unsafe fn proxy_remove_header_map_value(
    map_id: u32,
    key_data: *const u8,
    key_size: usize,
) -> u32 {
    // SAFETY: the plugin passes a readable key.
    let key = unsafe { bytes(key_data, key_size) };
    with_map(map_id, |map| {
        map.retain(|(name, _)| !name.eq_ignore_ascii_case(&key));
        Status::OK
    })
}

#[allow(clippy::too_many_arguments)]
pub(crate) unsafe fn proxy_send_local_response(
    status_code: u32,
    _details_data: *const u8,
    _details_size: usize,
    body_data: *const u8,
    body_size: usize,
    headers_data: *const u8,
    headers_size: usize,
    _grpc_status: u32,
) -> u32 {
    // SAFETY: the plugin passes readable headers and body.
    let (headers, body) =
        unsafe { (bytes(headers_data, headers_size), bytes(body_data, body_size)) };
    REPLY.set(Some((status_code, headers, body)));
    0
}

pub(crate) unsafe fn proxy_get_buffer_status(
    buffer_id: u32,
    return_buffer_size: *mut usize,
    return_unused: *mut u32,
) -> u32 {
    BUFFERS.with_borrow(|buffers| match buffers.get(buffer_id as usize) {
        Some(Some(buffer)) => {
            // SAFETY: the plugin passes writable out-parameters.
            unsafe {
                return_buffer_size.write(buffer.len());
                return_unused.write(0);
            }
            0
        }
        Some(None) => Status::NOT_FOUND.0,
        None => Status::BAD_ARGUMENT.0,
    })
}

pub(crate) unsafe fn proxy_get_header_map_size(map_id: u32, return_size: *mut usize) -> u32 {
    with_map(map_id, |map| {
        let size = map.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
        // SAFETY: the plugin passes a writable out-parameter.
        unsafe { return_size.write(size) };
        Status::OK
    })
}

pub(crate) unsafe fn proxy_set_header_map_pairs(
    map_id: u32,
    map_data: *const u8,
    map_size: usize,
) -> u32 {
    // SAFETY: the plugin passes a readable map.
    let serialized = unsafe { bytes(map_data, map_size) };
    with_map(map_id, |map| {
        map.clear();
        let pairs = crate::pairs::Pairs::new(&serialized).into_iter().flatten();
        map.extend(pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        Status::OK
    })
}
