//! Requests to Envoy.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Builder as Connection, SendRequest};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// So many connections at a time keep Envoy's worker busy.
const CONNECTIONS: usize = 4;

/// What is sent again and again.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) body: Bytes,
    pub(crate) status: StatusCode,
}

impl Sent {
    pub(crate) fn get(path: &'static str) -> Self {
        Self { method: Method::GET, path, body: Bytes::new(), status: StatusCode::OK }
    }

    pub(crate) fn post(size: usize) -> Self {
        let body = vec![b'a'; size].into();
        Self { method: Method::POST, path: "/", body, status: StatusCode::OK }
    }
}

fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let _ = stream.set_nodelay(true);
    // A hundred filters add a header each.
    let connection = Connection::new().max_headers(1000).handshake(TokioIo::new(stream));
    let (sender, connection) = connection.await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    sent: &Sent,
) -> Result<(StatusCode, Bytes), String> {
    let said = |error: hyper::Error| format!("no answer to {}: {error}", sent.path);
    sender.ready().await.map_err(said)?;
    let request = Request::builder()
        .method(sent.method.clone())
        .uri(sent.path)
        .header("host", "localhost")
        .header("user-agent", "whit-bench")
        .header("accept", "*/*")
        .body(Full::new(sent.body.clone()))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(said)?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(said)?.to_bytes();
    Ok((status, body))
}

/// Sends a request so many times, over some connections at a time.
pub(crate) fn run(address: &str, sent: &Sent, times: usize) -> Result<(), String> {
    runtime()?.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let mut sender = connect(address).await?;
            let sent = sent.clone();
            tasks.spawn(async move {
                for _ in 0..times / CONNECTIONS {
                    let (status, _) = send(&mut sender, &sent).await?;
                    if status != sent.status {
                        return Err(format!("{} is answered with {status}", sent.path));
                    }
                }
                Ok(())
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.map_err(|error| error.to_string())??;
        }
        Ok(())
    })
}

/// The body of one answer.
pub(crate) fn get(address: &str, path: &'static str) -> Result<Bytes, String> {
    runtime()?.block_on(async {
        let mut sender = connect(address).await?;
        Ok(send(&mut sender, &Sent::get(path)).await?.1)
    })
}

/// Whether it answers.
pub(crate) fn answers(address: &str) -> bool {
    get(address, "/").is_ok()
}
