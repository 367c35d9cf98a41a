//! The crates `serde` and `serde_json`: what most Rust programs use.

use alloc::string::{String, ToString};
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
    match serde_json::from_slice(bytes) {
        Ok(Fields { limit: limit @ 1..=1000, log, origins }) => {
            let origins = origins.into_iter().map(String::into_bytes).collect();
            Some(Config { limit, log, origins })
        }
        Ok(_) => {
            whit::error!("limit: a whole number from 1 to 1000 expected");
            None
        }
        Err(error) => {
            whit::error!(error.to_string().as_str());
            None
        }
    }
}
