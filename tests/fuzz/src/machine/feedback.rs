//! What libFuzzer learns of what happens in a VM, whose code it does not see.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU8, Ordering};

/// Beside those of the edges; libFuzzer finds them by the section, and sets them to 0 before each input. Without
/// libFuzzer nobody looks.
#[cfg_attr(target_os = "linux", unsafe(link_section = "__libfuzzer_extra_counters"))]
static COUNTERS: [AtomicU8; 1 << 15] = [const { AtomicU8::new(0) }; 1 << 15];

/// Something has happened.
pub(super) fn note(what: impl Hash) {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    COUNTERS[hasher.finish() as usize % COUNTERS.len()].fetch_add(1, Ordering::Relaxed);
}
