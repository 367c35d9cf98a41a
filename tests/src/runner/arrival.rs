//! What comes out of a stream's filters, and answers that are given instead.

use super::date;
use super::grpc;
use super::message::{LocalReply, Message};
use super::stream::Route;
use super::way::Way;
use super::worker::Worker;

impl Worker {
    pub(super) fn headers_arrive(&mut self, id: u64, way: Way, ended: bool) {
        let now = self.surroundings.shared().now;
        let stream = self.stream(id);
        let headers = way.fields(&mut stream.messages.borrow_mut()).headers.clone();
        let mut headers = headers.unwrap_or_default();
        match way {
            Way::Response if headers.get(":status").is_none() => {
                let body = b"missing required header: :status".to_vec();
                let message = LocalReply::new(502, body).into_message(stream.grpc);
                self.answer(id, message);
            }
            Way::Response => {
                date::finish(&mut headers, now);
                stream.messages.borrow_mut().response.headers = Some(headers.clone());
                stream.response = Some(Message { headers, ended, ..Message::default() });
                if ended {
                    self.finish(id);
                }
            }
            // A filter may let the headers pass twice.
            Way::Request if stream.request.is_some() => {}
            Way::Request => match stream.choose_route(&headers) {
                Some(_) if headers.get(":path").is_none() => {
                    let details = "route_not_found".to_owned();
                    self.reply(id, LocalReply { details, ..LocalReply::new(404, Vec::new()) });
                }
                route => {
                    if let Some(Route::Upstream) = route {
                        // What Envoy's router adds.
                        headers.replace("x-envoy-expected-rq-timeout-ms", "15000");
                        stream.messages.borrow_mut().request.headers = Some(headers.clone());
                    }
                    if !matches!(route, Some(Route::Direct(_))) {
                        stream.reaches_upstream();
                    }
                    stream.request = Some(Message { headers, ended, ..Message::default() });
                    if let Some(Route::Direct(reply)) = route {
                        self.reply(id, reply);
                    }
                }
            },
        }
    }

    pub(super) fn body_arrives(&mut self, id: u64, way: Way, chunk: &[u8], end: bool) {
        if let Some(message) = self.stream(id).passed(way) {
            message.body.extend(chunk);
            message.ended = end;
            if way == Way::Response {
                self.stream(id).info.borrow_mut().bytes_sent += chunk.len() as u64;
            }
            if end && way == Way::Response {
                self.finish(id);
            }
        }
    }

    pub(super) fn trailers_arrive(&mut self, id: u64, way: Way) {
        let stream = self.stream(id);
        let trailers = way.fields(&mut stream.messages.borrow_mut()).trailers.clone();
        if let Some(message) = stream.passed(way) {
            message.trailers = trailers;
            message.ended = true;
            if way == Way::Response {
                self.finish(id);
            }
        }
    }

    /// More of a body is to be buffered than Envoy buffers.
    pub(super) fn too_large(&mut self, id: u64, way: Way) {
        let (status, body, details) = match way {
            Way::Request => (413, "Payload Too Large", "request_payload_too_large"),
            Way::Response => (500, "Internal Server Error", "response_payload_too_large"),
        };
        let details = details.to_owned();
        self.reply(id, LocalReply { details, ..LocalReply::new(status, body.into()) });
    }

    /// The plugin fails closed.
    pub(super) fn fail(&mut self, id: u64, filter: usize) {
        if !std::mem::replace(&mut self.stream(id).filters[filter].failed, true) {
            let details = "wasm_fail_stream".to_owned();
            let grpc_status = grpc::UNAVAILABLE.cast_signed();
            let reply = LocalReply::new(503, Vec::new());
            self.reply(id, LocalReply { details, grpc_status, ..reply });
        }
    }

    /// A local reply. From the request's side it passes the filters like an upstream's response; in
    /// place of a response that has begun, it does not.
    pub(super) fn reply(&mut self, id: u64, reply: LocalReply) {
        let stream = self.stream(id);
        if stream.over {
            return;
        }
        // Envoy's codec sends no final response of such a status.
        if !(200..1000).contains(&reply.status) {
            return self.reset(id);
        }
        // Envoy makes one word of them.
        let details = reply.details.replace(|char: char| char.is_ascii_whitespace(), "_");
        let mut message = reply.into_message(stream.grpc);
        if stream.head {
            message.body.clear();
        }
        let begun = stream.messages.borrow().response.headers.is_some();
        stream.replied = true;
        stream.info.borrow_mut().details = Some(details);
        if begun {
            if !stream.answered {
                self.answer(id, message);
            }
            return;
        }
        let end = message.body.is_empty();
        self.headers_come(id, Way::Response, message.headers, end);
        if !end {
            self.body_comes(id, Way::Response, message.body, true);
        }
    }

    /// The client gets this, without the filters; a broken response where one has begun.
    fn answer(&mut self, id: u64, mut message: Message) {
        date::finish(&mut message.headers, self.surroundings.shared().now);
        let stream = self.stream(id);
        stream.replied = true;
        stream.answered = true;
        match &stream.response {
            None => {
                stream.messages.borrow_mut().response.headers = Some(message.headers.clone());
                let mut info = stream.info.borrow_mut();
                info.status = message.status();
                info.bytes_sent += message.body.len() as u64;
                drop(info);
                stream.response = Some(message);
                self.finish(id);
            }
            Some(response) if !response.ended => self.reset(id),
            Some(_) => {}
        }
    }
}
