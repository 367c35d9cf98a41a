//! Streams that end before their time: by the client or by the upstream, at every phase of every case of every
//! filter. Nothing traps, the last callbacks are called once each, answers that come too late harm nothing, and no
//! state remains.

#[path = "../common/mod.rs"]
mod common;

mod http;
mod tcp;

use std::collections::BTreeSet;

use common::{module, root};
use libtest_mimic::{Arguments, Failed, Trial};
use wasmparser::{Parser, Payload};
use whit_test::case::{Case, CaseFile, Kind};
use whit_test::{Plugin, PluginBuilder, Vm};

fn main() {
    let mut trials = Vec::new();
    for entry in root().join("filters").read_dir().expect("a folder") {
        let folder = entry.expect("an entry").path();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        if folder.join("cases.toml").exists() {
            let test = name.clone();
            trials.push(Trial::test(format!("{name}: phases"), move || phases(&test)));
            trials.push(Trial::test(format!("{name}: a thousand"), move || a_thousand(&name)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Who ends a stream.
#[derive(Clone, Copy, Debug)]
enum End {
    Client,
    Upstream,
}

const ENDS: [End; 2] = [End::Client, End::Upstream];

/// How far a stream gets.
struct Steps {
    left: usize,
    /// How many it has taken.
    taken: usize,
}

impl Steps {
    fn so_many(left: usize) -> Self {
        Self { left, taken: 0 }
    }

    /// Whether it takes one more.
    fn next(&mut self) -> bool {
        let goes_on = self.left > 0;
        self.left = self.left.saturating_sub(1);
        self.taken += usize::from(goes_on);
        goes_on
    }
}

/// Runs a case's streams one after the other, of which each ends after so many steps, and then gives the answers
/// that come too late. Returns how many steps the longest has taken.
fn run(plugin: &Plugin, case: &Case, steps: usize, end: End) -> usize {
    if case.kind == Kind::Tcp {
        return tcp::run(plugin, case, steps, end);
    }
    let streams = case.streams();
    let taken = streams.iter().map(|stream| http::run(plugin, case, stream, steps, end));
    taken.max().unwrap_or_default()
}

/// A plugin as a case wants it; `None` if it does not start.
fn start(vm: &Vm, case: &Case, also: impl Fn(PluginBuilder) -> PluginBuilder) -> Option<Plugin> {
    let vm = vm.clone().vm_id(Case::VM_ID).configuration(case.vm_configuration.as_bytes());
    let vm = case.environment.iter().fold(vm, |vm, (name, value)| vm.environment(name, value));
    let names = case.clusters.iter().map(|cluster| cluster.name.as_str());
    let plugin = vm.plugin().configuration(case.configuration.as_bytes());
    let plugin = names.chain([Case::CLUSTER]).fold(plugin, PluginBuilder::cluster);
    also(plugin).start().ok()
}

/// A filter, and those cases in which it is alone, with the last callbacks that it exports.
fn load(filter: &str) -> (Vm, Vec<Case>, Vec<&'static str>) {
    let file = CaseFile::read(root().join(format!("filters/{filter}/cases.toml")));
    let bytes = std::fs::read(module(&format!("filters/{filter}.wasm"))).expect("a module");
    let of_streams = |case: &Case| case.plugins.is_empty() && case.kind != Kind::Background;
    let cases = file.expect("a case file").cases.into_iter().filter(of_streams).collect();
    let last = ["proxy_on_log", "proxy_on_done", "proxy_on_delete"];
    let exported = |name: &&str| {
        Parser::new(0).parse_all(&bytes).filter_map(Result::ok).any(|payload| match payload {
            Payload::ExportSection(exports) => {
                exports.into_iter().filter_map(Result::ok).any(|export| export.name == *name)
            }
            _ => false,
        })
    };
    (Vm::new(&bytes).expect("a module"), cases, last.into_iter().filter(exported).collect())
}

fn phases(filter: &str) -> Result<(), Failed> {
    let (vm, cases, last) = load(filter);
    for case in &cases {
        let Some(plugin) = start(&vm, case, PluginBuilder::traced) else { continue };
        let streams = if case.kind == Kind::Tcp { 1 } else { case.streams().len() };
        let all = run(&plugin, case, usize::MAX, End::Client);
        for (steps, end) in (1..=all).flat_map(|steps| ENDS.map(|end| (steps, end))) {
            plugin.take_trace();
            run(&plugin, case, steps, end);
            let wrong =
                |what: String| format!("{:?}, {end:?} after {steps} steps: {what}", case.name);
            if let [error, ..] = plugin.errors().as_slice() {
                return Err(wrong(error.clone()).into());
            }
            let trace = plugin.take_trace();
            for name in &last {
                let calls = trace.callbacks.iter().filter(|call| call.name == *name);
                let contexts: Vec<u32> = calls.map(|call| call.context_id).collect();
                let different: BTreeSet<&u32> = contexts.iter().collect();
                if contexts.len() != streams || different.len() != streams {
                    return Err(wrong(format!("{name} is called for {contexts:?}")).into());
                }
            }
        }
    }
    Ok(())
}

/// Memory after a thousand streams that ended at each phase is that after ten.
fn a_thousand(filter: &str) -> Result<(), Failed> {
    let (vm, cases, _) = load(filter);
    let started = cases.iter().filter_map(|case| Some((case, start(&vm, case, |plugin| plugin)?)));
    let longest = started.max_by_key(|(case, plugin)| run(plugin, case, usize::MAX, End::Client));
    let Some((case, plugin)) = longest else { return Ok(()) };
    let all = run(&plugin, case, usize::MAX, End::Client);
    let mut after_ten = None;
    for round in 1..=1000 {
        for (steps, end) in (1..=all).flat_map(|steps| ENDS.map(|end| (steps, end))) {
            run(&plugin, case, steps, end);
        }
        if round == 10 {
            after_ten = Some(plugin.stats().pages);
        }
        plugin.take_log();
    }
    let pages = Some(plugin.stats().pages);
    match plugin.errors().as_slice() {
        [] if pages == after_ten => Ok(()),
        [] => Err(format!("{:?}: {after_ten:?} pages, then {pages:?}", case.name).into()),
        [error, ..] => Err(error.clone().into()),
    }
}
