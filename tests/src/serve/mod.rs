//! A server with a plugin in front of it, on the runner: a filter that a newcomer can curl, without
//! Envoy.
//!
//! It speaks HTTP/1.1 and HTTP/2 (without TLS). Requests go through the plugin to an upstream, which
//! speaks HTTP/1.1, or are answered directly. HTTP calls of the plugin go to the clusters that the
//! options name; gRPC calls to them are refused. The clock is the machine's, and so is randomness.

mod bodies;
mod calls;
mod headers;
mod reload;
mod screen;
mod stream;
mod upstream;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant, SystemTime};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::here::Here;
use crate::{Error, Plugin, Vm};
use upstream::Client;

/// What to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plugin's module.
    pub module: PathBuf,
    /// A file with the plugin configuration.
    pub configuration: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// `HOST:PORT` of the upstream. Without one every request that passes the plugin gets a direct answer.
    pub upstream: Option<String>,
    /// By cluster that the plugin can call, `HOST:PORT`.
    pub clusters: BTreeMap<String, String>,
    /// Whether the plugin starts again when its module or its configuration changes.
    pub watch: bool,
    /// Whether every callback and hostcall is shown.
    pub trace: bool,
}

/// The body of a direct answer.
const DIRECT: &str = "hello from behind the plugin\n";

/// How often the plugin's clock moves, and files are looked at.
const TICK: Duration = Duration::from_millis(10);

/// What all connections share.
struct Server {
    options: Options,
    client: Client,
    running: RefCell<Rc<Running>>,
    /// Those before it, which are there as long as they have streams or calls.
    before: RefCell<Vec<Weak<Running>>>,
}

/// A plugin that runs; another one takes its place where it is reloaded.
struct Running {
    plugin: Plugin,
    /// Something has happened to the plugin: its streams look what came of it.
    changed: Notify,
    /// Calls that are on their way, by token.
    calls: RefCell<HashSet<(usize, u32)>>,
}

impl Running {
    fn start(options: &Options) -> Result<Self, Error> {
        let configuration = match &options.configuration {
            None => Vec::new(),
            Some(path) => {
                std::fs::read(path).map_err(|error| Error::Read { path: path.clone(), error })?
            }
        };
        let mut builder = Vm::load(&options.module)?.plugin().configuration(configuration);
        if options.trace {
            builder = builder.traced();
        }
        for cluster in options.clusters.keys() {
            builder = builder.cluster(cluster);
        }
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = RandomState::new().hash_one(0);
        let plugin = builder.time(since_1970.unwrap_or_default()).seed(seed).start()?;
        Ok(Self { plugin, changed: Notify::new(), calls: RefCell::default() })
    }
}

impl Server {
    fn running(&self) -> Rc<Running> {
        Rc::clone(&self.running.borrow())
    }

    /// Another plugin takes the place of the one that runs.
    fn replace(&self, running: Rc<Running>) {
        let before = self.running.replace(running);
        self.before.borrow_mut().push(Rc::downgrade(&before));
    }

    /// All plugins that have something to do.
    fn all(&self) -> Vec<Rc<Running>> {
        let mut before = self.before.borrow_mut();
        before.retain(|running| running.strong_count() > 0);
        before.iter().filter_map(Weak::upgrade).chain([self.running()]).collect()
    }

    /// Follows up on whatever has happened to a plugin.
    fn settle(self: &Rc<Self>, running: &Rc<Running>) {
        if self.options.trace {
            screen::trace(&running.plugin);
        }
        screen::log(&running.plugin);
        calls::start(self, running);
        running.changed.notify_waiters();
    }
}

/// Serves until an error ends it.
///
/// # Errors
/// The plugin does not start, or the address cannot be listened on.
pub fn run(options: Options) -> Result<(), Error> {
    let running = Running::start(&options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Serve { what: "cannot start".into(), error })?;
    tokio::task::LocalSet::new().block_on(&runtime, serve(options, running))
}

async fn serve(options: Options, running: Running) -> Result<(), Error> {
    let cannot =
        |error| Error::Serve { what: format!("cannot listen on {}", options.listen), error };
    let listener = TcpListener::bind(options.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    screen::listening(address, &options);
    let server = Rc::new(Server {
        client: Client::new(),
        running: RefCell::new(Rc::new(running)),
        before: RefCell::default(),
        options,
    });
    server.settle(&server.running());
    tokio::task::spawn_local(keep_time(Rc::clone(&server)));
    if server.options.watch {
        tokio::task::spawn_local(reload::watch(Rc::clone(&server)));
    }
    loop {
        let (connection, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Too many connections are open, for instance: it may pass.
            Err(error) => {
                screen::trouble(&format!("cannot accept a connection: {error}"));
                tokio::time::sleep(TICK).await;
                continue;
            }
        };
        let server = Rc::clone(&server);
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| stream::answer(Rc::clone(&server), request));
            let connection = auto::Builder::new(Here)
                .serve_connection(TokioIo::new(connection), service)
                .into_owned()
                .await;
            drop(connection);
        });
    }
}

/// The plugins' clocks follow the machine's.
async fn keep_time(server: Rc<Server>) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(TICK).await;
        let now = Instant::now();
        for running in server.all() {
            running.plugin.advance(now - last);
            server.settle(&running);
        }
        last = now;
    }
}
