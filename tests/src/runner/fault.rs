//! Faults on demand.

use super::plugin::Plugin;
use super::{hostcalls, wasi};
use crate::alike::most_alike;

/// Something that goes wrong in a plugin's VM because a test wants it to: every time, unless it says
/// [once](Self::once) or [which time](Self::nth).
///
/// ```
/// use whit_test::{End, Fault, Status, Vm};
///
/// # fn check(module: &[u8]) -> Result<(), whit_test::Error> {
/// // While the plugin starts, in each of its VMs.
/// let no_clock = Fault::hostcall("proxy_get_current_time_nanoseconds", Status::Unimplemented as u32);
/// let plugin = Vm::new(module)?.plugin().fault(no_clock).start()?;
///
/// // From now on. No host answers with 77, and a plugin has to bear it.
/// plugin.faults().inject(Fault::hostcall("proxy_add_header_map_value", 77).nth(2));
/// plugin.faults().inject(Fault::allocator_refuses().once());
///
/// let mut http = plugin.http();
/// http.request_headers([(":method", "GET"), (":path", "/"), (":authority", "a")], End::Yes);
/// assert_eq!(plugin.faults().struck(), 2);
/// plugin.faults().clear();
/// # Ok(())
/// # }
/// ```
///
/// What goes wrong outside the VM needs no fault. A call that fails is
/// [refused](crate::Call::refuse), [broken off](crate::Call::reset) or [late](crate::Call::time_out), and one that
/// is never answered is one that the test does not answer; a client goes away with
/// [`Http::close`](crate::Http::close) or [`Tcp::reset`](crate::Tcp::reset), at any moment, and an upstream with
/// [`Http::upstream_fails`](crate::Http::upstream_fails), [`Http::upstream_breaks`](crate::Http::upstream_breaks)
/// or [`Tcp::upstream_breaks`](crate::Tcp::upstream_breaks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    what: What,
    /// Which time, counted from 1; `None` for every time.
    nth: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Hostcall { name: &'static str, status: u32 },
    Allocator(Allocator),
    Growth,
    Chunks { size: usize },
}

/// How the allocator fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allocator {
    Refuses,
    Traps,
}

impl Fault {
    /// A hostcall answers with this status, any number, and does nothing else. WASI's functions are
    /// hostcalls too, by their names: `fd_write`.
    ///
    /// # Panics
    /// There is no hostcall of this name.
    #[track_caller]
    pub fn hostcall(name: &str, status: u32) -> Self {
        let mut names = hostcalls::names().chain(wasi::names());
        let Some(name) = names.clone().find(|known| *known == name) else {
            let meant = most_alike(name, &mut names);
            let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            panic!("there is no hostcall {name} that has a status{meant}")
        };
        Self::of(What::Hostcall { name, status })
    }

    /// The guest has no memory for what a hostcall returns: its allocator is not called, and stands for
    /// one that returned 0.
    pub fn allocator_refuses() -> Self {
        Self::of(What::Allocator(Allocator::Refuses))
    }

    /// The guest's allocator traps, which kills the VM. It is not called.
    pub fn allocator_traps() -> Self {
        Self::of(What::Allocator(Allocator::Traps))
    }

    /// The memory does not grow: `memory.grow` gives -1.
    pub fn memory_stops_growing() -> Self {
        Self::of(What::Growth)
    }

    /// What arrives of a body or of a TCP connection arrives in chunks of this size, and what is left. Of
    /// a stream through several plugins the first one's VM counts.
    ///
    /// # Panics
    /// The size is 0.
    #[track_caller]
    pub fn chunks_of(size: usize) -> Self {
        assert!(size > 0, "a chunk has a byte at least");
        Self::of(What::Chunks { size })
    }

    fn of(what: What) -> Self {
        Self { what, nth: None }
    }

    /// The next time, and then no more.
    #[must_use]
    pub fn once(self) -> Self {
        self.nth(1)
    }

    /// This time, counted from 1, and no other.
    ///
    /// # Panics
    /// It is 0.
    #[must_use]
    #[track_caller]
    pub fn nth(self, nth: u64) -> Self {
        assert!(nth > 0, "the first time is 1");
        Self { nth: Some(nth), ..self }
    }
}

/// The faults of a plugin's VM: see [`Fault`].
#[derive(Debug)]
pub struct Faults<'a> {
    pub(crate) plugin: &'a Plugin,
}

impl Faults<'_> {
    /// From now on this goes wrong.
    pub fn inject(&self, fault: Fault) {
        self.with(|armed| armed.arm(fault));
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.with(|armed| armed.faults.clear());
    }

    /// How often something has gone wrong.
    pub fn struck(&self) -> u64 {
        self.with(|armed| armed.struck)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Armed) -> T) -> T {
        let (guest, _) = self.plugin.place();
        act(&mut self.plugin.worker.borrow_mut().guests[guest].store.data_mut().limits.faults)
    }
}

/// The faults of a VM, each with how often there was an occasion for it.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    faults: Vec<(Fault, u64)>,
    struck: u64,
}

impl Armed {
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    /// The status that a hostcall is to answer with.
    pub(crate) fn hostcall(&mut self, wanted: &str) -> Option<u32> {
        self.strike(|what| match what {
            What::Hostcall { name, status } if *name == wanted => Some(*status),
            _ => None,
        })
    }

    pub(crate) fn allocator(&mut self) -> Option<Allocator> {
        self.strike(|what| match what {
            What::Allocator(how) => Some(*how),
            _ => None,
        })
    }

    /// Whether the memory is not to grow.
    pub(crate) fn growth(&mut self) -> bool {
        self.strike(|what| (*what == What::Growth).then_some(())).is_some()
    }

    /// The pieces that a chunk arrives in, and whether each is the last.
    pub(crate) fn pieces<'a>(&mut self, chunk: &'a [u8], end: bool) -> Vec<(&'a [u8], bool)> {
        let cut = |what: &What| match what {
            What::Chunks { size } if *size < chunk.len() => Some(*size),
            _ => None,
        };
        let Some(size) = self.strike(cut) else { return vec![(chunk, end)] };
        let last = (chunk.len() - 1) / size;
        let pieces = chunk.chunks(size).enumerate();
        pieces.map(|(n, piece)| (piece, end && n == last)).collect()
    }

    /// What the first fault does whose time has come, of those for which this is an occasion.
    fn strike<T>(&mut self, occasion: impl Fn(&What) -> Option<T>) -> Option<T> {
        let mut struck = None;
        for (fault, occasions) in &mut self.faults {
            let Some(effect) = occasion(&fault.what) else { continue };
            *occasions += 1;
            if fault.nth.is_none_or(|nth| nth == *occasions) {
                struck.get_or_insert(effect);
            }
        }
        self.struck += u64::from(struck.is_some());
        struck
    }
}
