//! What filters cost real Envoy: the time of its threads for a request and filter, its memory for a plugin, and
//! how long it takes to serve.

mod config;
mod jobs;
mod load;
mod process;
mod upstream;

use std::path::Path;

use config::{Answers, Filter, config};
use jobs::Job;
use process::Process;
use whit_test::envoy::Envoy;

use crate::Subject;
use crate::figures::{Figure, Group, Unit};

/// Whose VMs are counted: the one that does least beside its VM.
const STARTED: &str = "add-header";

pub(crate) fn measure(
    folder: &Path,
    subjects: &[Subject],
    rounds: usize,
) -> Result<Vec<Group>, String> {
    let envoy = Envoy::find(folder).map_err(|error| error.to_string())?;
    let upstream = upstream::start()?;
    let mut added =
        Group::new("CPU time that a filter adds to a request in Envoy", Unit::Nanoseconds);
    for job in Job::all() {
        eprintln!("{}: {rounds} rounds", job.title());
        run(&envoy, &job, subjects, rounds, upstream, &mut added)?;
    }
    let [memory, start] = starts(&envoy, subjects, rounds, upstream)?;
    Ok(vec![added, memory, start])
}

/// All contenders in turn, in each round; the first is nothing, which is taken off.
fn run(
    envoy: &Envoy,
    job: &Job,
    subjects: &[Subject],
    rounds: usize,
    upstream: u16,
    added: &mut Group,
) -> Result<(), String> {
    let mut processes = Vec::new();
    for (n, (contender, filter)) in job.contenders(subjects).into_iter().enumerate() {
        let config = config(&filter, job.times, false, job.answers, upstream);
        let process = Process::start(envoy, &format!("job-{n}"), &config)?;
        processes.push((contender, process, Vec::new()));
    }
    for round in 0..=rounds {
        let mut nothing = 0.0;
        for (n, (_, process, took)) in processes.iter_mut().enumerate() {
            let before = process.cpu()?;
            load::run(&process.address, &job.sent, job.requests)?;
            let cpu = (process.cpu()? - before).as_nanos() as f64 / job.requests as f64;
            if n == 0 {
                nothing = cpu;
            } else if round > 0 {
                took.push((cpu - nothing) / job.times as f64);
            }
        }
    }
    for (contender, _, took) in processes.into_iter().skip(1) {
        added.add(&job.title(), Figure::of_rounds(&contender, took));
    }
    Ok(())
}

/// Envoy with 1, 10 and 100 plugins, each in VMs of its own, beside one without: what memory it needs more
/// for a plugin, and how long it takes to serve.
fn starts(
    envoy: &Envoy,
    subjects: &[Subject],
    rounds: usize,
    upstream: u16,
) -> Result<[Group; 2], String> {
    let mut memory = Group::new("memory that a plugin adds to Envoy", Unit::Bytes);
    let mut start = Group::new("from Envoy's start to its first answer", Unit::Nanoseconds);
    let config = |filter: &Filter, plugins| {
        config(filter, plugins, true, Answers::Directly("hello world\n"), upstream)
    };
    let mut contenders = vec![("nothing", Filter::None, 0)];
    for plugins in [1, 10, 100] {
        let of = subjects.iter().filter(|subject| subject.filter == STARTED);
        contenders.extend(of.map(|subject| {
            (subject.variant.as_str(), Filter::Module(subject.path.clone()), plugins)
        }));
    }
    let mut found = vec![(Vec::new(), Vec::new()); contenders.len()];
    for round in 0..rounds {
        eprintln!("memory and start: round {} of {rounds}", round + 1);
        let mut idle = 0;
        for ((_, filter, plugins), found) in contenders.iter().zip(&mut found) {
            let process = Process::start(envoy, "start", &config(filter, *plugins))?;
            let bytes = process.memory()?;
            found.1.push(process.started_in.as_nanos() as f64);
            match *plugins as u64 {
                0 => idle = bytes,
                plugins => found.0.push((bytes.saturating_sub(idle) / plugins) as f64),
            }
        }
    }
    for ((contender, _, plugins), (bytes, nanoseconds)) in contenders.into_iter().zip(found) {
        let what = if plugins == 1 { "1 plugin".to_owned() } else { format!("{plugins} plugins") };
        if plugins > 0 {
            memory.add(&what, Figure::of_rounds(contender, bytes));
        }
        start.add(&what, Figure::of_rounds(contender, nanoseconds));
    }
    Ok([memory, start])
}
