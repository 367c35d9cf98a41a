//! What Envoy logs, which is too much to keep.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// As many lines are kept of those that should not be there.
const KEPT: usize = 40;

/// What has been logged so far.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Seen>>);

#[derive(Default)]
pub(crate) struct Seen {
    /// Lines of guests.
    pub(crate) guests: u64,
    /// Lines that tell of something wrong: all of Envoy's from warnings on, and of a guest's its errors.
    pub(crate) wrong: u64,
    /// The first of these.
    pub(crate) lines: Vec<String>,
}

impl Log {
    /// Reads on a thread of its own, until the end.
    pub(crate) fn read(from: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let reader = log.clone();
        std::thread::spawn(move || {
            let mut from = BufReader::with_capacity(1 << 18, from);
            let mut line = Vec::new();
            while from.read_until(b'\n', &mut line).is_ok_and(|size| size > 0) {
                reader.seen().add(&line);
                line.clear();
            }
        });
        log
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn add(&mut self, line: &[u8]) {
        let guest = line.windows(17).take(16).any(|part| part == b"][wasm] wasm log ");
        self.guests += u64::from(guest);
        // What a guest warns of is its own affair.
        let fine = line.starts_with(b"[info]") || (guest && line.starts_with(b"[warning]"));
        if !fine {
            self.wrong += 1;
            if self.lines.len() < KEPT {
                self.lines.push(String::from_utf8_lossy(line).trim_end().to_owned());
            }
        }
    }
}
