//! Case files in Envoy.

use std::path::Path;
use std::time::{Duration, Instant};

use super::clusters::Clusters;
use super::http::{Upstream, get, send};
use super::process::{PATIENCE, Process, telling};
use super::{Config, Envoy, Error, filter_state, streams, tcp};
use crate::case::{Case, CaseRequest, Kind, LogLine, Observed, SeenStream};
use crate::refusal::sentence;

/// How late the answers to calls may come after the streams that made them.
const LATE: Duration = Duration::from_secs(2);
/// How long what no one expects may take.
const SETTLING: Duration = Duration::from_millis(50);

impl Envoy {
    /// Starts Envoy with a module as a case says, and sends the case's requests through it.
    ///
    /// # Errors
    /// Envoy cannot be run, or does something else than to serve or to refuse.
    pub fn observe(&self, module: &Path, case: &Case) -> Result<Observed, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::io("cannot start a runtime"))?;
        tokio::task::LocalSet::new().block_on(&runtime, self.run(module, case))
    }

    async fn run(&self, module: &Path, case: &Case) -> Result<Observed, Error> {
        let upstream = match &case.upstream {
            None => None,
            Some(answer) => Some(Upstream::serve(answer, case.http2()).await?),
        };
        let clusters = Clusters::serve(case).await?;
        let filter_state = filter_state::names(case);
        let mut process = self.start(&Config {
            module,
            kind: case.kind,
            vm_configuration: &case.vm_configuration,
            environment: &case.environment,
            failure_policy: case.failure_policy,
            capabilities: case.capabilities.as_deref(),
            configurations: case.configurations(),
            listener_port: 0,
            admin_port: 0,
            upstream_port: upstream.as_ref().map(|upstream| upstream.port),
            routes: &case.routes,
            http2: case.http2(),
            metadata: &case.metadata,
            filter_state: (&filter_state, "".as_ref()),
            clusters: &clusters.ports,
        })?;
        let Some(listener) = listener(&mut process).await? else {
            return refusal(process.end());
        };

        let boot = process.log().len();
        let exchange = async {
            let outcomes = streams::run(&listener.address, case, &clusters).await?;
            let connection = tcp::run(&listener.address, case, &clusters).await?;
            listener.wait_until_idle(&process, case.kind, case.streams().len() as u64).await?;
            wait_for_the_rest(&process, case, boot, &clusters).await?;
            let mut metrics = Vec::new();
            for (name, _) in &case.expect.metrics {
                let stat = format!("wasmcustom.{}", name.replace('.', "[.]"));
                metrics.push((name.clone(), stat_of(&listener.admin, &stat).await?));
            }
            let states = filter_state::read(&process, case).await?;
            Ok((outcomes, connection, metrics, states))
        };
        let (outcomes, connection, metrics, mut states) = match exchange.await {
            Ok(outcomes) => outcomes,
            // It is Envoy that is to blame, if it is no more.
            Err(error) => return Err(process.crash()?.unwrap_or(error)),
        };
        let end = process.log().len();
        if case.shuts_down {
            listener.shut_down(&mut process).await?;
        }
        let log = process.end();
        let (log_before, shutdown_log) =
            log.split_at(if case.shuts_down { end } else { log.len() });
        let (boot_log, log_of_run) = log_before.split_at(boot);
        let mut requests = upstream.map(|upstream| upstream.requests()).unwrap_or_default();
        let streams = case.streams().into_iter().zip(outcomes).map(|(stream, outcome)| {
            let upstream = streams::claim(&mut requests, case, &stream);
            let filter_state = filter_state::claim(&mut states, &stream);
            SeenStream { outcome, upstream, filter_state }
        });
        Ok(Observed {
            refused: None,
            streams: streams.collect(),
            connection,
            calls: clusters.seen(),
            metrics,
            boot_log: guest_lines(boot_log),
            log: guest_lines(log_of_run),
            shutdown_log: guest_lines(shutdown_log),
            errors: [of_one_vm(errors(boot_log)), errors(&log[boot..])].concat(),
        })
    }
}

/// In how many VMs a plugin starts while Envoy does, one after the other.
const VMS_OF_A_START: usize = 3;

/// Errors of a start, as one VM has them, if all have the same.
fn of_one_vm(mut errors: Vec<String>) -> Vec<String> {
    let of_each = errors.len() / VMS_OF_A_START;
    let mut vms = errors.chunks(of_each.max(1));
    let first = vms.next();
    if errors.len().is_multiple_of(VMS_OF_A_START) && vms.all(|vm| Some(vm) == first) {
        errors.truncate(of_each);
    }
    errors
}

fn errors(log: &[String]) -> Vec<String> {
    log.iter().filter_map(|line| vm_error(line)).collect()
}

/// Waits until all has come that the case expects, as far as it outlives the streams: ticks, and what
/// comes of calls.
async fn wait_for_the_rest(
    process: &Process,
    case: &Case,
    boot: usize,
    clusters: &Clusters,
) -> Result<(), Error> {
    if case.clusters.is_empty() && case.ticks == 0 {
        return Ok(());
    }
    let began = Instant::now();
    let patience = if case.ticks == 0 { LATE } else { PATIENCE };
    let complete = || {
        let log = guest_lines(process.log().get(boot..).unwrap_or_default());
        case.expect.log_is_complete(&log) && clusters.arrived() >= case.expect.calls.len()
    };
    while !complete() && began.elapsed() < patience {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // For lines that no one expects.
    tokio::time::sleep(SETTLING).await;
    Ok(())
}

fn guest_lines(log: &[String]) -> Vec<LogLine> {
    log.iter().filter_map(|line| guest_line(line)).collect()
}

fn refusal(log: Vec<String>) -> Result<Observed, Error> {
    let errors = errors(&log);
    let refused = log.iter().any(|line| line.contains("Unable to create Wasm"));
    if !refused {
        return Err(Error::Unexpected(format!("Envoy exits:\n{}", telling(&log))));
    }
    let why = sentence(&errors, None);
    Ok(Observed::refused(errors, guest_lines(&log), why))
}

/// An error of the `wasm` logger that is not the guest's own.
fn vm_error(line: &str) -> Option<String> {
    let error = line.strip_prefix("[error][wasm] ")?;
    (!error.starts_with("wasm log")).then(|| error.to_owned())
}

/// A line that the guest logged: `[info][wasm] wasm log my_vm: hello`.
fn guest_line(line: &str) -> Option<LogLine> {
    let (level, message) = line.strip_prefix('[')?.split_once("][wasm] wasm log")?;
    // The VM's own context, in which the allocator runs, has no id.
    let message = message.strip_prefix(&format!(" {}", Case::VM_ID)).unwrap_or(message);
    let message = message.strip_prefix(": ")?;
    let level = if level == "warning" { "warn" } else { level };
    Some(LogLine { level: level.to_owned(), message: message.to_owned() })
}

/// Where Envoy listens, and its admin interface.
struct Listener {
    address: String,
    admin: String,
}

/// Waits until Envoy serves, with a VM in its worker; `None` if it exits before.
async fn listener(process: &mut Process) -> Result<Option<Listener>, Error> {
    let Some(admin) = process.wait_for_admin()? else { return Ok(None) };
    loop {
        if process.exited()?.is_some() {
            return Ok(None);
        }
        // Envoy may exit at any time, so a request that fails is asked again.
        let started = stat_of(&admin, "listener_manager.workers_started").await.ok().flatten();
        if started == Some(1)
            && let Ok(Some(listeners)) = get(&admin, "/listeners?format=json").await
            && let Some(address) = address(&listeners)
        {
            return Ok(Some(Listener { address, admin }));
        }
        process.give_up_in_time()?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A statistic of Envoy's.
async fn stat_of(admin: &str, name: &str) -> Result<Option<u64>, Error> {
    let stats = get(admin, &format!("/stats?filter=^{name}$")).await?;
    let value = stats.as_deref().and_then(|stats| stats.trim().rsplit_once(": "));
    Ok(value.and_then(|(_, value)| value.parse().ok()))
}

fn address(listeners: &str) -> Option<String> {
    let listeners: serde_json::Value = serde_json::from_str(listeners).ok()?;
    let socket = &listeners["listener_statuses"][0]["local_address"]["socket_address"];
    let port = socket["port_value"].as_u64().filter(|port| *port != 0)?;
    Some(format!("{}:{port}", socket["address"].as_str()?))
}

impl Listener {
    /// Shuts Envoy down, and waits until it has ended.
    async fn shut_down(&self, process: &mut Process) -> Result<(), Error> {
        let path = "/quitquitquit".to_owned();
        let request = CaseRequest { method: "POST".to_owned(), path, ..CaseRequest::default() };
        send(&self.admin, &request, false, PATIENCE).await?;
        while process.exited()?.is_none() {
            process.give_up_in_time()?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until the connections have ended, and with them the last callbacks of their streams.
    async fn wait_until_idle(
        &self,
        process: &Process,
        kind: Kind,
        streams: u64,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let connections = if kind == Kind::Tcp { 1 } else { streams };
        let stat = |name| async move {
            let name = format!("listener.main.downstream_cx_{name}");
            stat_of(&self.admin, &name).await
        };
        while stat("total").await? < Some(connections) || stat("active").await? != Some(0) {
            // Before a TCP connection has somewhere to go, Envoy does not notice that the client is gone.
            if kind == Kind::Tcp && began.elapsed() > LATE {
                return Ok(());
            }
            process.give_up_in_time()?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}
