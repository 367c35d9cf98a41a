//! The crate `log`, for libraries that log through it.
//!
//! ```
//! #[whit::plugin]
//! mod logs {
//!     use whit::prelude::*;
//!
//!     struct Logs;
//!
//!     impl Plugin for Logs {
//!         fn on_vm_start(&mut self, _: &PluginContext<'_>, _size: usize) -> bool {
//!             whit::logger::init();
//!             log::info!("{} and {}", "formatted", 1);
//!             true
//!         }
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! `core::fmt` comes with it: some kilobytes. [`whit::log!`](crate::log!) does without.

use core::fmt::{self, Write as _};

use log::{LevelFilter, Log, Metadata, Record};

use crate::arena::Line;
use crate::hostcall::shows;
use crate::log::Level;

/// Sends what is logged through the crate `log` to the host from now on. Call it in `on_vm_start`; a
/// second call does nothing.
///
/// Lines below the host's level are not formatted. The level is asked for with each line.
pub fn init() {
    if log::set_logger(&Host).is_ok() {
        log::set_max_level(LevelFilter::Trace);
    }
}

struct Host;

impl Log for Host {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        shows(level(metadata.level()))
    }

    fn log(&self, record: &Record<'_>) {
        let level = level(record.level());
        if shows(level) {
            let _ = format(level, *record.args());
        }
    }

    fn flush(&self) {}
}

const fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

/// Logs a line that `core::fmt` puts together; one for which memory cannot grow is not logged.
pub(crate) fn format(level: Level, arguments: fmt::Arguments<'_>) -> fmt::Result {
    let mut line = Line::begin();
    line.write_fmt(arguments)?;
    line.log(level);
    Ok(())
}
