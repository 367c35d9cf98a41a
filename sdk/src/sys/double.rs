//! What stands for the host where there is none: one stream's header maps, a set for each thread.

use std::borrow::ToOwned;
use std::cell::RefCell;
use std::vec::Vec;
use std::{ptr, slice};

use crate::arena::allocate;
use crate::status::Status;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

std::thread_local! {
    static MAPS: RefCell<[Option<Pairs>; 4]> = const { RefCell::new([const { None }; 4]) };
}

/// Makes the map `map_id` (0 to 3) available, with these pairs.
#[allow(clippy::missing_panics_doc, clippy::indexing_slicing)]
pub fn set_map(map_id: u32, pairs: &[(&str, &str)]) {
    let pairs =
        pairs.iter().map(|(name, value)| (name.as_bytes().to_owned(), value.as_bytes().to_owned()));
    MAPS.with_borrow_mut(|maps| maps[map_id as usize] = Some(pairs.collect()));
}

/// The map `map_id`, as the plugin left it; `None` if it is not available.
pub fn map(map_id: u32) -> Option<Pairs> {
    MAPS.with_borrow(|maps| maps.get(map_id as usize).cloned().flatten())
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
        let memory = allocate(value.len());
        if memory.is_null() {
            return Status::INVALID_MEMORY_ACCESS;
        }
        // SAFETY: `allocate` returned that many bytes; the plugin passes writable out-parameters.
        unsafe {
            ptr::copy_nonoverlapping(value.as_ptr(), memory, value.len());
            return_value_data.write(memory);
            return_value_size.write(value.len());
        }
        Status::OK
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
