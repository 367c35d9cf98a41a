//! What can become of a request, and of a fetch of keys: each is counted.

use whit::Status;
use whit::metric::Counter;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Allowed,
    /// There is no bearer token.
    Missing,
    /// It is no token, too large, or not the only one.
    Malformed,
    /// No key has its algorithm and its id.
    UnknownKey,
    BadSignature,
    /// It has ended, has not begun, or does not say when it ends.
    Expired,
    /// Another issuer, another audience, or a claim that cannot be a header's value.
    WrongClaim,
    /// No keys have been fetched yet, or the host refused something.
    Unavailable,
    #[cfg(feature = "fetch")]
    Fetched,
    #[cfg(feature = "fetch")]
    FetchFailed,
}

impl Event {
    /// The names of the metrics, in this order.
    const NAMES: &[&str] = &[
        "jwt.allowed",
        "jwt.missing",
        "jwt.malformed",
        "jwt.unknown_key",
        "jwt.bad_signature",
        "jwt.expired",
        "jwt.wrong_claim",
        "jwt.unavailable",
        #[cfg(feature = "fetch")]
        "jwt.fetched",
        #[cfg(feature = "fetch")]
        "jwt.fetch_failed",
    ];
}

impl From<Status> for Event {
    fn from(_: Status) -> Self {
        Self::Unavailable
    }
}

/// A counter for each event.
#[derive(Debug, Default)]
pub struct Counters([Counter; Event::NAMES.len()]);

impl Counters {
    pub fn define() -> whit::Result<Self> {
        let mut counters = Self::default();
        for (counter, name) in counters.0.iter_mut().zip(Event::NAMES) {
            *counter = Counter::define(name)?;
        }
        Ok(counters)
    }

    pub fn count(&self, event: Event) {
        if let Some(counter) = self.0.get(event as usize) {
            // Whatever becomes of the metric, the request has its answer.
            let _ = counter.increment(1);
        }
    }
}
