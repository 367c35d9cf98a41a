//! The crate `nanoserde`: a derive of its own.

use alloc::string::String;
use alloc::vec::Vec;

use nanoserde::DeJson;

use crate::json_readers::Config;

#[derive(DeJson)]
struct Fields {
    limit: u32,
    #[nserde(default)]
    log: bool,
    #[nserde(default)]
    origins: Vec<String>,
}

pub fn read(bytes: &[u8]) -> Option<Config> {
    match core::str::from_utf8(bytes).ok().map(Fields::deserialize_json) {
        Some(Ok(Fields { limit: limit @ 1..=1000, log, origins })) => {
            let origins = origins.into_iter().map(String::into_bytes).collect();
            Some(Config { limit, log, origins })
        }
        Some(Err(error)) => {
            whit::error!("line ", error.line, ", column ", error.col);
            None
        }
        _ => {
            whit::error!("no configuration");
            None
        }
    }
}
