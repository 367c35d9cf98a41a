//! What is measured while the load runs, and told.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::load::{Clock, Target};
use crate::process::Process;
use crate::stats::Stats;

/// How often there is a line.
const EVERY: Duration = Duration::from_secs(5);

pub(crate) struct Watch {
    clock: Rc<Clock>,
    told: Instant,
    sent: u64,
    /// The most MiB that Envoy has had, before the second reload and since.
    memory: [u64; 2],
    /// What guests had when the first minute was over.
    first: Guests,
}

/// What guests have.
#[derive(Clone, Default)]
pub(crate) struct Guests {
    /// How many VMs there are.
    pub(crate) vms: u64,
    /// The pages of the largest VM of each filter.
    pub(crate) pages: BTreeMap<String, u64>,
}

impl Guests {
    pub(crate) fn of(stats: &Stats) -> Self {
        let pages = stats.of_prefix("wasmcustom.whit.pages.");
        Self {
            vms: stats.get("wasm.envoy.wasm.runtime.v8.active"),
            pages: pages.map(|(name, pages)| (name.to_owned(), pages)).collect(),
        }
    }
}

impl Watch {
    pub(crate) fn new(clock: &Rc<Clock>) -> Self {
        let (clock, told) = (Rc::clone(clock), Instant::now());
        Self { clock, told, sent: 0, memory: [0; 2], first: Guests::default() }
    }

    /// What guests had when the first minute was over.
    pub(crate) fn first(&self) -> &Guests {
        &self.first
    }

    /// Remembers what there is, if the first listeners are about to be replaced.
    pub(crate) fn before_reload(&mut self, stats: &Stats) {
        if self.clock.reloads.get() == 0 {
            self.first = Guests::of(stats);
        }
    }

    /// The most MiB that Envoy has had before the second reload, when VMs had been made anew once, and since then.
    pub(crate) fn memory(&mut self, process: &Process) -> Result<[u64; 2], String> {
        let now = process.mebibytes()?;
        let [before, since] = &mut self.memory;
        let most = if self.clock.reloads.get() < 2 { before } else { since };
        *most = now.max(*most);
        Ok(self.memory)
    }

    /// Tells how it goes, if it is time to.
    pub(crate) async fn tell(
        &mut self,
        process: &Process,
        admin: &str,
        targets: &[Rc<Target>],
    ) -> Result<(), String> {
        let since = self.told.elapsed();
        if since < EVERY {
            return Ok(());
        }
        self.memory(process)?;
        let (sent, memory) = (self.clock.sent.get(), process.mebibytes()?);
        let Guests { vms, pages } = Guests::of(&Stats::of(admin).await?);
        let tallies = || targets.iter().flat_map(|target| &target.tallies);
        let unexpected: u64 = tallies().map(|tally| tally.unexpected.get()).sum();
        let seconds = self.clock.began.elapsed().as_secs();
        let rate = (sent - self.sent) as f64 / since.as_secs_f64();
        eprintln!(
            "{}:{:02} {sent} sent, {rate:.0} a second, {unexpected} unexpected; {} reloads; Envoy {memory} MiB, {vms} VMs, {} pages",
            seconds / 60,
            seconds % 60,
            self.clock.reloads.get(),
            pages.values().sum::<u64>(),
        );
        (self.sent, self.told) = (sent, Instant::now());
        Ok(())
    }
}
