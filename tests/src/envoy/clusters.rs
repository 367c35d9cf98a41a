//! Servers for the clusters that plugins call.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::http::{response, seen};
use super::message::Message;
use super::{Cluster, Error, grpc};
use crate::case::{Case, CaseCluster, Seen, SeenCall};

/// How long Envoy has for an answer before it gets the next, so that it handles them in order.
const BETWEEN: Duration = Duration::from_millis(20);

/// The servers of a case's clusters.
#[derive(Debug)]
pub(crate) struct Clusters {
    /// Where each listens.
    pub(crate) ports: Vec<Cluster>,
    state: Rc<RefCell<State>>,
    /// Ports that are taken and not listened on.
    _refusing: Vec<TcpSocket>,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<SeenCall>,
    /// How many calls have reached each cluster.
    arrived: Vec<usize>,
    /// TCP: the last connection: the cluster's place, and what it has got.
    connection: Option<(usize, Vec<u8>)>,
    /// Whether answers are given at all.
    open: bool,
    /// Calls without an answer: the cluster's place, and what lets the answer go.
    waiting: Vec<(usize, oneshot::Sender<()>)>,
}

impl Clusters {
    pub(crate) async fn serve(case: &Case) -> Result<Self, Error> {
        let clusters = &case.clusters;
        let state = Rc::new(RefCell::new(State::default()));
        state.borrow_mut().arrived = vec![0; clusters.len()];
        let mut ports = Vec::new();
        let mut refusing = Vec::new();
        for (place, cluster) in clusters.iter().enumerate() {
            let listening = || Error::io("cannot listen on 127.0.0.1");
            let address = "127.0.0.1:0".parse().map_err(|_| Error::Unexpected(String::new()))?;
            let socket = TcpSocket::new_v4().map_err(listening())?;
            socket.bind(address).map_err(listening())?;
            let port = socket.local_addr().map_err(listening())?.port();
            ports.push(Cluster { name: cluster.name.clone(), port, http2: cluster.is_grpc() });
            if cluster.refuses {
                refusing.push(socket);
                continue;
            }
            let listener = socket.listen(64).map_err(listening())?;
            let server = Server {
                place,
                cluster: cluster.clone(),
                speaks_first: case.connection.sends.is_empty(),
                state: Rc::clone(&state),
            };
            tokio::task::spawn_local(server.run(listener));
        }
        tokio::task::spawn_local(release(Rc::clone(&state), clusters.to_vec()));
        Ok(Self { ports, state, _refusing: refusing })
    }

    /// Lets answers be given.
    pub(crate) fn open(&self) {
        self.state.borrow_mut().open = true;
    }

    /// Lets time pass, in which answers are given.
    pub(crate) async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.open();
            tokio::time::sleep(time).await;
            self.state.borrow_mut().open = false;
        }
    }

    /// How many calls have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.state.borrow().arrived.iter().sum()
    }

    /// TCP: the cluster that got the last connection, and what it has got.
    pub(crate) fn connection(&self) -> (Option<String>, Vec<u8>) {
        match &self.state.borrow().connection {
            None => (None, Vec::new()),
            Some((place, got)) => (Some(self.ports[*place].name.clone()), got.clone()),
        }
    }

    /// What has arrived, in order.
    pub(crate) fn seen(&self) -> Vec<SeenCall> {
        self.state.borrow().seen.clone()
    }
}

/// Lets answers go, one after the other: the oldest, but the youngest of those that a cluster has
/// held.
async fn release(state: Rc<RefCell<State>>, clusters: Vec<CaseCluster>) {
    loop {
        let next = {
            let mut state = state.borrow_mut();
            let gives = |place: usize| {
                state.open
                    && !clusters[place].silent
                    && state.arrived[place] >= clusters[place].holds
            };
            let first = state.waiting.iter().position(|(place, _)| gives(*place));
            let next = first.map(|first| {
                let place = state.waiting[first].0;
                let last = || state.waiting.iter().rposition(|(found, _)| *found == place);
                if clusters[place].holds == 0 { first } else { last().unwrap_or(first) }
            });
            next.map(|next| state.waiting.remove(next))
        };
        match next {
            Some((_, go)) => {
                let _ = go.send(());
                tokio::time::sleep(BETWEEN).await;
            }
            None => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

/// The server of one cluster.
#[derive(Clone)]
pub(super) struct Server {
    place: usize,
    pub(super) cluster: CaseCluster,
    /// TCP: the client sends nothing.
    speaks_first: bool,
    state: Rc<RefCell<State>>,
}

impl Server {
    async fn run(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let server = self.clone();
            tokio::task::spawn_local(async move {
                if let Some(says) = server.cluster.says.clone() {
                    let _ = server.converse(stream, &says).await;
                    return;
                }
                if server.cluster.breaks {
                    let _ = server.break_off(stream).await;
                    return;
                }
                if server.cluster.is_grpc() {
                    grpc::serve(server, stream).await;
                    return;
                }
                let service = service_fn(|request| server.answer(request));
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Message>, &'static str> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return Err("it breaks off") };
        let body = body.to_bytes();
        let mut request = seen(&head.headers, &body);
        request.headers.push((":method".to_owned(), head.method.as_str().into()));
        request.headers.push((":path".to_owned(), head.uri.to_string().into()));
        let authority = request.headers.iter().find(|(name, _)| name == "host");
        let authority = authority.map(|(_, value)| value.clone()).unwrap_or_default();
        request.headers.push((":authority".to_owned(), authority));
        let (n, go) = self.arrive(request, Vec::new());
        // It is never let go where it must not be answered.
        let _ = go.await;
        match self.cluster.answer(n) {
            Some(answer) if !self.cluster.resets => response(answer).map_err(|_| "invalid"),
            _ => Err("no answer"),
        }
    }

    /// A call arrives: how many did before it, and what lets its answer go.
    pub(super) fn arrive(
        &self,
        request: Seen,
        messages: Vec<String>,
    ) -> (usize, oneshot::Receiver<()>) {
        let cluster = self.cluster.name.clone();
        let mut state = self.state.borrow_mut();
        state.seen.push(SeenCall { cluster, request, messages });
        state.arrived[self.place] += 1;
        let (go, gone) = oneshot::channel();
        state.waiting.push((self.place, go));
        (state.arrived[self.place] - 1, gone)
    }

    /// A TCP connection.
    async fn converse(&self, mut stream: TcpStream, says: &str) -> std::io::Result<()> {
        self.state.borrow_mut().connection = Some((self.place, Vec::new()));
        let mut chunk = vec![0; 64 * 1024];
        let mut said = false;
        loop {
            if !said && (self.speaks_first || self.has_got_something()) {
                said = true;
                stream.write_all(says.as_bytes()).await?;
                // Time for Envoy to see it before the end.
                tokio::time::sleep(BETWEEN).await;
                if self.cluster.ends {
                    stream.shutdown().await?;
                }
            }
            let size = stream.read(&mut chunk).await?;
            if size == 0 {
                return Ok(());
            }
            if let Some((_, got)) = &mut self.state.borrow_mut().connection {
                got.extend(&chunk[..size]);
            }
        }
    }

    fn has_got_something(&self) -> bool {
        self.state.borrow().connection.as_ref().is_some_and(|(_, got)| !got.is_empty())
    }

    /// Half an answer.
    async fn break_off(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await?;
        let (_, go) = self.arrive(Seen::default(), Vec::new());
        let _ = go.await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await?;
        // Time for Envoy to see the headers before the end.
        tokio::time::sleep(BETWEEN).await;
        Ok(())
    }
}
