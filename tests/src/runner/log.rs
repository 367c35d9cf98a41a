//! What guests log.

use std::fmt;

use super::kept::Kept;
use super::trap::Stopped;

/// The level of a log line: the spec's `proxy_log_level_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

impl LogLevel {
    pub(crate) fn from_number(level: u32) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Critical]
            .get(level as usize)
            .copied()
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        })
    }
}

/// A line that the guest logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The context that logged it.
    pub context_id: u32,
    /// Its level.
    pub level: LogLevel,
    /// The message.
    pub message: String,
}

/// What guests have logged and nobody has taken.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    kept: Kept,
}

impl Log {
    pub(crate) fn push(&mut self, line: LogLine) -> Result<(), Stopped> {
        self.kept.add(line.message.len())?;
        self.lines.push(line);
        Ok(())
    }

    pub(crate) fn lines(&self) -> &[LogLine] {
        &self.lines
    }

    pub(crate) fn take(&mut self) -> Vec<LogLine> {
        std::mem::take(self).lines
    }
}
