//! The crates `serde` and `serde-json-core`: a derive, without an allocator of its own.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::json_readers::Config;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    limit: u32,
    #[serde(default)]
    log: bool,
    #[serde(default)]
    origins: Vec<String>,
}

pub fn read(bytes: &[u8]) -> Option<Config> {
    let mut scratch = [0; 256];
    match serde_json_core::from_slice_escaped::<Fields>(bytes, &mut scratch) {
        Ok((Fields { limit: limit @ 1..=1000, log, origins }, _)) => {
            let origins = origins.into_iter().map(String::into_bytes).collect();
            Some(Config { limit, log, origins })
        }
        _ => {
            whit::error!("no configuration");
            None
        }
    }
}
