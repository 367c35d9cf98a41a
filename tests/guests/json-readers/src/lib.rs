//! Reads a configuration such as `{ "limit": 7, "log": true, "origins": ["a"] }` with the library that a
//! feature chooses.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg_attr(feature = "whit", path = "whit.rs")]
#[cfg_attr(feature = "picojson", path = "picojson.rs")]
#[cfg_attr(feature = "serde-json-core", path = "serde_json_core.rs")]
#[cfg_attr(feature = "nanoserde", path = "nanoserde.rs")]
#[cfg_attr(feature = "serde_json", path = "serde_json.rs")]
#[cfg_attr(
    not(any(
        feature = "whit",
        feature = "picojson",
        feature = "serde-json-core",
        feature = "nanoserde",
        feature = "serde_json"
    )),
    path = "none.rs"
)]
mod reader;

#[whit::plugin]
mod json_readers {
    use alloc::vec::Vec;

    use whit::prelude::*;

    #[derive(Default)]
    pub struct Config {
        pub limit: u32,
        pub log: bool,
        pub origins: Vec<Vec<u8>>,
    }

    impl Plugin for Config {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<bool> {
            Ok(match crate::reader::read(plugin.configuration()?) {
                Some(config) => {
                    *self = config;
                    true
                }
                None => false,
            })
        }
    }

    struct Log;

    impl HttpFilter<Config> for Log {
        fn on_request_headers(&mut self, http: &Http<'_, Config>, _end_of_stream: bool) -> Action {
            let Config { limit, log, origins } = http.plugin();
            if *log {
                for origin in origins {
                    whit::info!(*limit, " ", &origin[..]);
                }
            }
            Action::Continue
        }
    }
}
