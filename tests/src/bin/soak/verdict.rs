//! Whether all adds up.

use std::rc::Rc;
use std::time::Duration;

use comfy_table::{CellAlignment, Table};

use crate::listeners::Listener;
use crate::load::{Clock, Target};
use crate::log::Log;
use crate::stats::Stats;
use crate::tally::Tally;
use crate::watch::Guests;

/// By how many MiB Envoy may exceed what it had before the second reload: what its allocator and V8 keep, which
/// depends on what comes when.
const MARGIN: u64 = 64;

/// What there was beside the clients.
pub(crate) struct Seen {
    pub(crate) stats: Stats,
    pub(crate) log: Log,
    /// Requests that have come to the upstreams.
    pub(crate) upstream: u64,
    /// The most MiB that Envoy has had, before the second reload and since.
    pub(crate) memory: [u64; 2],
    /// What guests had after the first minute.
    pub(crate) first: Guests,
    pub(crate) took: Duration,
    pub(crate) clock: Rc<Clock>,
}

/// What is told in the end.
pub(crate) struct Verdict {
    pub(crate) text: String,
    /// What must not be, where it is, and what to do.
    pub(crate) violations: Vec<String>,
}

impl Verdict {
    pub(crate) fn of(targets: &[Rc<Target>], seen: &Seen) -> Self {
        let mut violations = Vec::new();
        for target in targets {
            answers(target, &mut violations);
            sums(target, &seen.stats, &mut violations);
        }
        upstreams(targets, seen, &mut violations);
        reloads(seen, &mut violations);
        guests(seen, &mut violations);
        let [before, since] = seen.memory;
        if since > before + MARGIN {
            violations.push(format!(
                "Envoy has had {since} MiB, more than {MARGIN} above the {before} before its second reload: run longer and see in the lines above whether it goes on; if so, streams are not freed"
            ));
        }
        let log = seen.log.seen();
        if log.wrong > 0 {
            violations.push(format!(
                "Envoy has logged {} lines that tell of something wrong; a trap names the callback it was in:\n{}",
                log.wrong,
                log.lines.join("\n")
            ));
        }
        drop(log);
        Self { text: text(targets, seen), violations }
    }
}

/// What came was expected, and all that was expected came.
fn answers(target: &Target, violations: &mut Vec<String>) {
    for tally in &target.tallies {
        let Tally { listener, scenario, sent, unexpected, left, .. } = tally;
        let at = format!("{listener}, {scenario:?}");
        if unexpected.get() > 0 {
            violations.push(format!(
                "{at}: {} answers that the scenario does not ask for; the first ones:\n{}",
                unexpected.get(),
                tally.examples.borrow().join("\n")
            ));
        }
        let ended = tally.answered() + unexpected.get() + left.get();
        if ended != sent.get() {
            violations.push(format!("{at}: {} were sent, and {ended} came to an end", sent.get()));
        }
        for (answer, count) in &tally.answers {
            if count.get() == 0 {
                violations.push(format!(
                    "{at}: of {} answers none was {answer}: run longer, or look at what the filters do",
                    tally.answered()
                ));
            }
        }
    }
}

/// Envoy has counted what the clients have.
fn sums(target: &Target, stats: &Stats, violations: &mut Vec<String>) {
    let name = &target.name;
    let mut between = |stat: String, low: u64, high: u64| {
        let found = stats.get(&stat);
        if !(low..=high).contains(&found) {
            violations.push(format!(
                "Envoy's {stat} is {found}, and the clients have counted {low} to {high}: requests were lost, or answered twice"
            ));
        }
    };
    let connections = target.connections.get();
    between(format!("listener.{name}.downstream_cx_total"), connections, connections);
    if target.tcp {
        return;
    }
    let left: u64 = target.tallies.iter().map(|tally| tally.left.get()).sum();
    let answered: u64 = target.tallies.iter().map(Tally::answered).sum();
    let begun = target.ended.get();
    between(format!("http.{name}.downstream_rq_total"), answered, answered + left + begun);
    for class in 0..5 {
        let of = |tally: &Tally| tally.classes.get(class).map_or(0, |count| count.get());
        let count: u64 = target.tallies.iter().map(of).sum();
        // Those who left may have had any answer.
        let most = count + left + begun;
        between(format!("http.{name}.downstream_rq_{}xx", class + 1), count, most);
    }
}

/// What Envoy has sent has arrived.
fn upstreams(targets: &[Rc<Target>], seen: &Seen, violations: &mut Vec<String>) {
    let sent: u64 = ["upstream", "upstream2"]
        .map(|name| seen.stats.get(&format!("cluster.{name}.upstream_rq_total")))
        .iter()
        .sum();
    let tallies = || targets.iter().flat_map(|target| &target.tallies);
    let left: u64 = tallies().map(|tally| tally.left.get()).sum();
    let begun: u64 = targets.iter().map(|target| target.ended.get()).sum();
    if seen.upstream > sent || seen.upstream + left + begun < sent {
        violations.push(format!(
            "Envoy has sent {sent} requests to upstreams, and {} have come, with {left} clients that left: requests were lost",
            seen.upstream
        ));
    }
}

/// Each reload replaced all listeners.
fn reloads(seen: &Seen, violations: &mut Vec<String>) {
    let wanted = u64::from(seen.clock.reloads.get()) * Listener::all().len() as u64;
    let modified = seen.stats.get("listener_manager.listener_modified");
    if wanted == 0 || modified != wanted {
        violations.push(format!(
            "Envoy has replaced {modified} listeners, and should have replaced {wanted}: run longer, or see its log"
        ));
    }
}

/// There are as many guests as at first, with as much memory.
fn guests(seen: &Seen, violations: &mut Vec<String>) {
    let (first, last) = (&seen.first, Guests::of(&seen.stats));
    if first.vms != last.vms {
        violations.push(format!(
            "there are {} VMs in the end, and there were {} in the first minute: those of listeners that were replaced are still there",
            last.vms, first.vms
        ));
    }
    for listener in Listener::all() {
        for plugin in listener.chain.plugins {
            if !last.pages.contains_key(plugin.filter) {
                violations.push(format!(
                    "{} tells nothing of its pages: it has seen no stream, or its module was not made for this",
                    plugin.filter
                ));
            }
        }
    }
    for (name, now) in &last.pages {
        let then = first.pages.get(name).copied().unwrap_or(0);
        if then != *now {
            violations.push(format!(
                "{name} has grown from {then} pages in the first minute to {now}: a callback keeps what it should give back"
            ));
        }
    }
}

fn text(targets: &[Rc<Target>], seen: &Seen) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["listener", "scenario", "sent", "answered", "left", "unexpected", "again"]);
    let mut all = [0; 5];
    for tally in targets.iter().flat_map(|target| &target.tallies) {
        let Tally { sent, left, unexpected, again, .. } = tally;
        let counts = [sent.get(), tally.answered(), left.get(), unexpected.get(), again.get()];
        all.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
        let counts = counts.map(|count| count.to_string());
        table
            .add_row([tally.listener.clone(), tally.scenario.to_owned()].into_iter().chain(counts));
    }
    let all = all.map(|count| count.to_string());
    table.add_row(["all".to_owned(), String::new()].into_iter().chain(all));
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let [before, since] = seen.memory;
    let last = Guests::of(&seen.stats);
    let pages = last.pages.iter().map(|(name, now)| {
        format!("{name} {} → {now}", seen.first.pages.get(name).copied().unwrap_or(0))
    });
    let sent = seen.clock.sent.get();
    format!(
        "{table}\n\n{sent} requests and connections in {:.0} s, {:.0} a second; {} reloads; {} lines of guests.\nEnvoy: {before} MiB at most before the second reload, {since} at most since.\nGuests, after the first minute and in the end: {} → {} VMs; pages: {}.",
        seen.took.as_secs_f64(),
        sent as f64 / seen.took.as_secs_f64(),
        seen.clock.reloads.get(),
        seen.log.seen().guests,
        seen.first.vms,
        last.vms,
        pages.collect::<Vec<_>>().join(", "),
    )
}
