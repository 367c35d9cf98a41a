//! A request or a response, and replies that the host fills in.

use super::headers::Headers;
use super::{grpc, known};

/// What has passed the plugin of a request or of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The headers.
    pub headers: Headers,
    /// The body so far.
    pub body: Vec<u8>,
    /// The trailers, if there are any.
    pub trailers: Option<Headers>,
    /// Whether it is whole.
    pub ended: bool,
}

impl Message {
    /// The number in `:status`.
    pub fn status(&self) -> Option<u16> {
        std::str::from_utf8(self.headers.get(":status")?).ok()?.parse().ok()
    }
}

/// An answer that the plugin or the host gives instead of the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u32,
    /// What says why, for logs.
    pub details: String,
    /// Headers beside those that the host adds.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The gRPC status that the plugin gave; -1 for none.
    pub grpc_status: i32,
}

impl LocalReply {
    pub(crate) fn new(status: u32, body: Vec<u8>) -> Self {
        let (details, headers) = (String::new(), Headers::new());
        Self { status, details, headers, body, grpc_status: -1 }
    }

    /// As Envoy fills it in. To a gRPC request it is a response without a body.
    pub(crate) fn into_message(mut self, to_grpc: bool) -> Message {
        if to_grpc {
            return self.into_grpc();
        }
        if matches!(self.status, 204 | 304) {
            self.body.clear();
        }
        let mut headers = Headers::from([(":status", self.status.to_string())]);
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != b":status") {
            headers.append(known::RESPONSE, name, value);
        }
        if self.body.is_empty() {
            headers.remove("content-length");
            headers.remove("content-type");
        } else {
            headers.replace("content-length", self.body.len().to_string());
            if headers.get("content-type").is_none() {
                headers.add("content-type", "text/plain");
            }
        }
        Message { headers, body: self.body, trailers: None, ended: true }
    }

    fn into_grpc(self) -> Message {
        let mut headers = Headers::new();
        for (name, value) in self.headers.iter() {
            headers.append(known::RESPONSE, name, value);
        }
        headers.replace(":status", "200");
        headers.replace("content-type", "application/grpc");
        if headers.get("grpc-status").is_none_or(<[u8]>::is_empty) {
            let told = (0..=grpc::LAST).contains(&self.grpc_status).then_some(self.grpc_status);
            let of_http = || grpc::status_of_http(u16::try_from(self.status).unwrap_or(0));
            let status = told.map_or_else(of_http, i32::cast_unsigned);
            headers.replace("grpc-status", status.to_string());
        }
        if !self.body.is_empty() {
            headers.replace("grpc-message", grpc::percent_encode(&self.body));
        }
        headers.remove("content-length");
        Message { headers, ended: true, ..Message::default() }
    }
}
