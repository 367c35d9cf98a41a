//! The servers behind Envoy: one for requests, and those that plugins ask.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::body::Pieces;
use crate::{services, text};

/// Where they listen on 127.0.0.1, and what they have seen.
pub(crate) struct Upstreams {
    /// Clusters: name, port, and whether it speaks HTTP/2.
    pub(crate) clusters: Vec<(&'static str, u16, bool)>,
    /// Requests that have come to `upstream` and `upstream2`.
    pub(crate) seen: Arc<AtomicU64>,
    /// A port on which nobody listens, and which nobody else gets.
    _nobody: TcpSocket,
}

/// An answer, or none: then the connection, or over HTTP/2 the stream, breaks off.
pub(crate) type Answered = io::Result<Response<Pieces>>;

/// Starts them, on a thread of their own; they serve until the program ends.
pub(crate) fn start() -> io::Result<Upstreams> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let context = runtime.enter();
    let seen = Arc::new(AtomicU64::new(0));
    let counting = || {
        let seen = Arc::clone(&seen);
        move |request| {
            seen.fetch_add(1, Ordering::Relaxed);
            answer(request)
        }
    };
    let nobody = TcpSocket::new_v4()?;
    nobody.bind(([127, 0, 0, 1], 0).into())?;
    let clusters = vec![
        ("upstream", http(false, counting())?, false),
        ("upstream2", http(true, counting())?, true),
        ("auth", http(false, services::auth)?, false),
        ("hanging", http(false, services::hang)?, false),
        ("httpbin", http(false, services::even_or_odd())?, false),
        ("grpcbin", http(true, services::statuses())?, true),
        ("egress-router1", listen(|stream| services::echo(stream, b"1\n"))?, false),
        ("egress-router2", listen(|stream| services::echo(stream, b"2\n"))?, false),
        ("nobody", nobody.local_addr()?.port(), false),
    ];
    drop(context);
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    Ok(Upstreams { clusters, seen, _nobody: nobody })
}

/// Serves connections on a free port, which it returns.
fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> io::Result<u16>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve(stream));
        }
    });
    Ok(port)
}

fn http<F>(
    http2: bool,
    answer: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static,
) -> io::Result<u16>
where
    F: Future<Output = Answered> + Send + 'static,
{
    listen(move |stream| {
        let (stream, service) = (TokioIo::new(stream), service_fn(answer.clone()));
        // A connection that breaks ends by itself.
        async move {
            if http2 {
                let server = http2::Builder::new(TokioExecutor::new());
                drop(server.serve_connection(stream, service).await);
            } else {
                drop(http1::Builder::new().serve_connection(stream, service).await);
            }
        }
    })
}

/// What comes of a request, by its path.
async fn answer(request: Request<Incoming>) -> Answered {
    let path = request.uri().path().to_owned();
    // What breaks off is answered as well.
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let body = match &path[..] {
        "/echo" => Pieces::whole(body),
        "/lines" => Pieces::whole(text::plain(50)),
        "/pieces" => Pieces::of(&text::plain(500), 3001),
        "/large" => Pieces::whole(text::plain(2000)),
        "/secret" => Pieces::whole(Bytes::from_static(b"a secret that nobody should see\n")),
        "/breaks" => Pieces::whole(text::plain(10)).slow().broken(),
        "/refuses" => return Err(io::Error::other("refuses on purpose")),
        _ => Pieces::whole(Bytes::from_static(b"pong")),
    };
    let response = Response::builder().header("content-type", "text/plain").body(body);
    response.map_err(io::Error::other)
}
