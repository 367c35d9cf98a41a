//! One request, from the client through the plugin to the upstream and back.

use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::client::legacy;
use tokio::sync::oneshot;

use super::bodies::{Arriving, Leaving, Part};
use super::headers::{of_request, of_response, request_to, to_send};
use super::upstream::{Body, Broken, Sender};
use super::{DIRECT, Running, Server, screen};
use crate::runner::Route;
use crate::{Headers, Http, LocalReply, Message};

/// Answers a request.
///
/// # Errors
/// The stream was reset: hyper closes it.
pub(super) async fn answer(
    server: Rc<Server>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Broken> {
    let (respond, response) = oneshot::channel();
    tokio::task::spawn_local(Stream::open(server, request, respond).run());
    response.await.map_err(|_| Broken)
}

type Sent = Result<Response<Incoming>, legacy::Error>;

/// A stream, and both its ends.
struct Stream {
    server: Rc<Server>,
    running: Rc<Running>,
    http: Http,
    /// What the client asked for.
    request: Headers,
    began: Instant,
    from_client: Arriving,
    to_upstream: Leaving,
    /// The upstream's response, until it has begun.
    sent: Option<Pin<Box<dyn Future<Output = Sent>>>>,
    from_upstream: Arriving,
    /// Until the response has begun.
    respond: Option<oneshot::Sender<Response<Body>>>,
    to_client: Leaving,
    upstream_asked: bool,
}

impl Stream {
    fn open(
        server: Rc<Server>,
        request: Request<Incoming>,
        respond: oneshot::Sender<Response<Body>>,
    ) -> Self {
        let (head, body) = request.into_parts();
        let running = server.running();
        let http = running.plugin.http();
        if head.version == Version::HTTP_2 {
            http.http2();
        }
        http.route(match server.options.upstream {
            Some(_) => Route::Upstream,
            None => Route::Direct(LocalReply {
                details: "direct_response".to_owned(),
                ..LocalReply::new(200, DIRECT.into())
            }),
        });
        Self {
            running,
            http,
            request: of_request(&head),
            began: Instant::now(),
            from_client: Arriving::new(body, head.version),
            to_upstream: Leaving::default(),
            sent: None,
            from_upstream: Arriving::NOTHING,
            respond: Some(respond),
            to_client: Leaving::default(),
            upstream_asked: false,
            server,
        }
    }

    async fn run(mut self) {
        let (headers, end) = (self.request.clone(), self.from_client.end());
        self.http.request_headers(headers, end);
        self.server.settle(&self.running);
        while self.go_on() {
            // A slow reader keeps the other side from sending.
            let (up, down) = (self.to_upstream.is_idle(), self.to_client.is_idle());
            tokio::select! {
                part = self.from_client.next(), if up => {
                    if matches!(part, Part::Broken) { break }
                    self.request_part(part);
                }
                response = sent(&mut self.sent) => {
                    self.sent = None;
                    self.upstream_answers(response);
                }
                part = self.from_upstream.next(), if down => self.response_part(part),
                () = self.to_upstream.room() => self.to_upstream.flush(),
                () = self.to_client.room() => self.to_client.flush(),
                () = gone(&mut self.respond, &self.to_client.sender) => break,
                () = self.running.changed.notified() => continue,
            }
            self.server.settle(&self.running);
        }
        let Self { http, server, running, .. } = self;
        http.close();
        server.settle(&running);
    }

    fn request_part(&mut self, part: Part) {
        match part {
            Part::Data(data, end) => self.http.request_body(data, end),
            Part::Trailers(trailers) => self.http.request_trailers(trailers),
            Part::Broken => {}
        }
    }

    fn response_part(&mut self, part: Part) {
        match part {
            Part::Data(data, end) => self.http.response_body(data, end),
            Part::Trailers(trailers) => self.http.response_trailers(trailers),
            Part::Broken => self.http.upstream_breaks(),
        }
    }

    fn upstream_answers(&mut self, response: Sent) {
        match response {
            Ok(response) => {
                let (head, body) = response.into_parts();
                self.from_upstream = Arriving::new(body, head.version);
                self.http.response_headers(of_response(&head), self.from_upstream.end());
            }
            Err(error) if error.is_connect() => {
                self.http.upstream_fails("remote connection failure");
            }
            Err(_) => self.http.upstream_fails("connection termination"),
        }
    }

    /// Passes on what has come out of the plugin. False once the stream is over.
    fn go_on(&mut self) -> bool {
        if let Some(message) = self.http.upstream() {
            if !std::mem::replace(&mut self.upstream_asked, true) {
                self.ask_upstream(&message);
            }
            let data = self.http.take_upstream_body();
            self.to_upstream.take(data, message);
        }
        let reset = self.http.is_reset();
        if let Some(message) = self.http.response().filter(|_| !reset || self.respond.is_none()) {
            if let Some(respond) = self.respond.take()
                && !self.respond(respond, &message)
            {
                return false;
            }
            let data = self.http.take_response_body();
            self.to_client.take(data, message);
        }
        if reset {
            self.to_client.break_off();
            screen::request(&self.request, "reset", self.began.elapsed());
            return false;
        }
        self.respond.is_some() || self.to_client.sender.is_some()
    }

    /// Sends the request's headers upstream, once they have passed the plugin.
    fn ask_upstream(&mut self, message: &Message) {
        let Some(upstream) = self.server.options.upstream.clone() else { return };
        let (sender, body) = Body::new(message.ended && message.body.is_empty());
        let Some(request) = request_to(&upstream, &message.headers, body) else {
            screen::trouble(&format!("this request cannot be sent: {:?}", message.headers));
            return self.http.upstream_fails("protocol error");
        };
        self.to_upstream.sender = sender;
        let server = Rc::clone(&self.server);
        self.sent = Some(Box::pin(async move { server.client.send(request).await }));
    }

    /// Begins the response. False if it cannot be sent.
    fn respond(&mut self, respond: oneshot::Sender<Response<Body>>, message: &Message) -> bool {
        let status = message.status().and_then(|status| StatusCode::from_u16(status).ok());
        let (Some(status), Some(headers)) = (status, to_send(&message.headers)) else {
            screen::trouble(&format!("this response cannot be sent: {:?}", message.headers));
            return false;
        };
        let by = if self.http.local_reply().is_ok() { ", by the plugin" } else { "" };
        screen::request(&self.request, &format!("{status}{by}"), self.began.elapsed());
        let (sender, body) = Body::new(message.ended && message.body.is_empty());
        self.to_client.sender = sender;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        respond.send(response).is_ok()
    }
}

/// What is to come, if anything is.
async fn sent(sent: &mut Option<Pin<Box<dyn Future<Output = Sent>>>>) -> Sent {
    match sent {
        Some(sent) => sent.await,
        None => pending().await,
    }
}

/// The client has gone away.
async fn gone(respond: &mut Option<oneshot::Sender<Response<Body>>>, sender: &Option<Sender>) {
    match (respond, sender) {
        (Some(respond), _) => respond.closed().await,
        (None, Some(sender)) => sender.closed().await,
        (None, None) => pending().await,
    }
}
