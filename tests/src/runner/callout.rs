//! HTTP callouts: what guests ask of clusters, and how tests answer.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::callouts::Waits;
use super::context::CallAnswer;
use super::error::Error;
use super::headers::Headers;
use super::known;
use super::message::Message;
use super::worker::Worker;

/// A call that waits for its answer.
#[derive(Clone, Debug)]
pub(crate) struct HttpCall {
    /// How many calls were made before it, by any guest.
    pub(crate) order: u64,
    /// The plugin context that gets the answer.
    pub(crate) context_id: u32,
    /// The context that made it.
    pub(crate) made_by: u32,
    pub(crate) cluster: String,
    pub(crate) request: Message,
    pub(crate) timeout: Option<Duration>,
    /// When it ends without an answer.
    pub(crate) deadline: Option<u64>,
}

impl HttpCall {
    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        let Message { headers, body, trailers, .. } = &self.request;
        let trailers = trailers.as_ref().map_or(0, Headers::size);
        self.cluster.len() + headers.size() + body.len() + trailers
    }
}

/// What comes of a call.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Answered(CallAnswer),
    /// The connection broke after the call was sent: the callback sees neither headers nor body.
    Reset,
}

impl Ending {
    /// As Envoy answers by itself.
    fn by_envoy(status: u16, body: &str) -> Self {
        let headers = Headers::from([
            (":status", status.to_string()),
            ("content-length", body.len().to_string()),
            ("content-type", "text/plain".to_owned()),
        ]);
        Self::Answered(CallAnswer { headers, body: body.into(), trailers: None })
    }

    fn refused() -> Self {
        Self::by_envoy(
            503,
            "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
        )
    }

    fn broken() -> Self {
        Self::by_envoy(
            503,
            "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        )
    }

    pub(crate) fn timed_out() -> Self {
        Self::by_envoy(504, "upstream request timeout")
    }
}

impl Waits for Call {
    const WHAT: &'static str = "callout";

    fn order(&self) -> u64 {
        self.call.order
    }

    fn time_left(&self) -> Option<Duration> {
        let now = self.worker.borrow().surroundings.shared().now;
        self.call.deadline.map(|deadline| Duration::from_nanos(deadline.saturating_sub(now)))
    }
}

/// An HTTP call of a guest.
pub struct Call {
    pub(crate) worker: Rc<RefCell<Worker>>,
    pub(crate) guest: usize,
    pub(crate) token: u32,
    pub(crate) call: HttpCall,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("token", &self.token).field("call", &self.call).finish()
    }
}

impl Call {
    /// The cluster that it goes to.
    pub fn cluster(&self) -> &str {
        &self.call.cluster
    }

    /// Its guest and its token.
    #[cfg(feature = "serve")]
    pub(crate) fn id(&self) -> (usize, u32) {
        (self.guest, self.token)
    }

    /// What it sends.
    pub fn request(&self) -> &Message {
        &self.call.request
    }

    /// How long it waits for its answer; `None` for as long as it takes.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.timeout
    }

    /// Answers it.
    ///
    /// # Errors
    /// It waits no more.
    pub fn reply(
        &self,
        status: u16,
        headers: impl Into<Headers>,
        body: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        let mut all = Headers::from([(":status", status.to_string())]);
        all.extend(&headers.into());
        self.reply_with(all, body, None)
    }

    /// Answers it with these headers, `:status` among them, and these trailers.
    ///
    /// # Errors
    /// It waits no more.
    pub fn reply_with(
        &self,
        headers: impl Into<Headers>,
        body: impl AsRef<[u8]>,
        trailers: Option<Headers>,
    ) -> Result<(), Error> {
        let body = body.as_ref().to_owned();
        let headers = headers.into().kept(known::RESPONSE);
        let trailers = trailers.map(|trailers| trailers.kept(known::RESPONSE_TRAILERS));
        self.end(Ending::Answered(CallAnswer { headers, body, trailers }))
    }

    /// The connection breaks before an answer begins: the guest gets the 503 that Envoy makes of it.
    ///
    /// # Errors
    /// It waits no more.
    pub fn break_before_answer(&self) -> Result<(), Error> {
        self.end(Ending::broken())
    }

    /// The connection breaks before an answer is complete: the guest is told of a failure.
    ///
    /// # Errors
    /// It waits no more.
    pub fn reset(&self) -> Result<(), Error> {
        self.end(Ending::Reset)
    }

    /// Nobody listens: the guest gets the 503 that Envoy makes of it.
    ///
    /// # Errors
    /// It waits no more.
    pub fn refuse(&self) -> Result<(), Error> {
        self.end(Ending::refused())
    }

    /// No answer comes in time: the guest gets the 504 that Envoy makes of it.
    ///
    /// # Errors
    /// It waits no more.
    pub fn time_out(&self) -> Result<(), Error> {
        self.end(Ending::timed_out())
    }

    fn end(&self, ending: Ending) -> Result<(), Error> {
        let mut worker = self.worker.borrow_mut();
        if !worker.end_call(self.guest, self.token, ending) {
            return Err(Error::NotThere("the callout waits for no answer any more".to_owned()));
        }
        worker.settle();
        Ok(())
    }
}
