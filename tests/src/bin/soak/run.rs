//! The run: who does what, and when.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;
use whit_test::envoy::Envoy;

use crate::config::ListenersFile;
use crate::listeners::{Listener, Modules};
use crate::load::{Clock, Target};
use crate::process::Process;
use crate::random::Random;
use crate::stats::{self, Stats};
use crate::upstream::Upstreams;
use crate::verdict::{Seen, Verdict};
use crate::watch::{Guests, Watch};
use crate::{Args, http1_clients, http2_clients, tcp_clients};

/// How many users there are on a connection of HTTP/2.
const USERS: u64 = 4;
/// How long Envoy may take for what is none of the load.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked whether it has.
const SOON: Duration = Duration::from_millis(100);

/// Runs all of it in a folder.
pub(crate) async fn run(
    args: &Args,
    envoy: &Envoy,
    folder: &Path,
    modules: Modules,
    upstreams: &Upstreams,
) -> Result<Verdict, String> {
    let said = |error| format!("cannot write in {}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(said)?;
    let file = ListenersFile::new(folder, modules);
    file.write(0).map_err(said)?;
    let bootstrap = file.bootstrap(&upstreams.clusters);
    let minute = Duration::from_secs(60);
    let lasts = Duration::from_secs_f64(args.minutes * 60.0);
    let every = args.requests.map_or(lasts.div_f64(3.0).min(minute), |_| minute);
    let mut process = Process::start(envoy, folder, &bootstrap, args.workers, every.div_f64(2.0))?;
    let admin = process.wait_for_admin().await?;

    let clock = Rc::new(Clock {
        began: Instant::now(),
        lasts,
        requests: args.requests,
        sent: Cell::new(0),
        reloads: Cell::new(0),
        stopped: Cell::new(false),
    });
    let targets = targets(&mut process, &admin, &clock).await?;
    let mut watch = Watch::new(&clock);
    let local = LocalSet::new();
    let mut clients = local.run_until(async { clients(&targets, args.seed) }).await;
    let reloads = async {
        let mut next = clock.began + every;
        while clock.goes_on() {
            if Instant::now() >= next {
                next += every;
                watch.before_reload(&Stats::of(&admin).await?);
                reload(&file, &admin, &clock).await?;
            }
            process.lives()?;
            watch.tell(&process, &admin, &targets).await?;
            sleep(SOON).await;
        }
        Ok(())
    };
    let outcome: Result<(), String> = local.run_until(reloads).await;
    clock.stopped.set(true);
    outcome?;
    local.run_until(async { while clients.join_next().await.is_some() {} }).await;
    let took = clock.began.elapsed();

    let stats = local.run_until(quiet(&mut process, &admin, &targets, watch.first())).await?;
    let memory = watch.memory(&process)?;
    let first = watch.first().clone();
    let seen = upstreams.seen.load(std::sync::atomic::Ordering::Relaxed);
    let log = process.log.clone();
    Ok(Verdict::of(&targets, &Seen { stats, log, upstream: seen, memory, first, took, clock }))
}

/// All listeners, once they are there.
async fn targets(
    process: &mut Process,
    admin: &str,
    clock: &Rc<Clock>,
) -> Result<Vec<Rc<Target>>, String> {
    let listeners = Listener::all();
    let began = Instant::now();
    let addresses = loop {
        process.lives()?;
        let addresses = stats::addresses(admin).await?;
        let started = Stats::of(admin).await?.get("listener_manager.workers_started") == 1;
        if started && addresses.len() == listeners.len() {
            break addresses;
        }
        if began.elapsed() > PATIENCE {
            let lines = process.log.seen().lines.join("\n");
            return Err(format!("Envoy does not listen in {} s:\n{lines}", PATIENCE.as_secs()));
        }
        sleep(SOON).await;
    };
    let target = |listener: &Listener| {
        let address = addresses.get(&listener.name()).cloned().unwrap_or_default();
        Rc::new(Target::new(listener, address, clock))
    };
    Ok(listeners.iter().map(target).collect())
}

/// Whoever sends something to the listeners.
fn clients(targets: &[Rc<Target>], seed: u64) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    let mut randoms = (0..).map(|which| Random::new(seed, which));
    let mut random = || randoms.next().unwrap_or_else(|| Random::new(seed, 0));
    for target in targets {
        if target.tcp {
            for _ in 0..2 {
                clients.spawn_local(tcp_clients::client(Rc::clone(target), random()));
            }
            continue;
        }
        for _ in 0..2 {
            clients.spawn_local(http1_clients::pipeline(Rc::clone(target), random()));
        }
        clients.spawn_local(http1_clients::nuisance(Rc::clone(target), random()));
        let shared = http2_clients::Shared::default();
        for _ in 0..USERS {
            let (target, shared) = (Rc::clone(target), Rc::clone(&shared));
            clients.spawn_local(http2_clients::user(target, random(), shared));
        }
    }
    clients
}

/// Replaces all listeners, and waits until Envoy has.
async fn reload(file: &ListenersFile, admin: &str, clock: &Clock) -> Result<(), String> {
    let number = clock.reloads.get() + 1;
    file.write(number).map_err(|error| format!("cannot write listeners: {error}"))?;
    let began = Instant::now();
    loop {
        let stats = Stats::of(admin).await?;
        let warming = stats.get("listener_manager.total_listeners_warming");
        let updates = stats.get("listener_manager.lds.update_success");
        if warming == 0 && updates > u64::from(number) {
            clock.reloads.set(number);
            return Ok(());
        }
        if stats.get("listener_manager.lds.update_rejected") > 0 || began.elapsed() > PATIENCE {
            return Err(format!(
                "Envoy does not take its listeners for the {number}. time: see its log"
            ));
        }
        sleep(SOON).await;
    }
}

/// Waits until nothing is under way and there are as many VMs as at first, and returns what Envoy has counted.
async fn quiet(
    process: &mut Process,
    admin: &str,
    targets: &[Rc<Target>],
    first: &Guests,
) -> Result<Stats, String> {
    let began = Instant::now();
    loop {
        process.lives()?;
        let stats = Stats::of(admin).await?;
        let open = |target: &Rc<Target>| {
            stats.get(&format!("listener.{}.downstream_cx_active", target.name))
        };
        let open: u64 = targets.iter().map(open).sum();
        let draining = stats.get("listener_manager.total_listeners_draining");
        let late = began.elapsed() > PATIENCE;
        let settled = open == 0 && draining == 0;
        if settled && (late || Guests::of(&stats).vms == first.vms) {
            return Ok(stats);
        }
        if late {
            return Err(format!(
                "{} s after the last client left, Envoy has {open} connections and {draining} listeners that drain",
                PATIENCE.as_secs()
            ));
        }
        sleep(SOON).await;
    }
}
