//! An HTTP stream through one plugin, with Envoy's buffering and pausing.

use super::abi::AbiVersion;
use super::guest::Guest;
use super::headers::Headers;
use super::host::{Context, Deferred, Side, Stream, What};
use super::message::{LocalReply, Message};
use super::plugin::Plugin;

/// Whether a part of a message is its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// More follows.
    No,
    /// It ends the message.
    Yes,
}

/// The direction in which a part of the stream flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Request,
    Response,
}

impl Way {
    const fn on_headers(self) -> &'static str {
        match self {
            Self::Request => "proxy_on_request_headers",
            Self::Response => "proxy_on_response_headers",
        }
    }

    const fn on_body(self) -> &'static str {
        match self {
            Self::Request => "proxy_on_request_body",
            Self::Response => "proxy_on_response_body",
        }
    }
}

/// What the plugin holds back of a message.
#[derive(Debug, Default)]
struct Flow {
    /// What has passed, once the headers have.
    passed: Option<Message>,
    stopped: Option<Stopped>,
    /// Held bytes: those that a stopped stream has not shown the plugin, or those that it buffers.
    held: Vec<u8>,
    /// The message's end has arrived.
    ended: bool,
    /// A callback of this message runs.
    running: bool,
    /// It has asked to go on: what it returns does not stop the message.
    resumed: bool,
}

/// Why a message does not flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    /// Everything waits: no callback until the plugin continues the stream.
    All,
    /// The body is buffered, and each callback sees all of it.
    Buffering,
    /// The body is held, and each callback sees its own chunk.
    Holding,
}

/// An HTTP stream through a plugin.
#[derive(Debug)]
pub struct Http<'a> {
    plugin: &'a mut Plugin,
    context_id: u32,
    created: bool,
    request: Flow,
    response: Flow,
    /// The response comes from the plugin, the host or the route, not from the upstream.
    replied: bool,
    /// The response is final: what is still under way of another one does not count.
    answered: bool,
    reset: bool,
}

impl<'a> Http<'a> {
    pub(crate) fn new(plugin: &'a mut Plugin) -> Self {
        let stream = Context { stream: Some(Stream::default()) };
        let context_id = plugin.guest.store.data_mut().create_context(stream);
        Self {
            plugin,
            context_id,
            created: false,
            request: Flow::default(),
            response: Flow::default(),
            replied: false,
            answered: false,
            reset: false,
        }
    }

    /// The stream context's id.
    pub fn context_id(&self) -> u32 {
        self.context_id
    }

    /// The request's headers arrive.
    pub fn request_headers(&mut self, headers: impl Into<Headers>, end: End) {
        self.create();
        self.headers(Way::Request, headers.into(), end);
    }

    /// A chunk of the request's body arrives.
    pub fn request_body(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        if !self.replied {
            self.body(Way::Request, chunk.as_ref(), end);
        }
    }

    /// The response's headers arrive from the upstream.
    pub fn response_headers(&mut self, headers: impl Into<Headers>, end: End) {
        if !self.replied {
            self.headers(Way::Response, headers.into(), end);
        }
    }

    /// A chunk of the response's body arrives from the upstream.
    pub fn response_body(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        if !self.replied {
            self.body(Way::Response, chunk.as_ref(), end);
        }
    }

    /// What has reached the upstream; `None` while the headers have not.
    pub fn upstream(&self) -> Option<&Message> {
        self.request.passed.as_ref()
    }

    /// What has reached the client; `None` while the headers have not.
    pub fn response(&self) -> Option<&Message> {
        self.response.passed.as_ref()
    }

    /// Whether the stream was broken off: by the plugin, or because a reply came too late.
    pub fn is_reset(&self) -> bool {
        self.reset
    }

    /// The answer of a route that has one of its own; it takes the way of a local reply.
    pub(crate) fn direct_response(&mut self, status: u32, body: &[u8]) {
        if !self.replied {
            self.reply(LocalReply { status, headers: Headers::new(), body: body.to_vec() });
        }
    }

    /// Ends the stream: on_log, on_done, on_delete.
    pub fn close(self) {}

    fn guest(&mut self) -> &mut Guest {
        &mut self.plugin.guest
    }

    fn stream(&mut self) -> &mut Stream {
        let context_id = self.context_id;
        let contexts = &mut self.plugin.guest.store.data_mut().contexts;
        contexts.entry(context_id).or_default().stream.get_or_insert_default()
    }

    fn side(&mut self, way: Way) -> &mut Side {
        let stream = self.stream();
        match way {
            Way::Request => &mut stream.request,
            Way::Response => &mut stream.response,
        }
    }

    fn flow(&mut self, way: Way) -> &mut Flow {
        match way {
            Way::Request => &mut self.request,
            Way::Response => &mut self.response,
        }
    }

    fn create(&mut self) {
        if !std::mem::replace(&mut self.created, true) {
            let (context_id, parent) = (self.context_id, self.plugin.context_id());
            self.call("proxy_on_context_create", &[context_id, parent]);
        }
    }

    /// Calls a callback, then does what its hostcalls asked for. Returns the action; `None` if a
    /// local reply has taken the stream over, or the VM is dead.
    fn call(&mut self, name: &'static str, args: &[u32]) -> Option<u32> {
        let context_id = self.context_id;
        let guest = self.guest();
        if guest.failed() {
            return None;
        }
        // What is not exported continues.
        let action = guest.call(context_id, name, args).unwrap_or(0);
        let failed = guest.failed();
        let host = guest.store.data_mut();
        let stop = std::mem::take(&mut host.stop_iteration);
        let deferred = std::mem::take(&mut host.deferred);
        if failed {
            self.fail();
            return None;
        }
        for Deferred { context_id, what } in deferred {
            if context_id == self.context_id {
                self.run_deferred(what);
            }
        }
        (!stop && !self.reset).then_some(action)
    }

    fn run_deferred(&mut self, what: What) {
        match what {
            What::ContinueRequest => self.resume(Way::Request),
            What::ContinueResponse => self.resume(Way::Response),
            What::Close => self.reset = true,
            What::Reply(reply) => self.reply(reply),
        }
    }

    /// The plugin fails closed.
    fn fail(&mut self) {
        let reply = LocalReply { status: 503, headers: Headers::new(), body: Vec::new() };
        self.answer(reply.into_message());
    }

    /// The client gets this, without the plugin; a broken response where one has begun.
    fn answer(&mut self, message: Message) {
        self.replied = true;
        self.answered = true;
        match &self.response.passed {
            None => self.response.passed = Some(message),
            Some(response) => self.reset |= !response.ended,
        }
    }

    /// Whether nothing more of a message matters.
    fn is_over(&self, way: Way) -> bool {
        self.reset || (way == Way::Response && self.answered)
    }

    fn headers(&mut self, way: Way, headers: Headers, end: End) {
        if self.is_over(way) {
            return;
        }
        if self.guest().failed() {
            self.fail();
            return;
        }
        let (context_id, count) = (self.context_id, headers.len() as u32);
        *self.side(way) = Side { headers: Some(headers), available: true, body: None };
        self.flow(way).ended = end == End::Yes;
        let args = [context_id, count, u32::from(end == End::Yes)];
        let args = match self.guest().abi() {
            AbiVersion::V0_1_0 => &args[..2],
            AbiVersion::V0_2_0 | AbiVersion::V0_2_1 => &args[..],
        };
        match self.call_about(way, way.on_headers(), args) {
            None => {}
            // "Continue and end stream": Envoy continues.
            Some(0 | 2) => self.pass_headers(way),
            Some(_) => self.flow(way).stopped = Some(Stopped::All),
        }
    }

    /// Calls a callback of a message. An action that would stop it counts as 0 if the callback has
    /// asked to go on.
    fn call_about(&mut self, way: Way, name: &'static str, args: &[u32]) -> Option<u32> {
        self.flow(way).running = true;
        let action = self.call(name, args);
        let flow = self.flow(way);
        flow.running = false;
        let resumed = std::mem::take(&mut flow.resumed);
        action.map(|action| if resumed { 0 } else { action })
    }

    fn pass_headers(&mut self, way: Way) {
        let side = self.side(way);
        side.available = false;
        let headers = side.headers.clone().unwrap_or_default();
        if way == Way::Response && headers.get(":status").is_none() {
            let body = b"missing required header: :status".to_vec();
            self.answer(LocalReply { status: 502, headers: Headers::new(), body }.into_message());
            return;
        }
        let flow = self.flow(way);
        if flow.passed.is_none() {
            let ended = flow.ended && flow.held.is_empty();
            flow.passed = Some(Message { headers, body: Vec::new(), ended });
        }
    }

    fn body(&mut self, way: Way, chunk: &[u8], end: End) {
        if self.is_over(way) {
            return;
        }
        let flow = self.flow(way);
        flow.ended |= end == End::Yes;
        if flow.stopped == Some(Stopped::All) {
            flow.held.extend(chunk);
            return;
        }
        let buffering = flow.stopped == Some(Stopped::Buffering);
        let mut visible = if buffering { std::mem::take(&mut flow.held) } else { Vec::new() };
        visible.extend(chunk);
        let (context_id, size) = (self.context_id, visible.len() as u32);
        self.side(way).body = Some(visible);
        let args = [context_id, size, u32::from(end == End::Yes)];
        let action = self.call_about(way, way.on_body(), &args);
        let visible = self.side(way).body.take().unwrap_or_default();
        let Some(action) = action else { return };
        let flow = self.flow(way);
        // On 3 the chunk was the plugin's, unless it lies in the buffer already.
        if action < 3 || buffering {
            flow.held.extend(visible);
        }
        match action {
            0 => self.pass_body(way),
            1 => flow.stopped = Some(Stopped::Buffering),
            _ => flow.stopped = Some(Stopped::Holding),
        }
    }

    fn pass_body(&mut self, way: Way) {
        self.pass_headers(way);
        if self.is_over(way) {
            return;
        }
        let flow = self.flow(way);
        flow.stopped = None;
        let held = std::mem::take(&mut flow.held);
        let ended = flow.ended;
        if let Some(passed) = &mut flow.passed {
            passed.body.extend(held);
            passed.ended = ended;
        }
    }

    /// `proxy_continue_stream`.
    fn resume(&mut self, way: Way) {
        if self.flow(way).running {
            self.flow(way).resumed = true;
            return;
        }
        match self.flow(way).stopped.take() {
            None => {}
            Some(Stopped::Buffering | Stopped::Holding) => self.pass_body(way),
            Some(Stopped::All) => {
                self.pass_headers(way);
                // The plugin has not seen the body yet.
                let flow = self.flow(way);
                let held = std::mem::take(&mut flow.held);
                let end = if flow.ended { End::Yes } else { End::No };
                if !held.is_empty() {
                    self.body(way, &held, end);
                }
            }
        }
    }

    /// A local reply. From the request's side it passes the plugin like an upstream's response; in
    /// place of a response that has begun, it does not.
    fn reply(&mut self, reply: LocalReply) {
        // Envoy's codec sends no final response of such a status.
        if !(200..1000).contains(&reply.status) {
            self.reset = true;
            return;
        }
        let mut message = reply.into_message();
        let request = self.side(Way::Request).headers.as_ref();
        if request.and_then(|headers| headers.get(":method")) == Some(b"HEAD") {
            message.body.clear();
        }
        if self.side(Way::Response).headers.is_some() {
            if !self.answered {
                self.answer(message);
            }
            return;
        }
        self.replied = true;
        let end = if message.body.is_empty() { End::Yes } else { End::No };
        self.headers(Way::Response, message.headers, end);
        if end == End::No {
            self.body(Way::Response, &message.body, End::Yes);
        }
    }
}

impl Drop for Http<'_> {
    fn drop(&mut self) {
        // on_log may be the first callback of a stream.
        self.create();
        let context_id = self.context_id;
        let headers = |side: &Side| side.headers.clone().unwrap_or_default();
        let stream = self.stream();
        let logged = (headers(&stream.request), headers(&stream.response));
        self.stream().logged = Some(logged);
        self.call("proxy_on_log", &[context_id]);
        self.stream().logged = None;
        self.call("proxy_on_done", &[context_id]);
        self.call("proxy_on_delete", &[context_id]);
        self.plugin.guest.store.data_mut().contexts.remove(&context_id);
    }
}
