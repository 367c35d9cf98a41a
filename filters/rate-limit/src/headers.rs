//! What a client is told of its limit, in a response's headers.

use whit::prelude::*;
use whit::text;

use crate::bucket::Quota;
use crate::config::{Config, Headers};

impl Quota {
    /// Tells it. A request that was limited is always told when the next one passes.
    pub fn tell<P>(self, http: &Http<'_, P>, config: &Config<'_>, limited: bool) -> Result<()> {
        let response = http.response_headers();
        if limited {
            response.replace(field!("retry-after"), text!(http, self.next)?)?;
        }
        let name = config.name;
        match config.headers {
            // A list, in which those of the upstream and of other limits stay.
            Headers::Ietf => {
                let policy = text!(http, "\"", name, "\";q=", self.limit, ";w=", self.window)?;
                response.add(field!("ratelimit-policy"), policy)?;
                let now = text!(http, "\"", name, "\";r=", self.remaining, ";t=", self.next)?;
                response.add(field!("ratelimit"), now)
            }
            Headers::XRatelimit => {
                for (name, value) in [
                    (field!("x-ratelimit-limit"), self.limit),
                    (field!("x-ratelimit-remaining"), self.remaining),
                    (field!("x-ratelimit-reset"), self.full),
                ] {
                    response.replace(name, text!(http, value)?)?;
                }
                Ok(())
            }
            Headers::None => Ok(()),
        }
    }
}
