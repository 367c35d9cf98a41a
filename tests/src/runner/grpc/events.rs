//! What happens to a gRPC call, and the callbacks that tell the guest.

use super::super::headers::Headers;
use super::super::known;
use super::super::worker::Worker;
use super::PendingGrpc;
use super::call::response;

impl Worker {
    pub(crate) fn grpc_initial_metadata(&mut self, guest: usize, token: u32, headers: Headers) {
        let Some(call) = self.grpc(guest, token) else { return };
        call.begun = true;
        if !call.stream {
            return;
        }
        let (id, count) = (call.context_id, headers.len() as u32);
        if let Some(context) = self.context(guest, id) {
            context.grpc.initial = Some(headers);
        }
        self.tell(guest, id, "proxy_on_grpc_receive_initial_metadata", &[id, token, count]);
        if let Some(context) = self.context(guest, id) {
            context.grpc.initial = None;
        }
    }

    pub(crate) fn grpc_message(&mut self, guest: usize, token: u32, message: &[u8]) {
        let Some(call) = self.grpc(guest, token) else { return };
        let (id, stream) = (call.context_id, call.stream);
        if !stream {
            self.guests[guest].store.data_mut().end_grpc(token);
        }
        if let Some(context) = self.context(guest, id) {
            context.grpc.message = Some(message.to_owned());
        }
        if !self.guests[guest].failed() {
            let args = [id, token, message.len() as u32];
            self.enter(guest, id, "proxy_on_grpc_receive", &args);
        }
        if let Some(context) = self.context(guest, id) {
            context.grpc.message = None;
        }
        self.run_deferred(guest);
    }

    pub(crate) fn grpc_trailing_metadata(&mut self, guest: usize, token: u32, headers: Headers) {
        let Some(call) = self.grpc(guest, token).filter(|call| call.stream) else { return };
        let (id, count) = (call.context_id, headers.len() as u32);
        if let Some(context) = self.context(guest, id) {
            context.grpc.trailing = Some(headers);
        }
        self.tell(guest, id, "proxy_on_grpc_receive_trailing_metadata", &[id, token, count]);
        if let Some(context) = self.context(guest, id) {
            context.grpc.trailing = None;
        }
    }

    /// The end: a status, a message and Envoy's details. A stream gets them as trailing metadata; if
    /// nothing has come before, with what the response's headers hold, after initial metadata that are
    /// empty.
    pub(crate) fn grpc_end(
        &mut self,
        guest: usize,
        token: u32,
        (status, message, details): (u32, &str, &str),
        trailing: &Headers,
    ) {
        let Some(call) = self.grpc(guest, token) else { return };
        if call.stream {
            let mut all = Headers::new();
            if !call.begun {
                self.grpc_initial_metadata(guest, token, Headers::new());
                all = response();
            }
            all.add("grpc-status", status.to_string());
            if !message.is_empty() {
                all.add("grpc-message", message);
            }
            all.extend(trailing);
            self.grpc_trailing_metadata(guest, token, all.kept(known::RESPONSE_TRAILERS));
        }
        let message = match message {
            "" => details.to_owned(),
            message => format!("{message}{{{details}}}"),
        };
        self.grpc_close(guest, token, status, &message);
    }

    pub(crate) fn grpc_close(&mut self, guest: usize, token: u32, status: u32, message: &str) {
        let Some(call) = self.grpc(guest, token) else { return };
        call.remote_closed = true;
        let (id, gone) = (call.context_id, !call.stream || call.local_closed);
        if gone {
            self.guests[guest].store.data_mut().end_grpc(token);
        }
        self.grpc_closed(guest, id, token, status, message);
    }

    /// on_grpc_close, with the status that `proxy_get_status` gives.
    pub(crate) fn grpc_closed(
        &mut self,
        guest: usize,
        id: u32,
        token: u32,
        status: u32,
        message: &str,
    ) {
        if !self.guests[guest].exports("proxy_on_grpc_close") {
            return;
        }
        if let Some(context) = self.context(guest, id) {
            context.status = (status, message.to_owned());
        }
        if !self.guests[guest].failed() {
            self.enter(guest, id, "proxy_on_grpc_close", &[id, token, status]);
        }
        if let Some(context) = self.context(guest, id) {
            context.status.1.clear();
        }
        self.run_deferred(guest);
    }

    fn grpc(&mut self, guest: usize, token: u32) -> Option<&mut PendingGrpc> {
        self.guests[guest].store.data_mut().grpc.get_mut(&token)
    }
}
