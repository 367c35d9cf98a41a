//! A client and an upstream for Envoy.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::Error;
use super::process::PATIENCE;
use crate::case::{CaseAnswer, CaseRequest, Outcome, Seen};

fn failed(what: &str) -> impl Fn(hyper::Error) -> Error {
    move |error| Error::Unexpected(format!("{what}: {error}"))
}

/// Sends a request on a connection of its own. No response in this time is none at all.
pub(crate) async fn send(
    address: &str,
    request: &CaseRequest,
    patience: Duration,
) -> Result<Outcome, Error> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(Error::io(format!("cannot connect to Envoy at {address}")))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed("cannot speak to Envoy"))?;
    // Dropped with this future, the connection closes.
    let connection = Connection(tokio::spawn(connection));

    let invalid = |what: &str| Error::Unexpected(format!("the case's request has no valid {what}"));
    let mut message = Request::new(Full::new(Bytes::from(request.body.clone())));
    *message.method_mut() =
        Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("method"))?;
    *message.uri_mut() = request.path.parse().map_err(|_| invalid("path"))?;
    message.headers_mut().insert("host", HeaderValue::from_static("localhost"));
    add_headers(message.headers_mut(), &request.headers)?;

    let exchange = async {
        let Ok(response) = sender.send_request(message).await else { return Outcome::NoAnswer };
        let status = response.status().as_u16();
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => {
                Outcome::Answered { status, response: seen(&head.headers, &body.to_bytes()) }
            }
            Err(_) => Outcome::Broken,
        }
    };
    let outcome = tokio::time::timeout(patience, exchange).await.unwrap_or(Outcome::NoAnswer);
    drop(connection);
    Ok(outcome)
}

struct Connection<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Connection<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A GET of the admin interface.
pub(crate) async fn get(address: &str, path: &str) -> Result<Option<String>, Error> {
    let request = CaseRequest { path: path.to_owned(), ..CaseRequest::default() };
    Ok(match send(address, &request, PATIENCE).await? {
        Outcome::Answered { status: 200, response } => Some(response.body),
        _ => None,
    })
}

/// An upstream that gives one answer to all requests and keeps them.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) port: u16,
    all: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    pub(crate) async fn serve(answer: &CaseAnswer) -> Result<Self, Error> {
        let listening = "cannot listen on 127.0.0.1";
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io(listening))?;
        let port = listener.local_addr().map_err(Error::io(listening))?.port();
        let all = Arc::new(Mutex::new(Vec::new()));

        let mut headers = HeaderMap::new();
        add_headers(&mut headers, &answer.headers)?;
        let (status, body) = (answer.status, Bytes::from(answer.body.clone()));
        let keep = Arc::clone(&all);
        let service = service_fn(move |request: Request<Incoming>| {
            let (keep, headers, body) = (Arc::clone(&keep), headers.clone(), body.clone());
            async move {
                let (head, request_body) = request.into_parts();
                let request_body =
                    request_body.collect().await.map_or(Bytes::new(), |body| body.to_bytes());
                let mut request = seen(&head.headers, &request_body);
                request.headers.push((":method".to_owned(), head.method.to_string()));
                request.headers.push((":path".to_owned(), head.uri.to_string()));
                keep.lock().unwrap_or_else(PoisonError::into_inner).push(request);

                let mut response = Response::new(Full::new(body));
                *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
                *response.headers_mut() = headers;
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service.clone()));
            }
        });
        Ok(Self { port, all })
    }

    /// What has arrived, in order.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) fn add_headers(
    headers: &mut HeaderMap,
    pairs: &[(String, String)],
) -> Result<(), Error> {
    for (name, value) in pairs {
        let pair = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        let (Ok(name), Ok(value)) = pair else {
            return Err(Error::Unexpected(format!(
                "the case's header {name:?}: {value:?} cannot be sent"
            )));
        };
        headers.append(name, value);
    }
    Ok(())
}

pub(super) fn seen(headers: &HeaderMap, body: &[u8]) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Seen {
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: text(body),
    }
}
