//! Keys that are fetched.

use core::time::Duration;

use whit::json::{self, Value};
use whit::{Field, HttpCall, HttpCallResponse, field, names};

use super::jwks::{Keys, Unusable};

/// Where keys are fetched, and how often.
#[derive(Debug, Default)]
pub struct Fetch {
    cluster: &'static [u8],
    authority: Field<'static>,
    path: Field<'static>,
    interval: u32,
    timeout: u32,
}

impl Fetch {
    /// After the start, keys are fetched as soon as there is a clock.
    pub const AT_ONCE: Duration = Duration::from_millis(1);
    /// After a failure, they are fetched again this many seconds later, if not sooner.
    const SOON: u32 = 5;
    /// The most bytes of an answer.
    const MOST: usize = 256 * 1024;

    pub fn read(&mut self, value: Value<'_, 'static>) -> json::Result<()> {
        *self = Self { interval: 300, timeout: 5, ..Self::default() };
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            match name {
                b"cluster" => self.cluster = value.text()?,
                b"authority" => self.authority = value.parse("a host", field_of)?,
                b"path" => self.path = value.parse("a path that begins with /", path)?,
                b"interval_seconds" => self.interval = value.integer(1..=86_400_u32)?,
                b"timeout_seconds" => self.timeout = value.integer(1..=60_u32)?,
                _ => return Err(value.unknown()),
            }
        }
        for (name, value) in [
            ("cluster", self.cluster),
            ("authority", self.authority.as_bytes()),
            ("path", self.path.as_bytes()),
        ] {
            if value.is_empty() {
                return Err(object.missing(name));
            }
        }
        // So that no answer is older than the one before it.
        if self.timeout > self.interval {
            return Err(object.wrong("a timeout within the interval"));
        }
        Ok(())
    }

    /// Whether keys are fetched at all.
    pub fn is_on(&self) -> bool {
        self.interval > 0
    }

    /// After a fetch that has not failed.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.interval.into())
    }

    /// After one that has.
    pub fn soon(&self) -> Duration {
        Duration::from_secs(self.interval.min(Self::SOON).into())
    }

    /// Makes a call for the keys.
    pub fn call<R>(&self, send: impl FnOnce(&HttpCall<'_, Headers>) -> R) -> R {
        let headers = (
            (names::METHOD, field!("GET")),
            (names::PATH, self.path),
            (names::AUTHORITY, self.authority),
        );
        send(&HttpCall::new(self.cluster, headers, Duration::from_secs(self.timeout.into())))
    }

    /// Reads the answer, and logs why if there are no keys in it.
    pub fn answer(response: &HttpCallResponse<'_>, keys: &mut Keys) -> bool {
        let status = response.status().ok().flatten();
        let body = response.body().get_mut(0, Self::MOST);
        match body {
            Ok(body) if status == Some(200) && response.body_size() <= Self::MOST => {
                let read = json::read(body, |value| keys.read(value, Unusable::Ignored));
                if let Err(error) = &read {
                    whit::warn!("no keys: ", error);
                }
                read.is_ok()
            }
            _ => {
                whit::warn!("no keys: status ", status, ", ", response.body_size(), " bytes");
                false
            }
        }
    }
}

type Pair = (Field<'static>, Field<'static>);
type Headers = (Pair, Pair, Pair);

fn field_of(text: &[u8]) -> Option<Field<'_>> {
    Field::new(text).ok()
}

fn path(text: &[u8]) -> Option<Field<'_>> {
    field_of(text).filter(|_| text.starts_with(b"/"))
}
