//! Limits the rate of requests, with token buckets that all workers share.
#![no_std]
#![forbid(unsafe_code)]

mod address;
mod bucket;
mod config;
mod headers;
mod slots;

#[whit::plugin]
mod rate_limit {
    use whit::json;
    use whit::metric::Counter;
    use whit::prelude::*;
    use whit::time::Timestamp;

    use crate::address::network;
    use crate::bucket::Quota;
    use crate::config::{Config, Key, Missing};
    use crate::slots::{Slots, Taken};

    #[derive(Default)]
    struct Limiter {
        config: Config<'static>,
        slots: Slots,
        allowed: Counter,
        /// Answered with a 429.
        limited: Counter,
        /// Without a key of their own, whatever became of them.
        missing: Counter,
        /// Of which the host could not tell whether they may pass.
        errors: Counter,
    }

    impl Plugin for Limiter {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            self.config = plugin.keep_json_configuration(Config::read)?;
            self.prepare(plugin)?;
            Ok(())
        }
    }

    /// A request, and what its response tells the client.
    #[derive(Default)]
    struct Limited {
        /// Whether it was answered with a 429.
        limited: bool,
        quota: Option<Quota>,
    }

    impl HttpFilter<Limiter> for Limited {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, Limiter>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let limiter = http.plugin();
            let (counter, action) = match limiter.judge(http) {
                Ok(Verdict::Pass(quota)) => {
                    self.quota = quota.filter(|_| limiter.config.tells_all);
                    (limiter.allowed, Ok(Action::Continue))
                }
                Ok(Verdict::Limit(quota)) => {
                    *self = Self { limited: true, quota: Some(quota) };
                    (limiter.limited, http.respond(429, Fields::NONE, LIMITED))
                }
                Ok(Verdict::Deny) => return http.respond(400, Fields::NONE, KEYLESS),
                Err(_) if limiter.config.fail_open => (limiter.errors, Ok(Action::Continue)),
                Err(_) => (limiter.errors, http.respond(503, Fields::NONE, FAILED)),
            };
            let _ = counter.increment(1);
            action
        }

        /// Of the upstream's response, and of the answers above, which pass here as well.
        fn on_response_headers(
            &mut self,
            http: &Http<'_, Limiter>,
            _end_of_stream: bool,
        ) -> Action {
            if let Some(quota) = self.quota {
                // Where memory ends, the client is told less.
                let _ = quota.tell(http, &http.plugin().config, self.limited);
            }
            Action::Continue
        }
    }

    const LIMITED: &[u8] = b"Too many requests.\n";
    const KEYLESS: &[u8] = b"The request does not say whose it is.\n";
    const FAILED: &[u8] = b"The rate limit cannot be checked.\n";

    /// What becomes of a request.
    enum Verdict {
        Pass(Option<Quota>),
        Limit(Quota),
        /// It has no key.
        Deny,
    }

    impl Limiter {
        fn prepare(&mut self, plugin: &PluginContext<'_>) -> Result<()> {
            self.slots = Slots::prepare(plugin, self.config.name, self.config.slots)?;
            self.allowed = Counter::define("rate_limit.allowed")?;
            self.limited = Counter::define("rate_limit.limited")?;
            self.missing = Counter::define("rate_limit.missing")?;
            self.errors = Counter::define("rate_limit.errors")?;
            Ok(())
        }

        fn judge(&self, http: &Http<'_, Self>) -> Result<Verdict> {
            let limit = &self.config.limit;
            let headers = http.request_headers();
            let mut half = [0; 8];
            let whose = match self.config.key {
                Key::All => Whose::Of(b""),
                Key::Address => match http.property(property::SOURCE_ADDRESS)? {
                    Some(address) => Whose::Of(network(address, &mut half)),
                    None => Whose::Nobody,
                },
                Key::Path => match headers.get(names::PATH)? {
                    Some(path) => Whose::Of(path.split(is_query).next().unwrap_or_default()),
                    None => Whose::Nobody,
                },
                Key::Header(name) => whose(headers.values(name)?),
            };
            let key = match whose {
                Whose::Of(key) => key,
                keyless => {
                    let _ = self.missing.increment(1);
                    match (self.config.missing, keyless) {
                        (Missing::Deny, _) => return Ok(Verdict::Deny),
                        (Missing::Allow, Whose::Nobody) => return Ok(Verdict::Pass(None)),
                        _ => b"",
                    }
                }
            };
            let now = Timestamp::now()?.as_nanos() / 1000;
            Ok(match self.slots.take(http, limit, key, now)? {
                Taken::Admitted(bucket) => Verdict::Pass(Some(limit.quota(bucket))),
                Taken::Limited(bucket) => Verdict::Limit(limit.quota(bucket)),
            })
        }
    }

    fn is_query(byte: &u8) -> bool {
        *byte == b'?' || *byte == b'#'
    }

    /// Whose request it is.
    enum Whose<'a> {
        Of(&'a [u8]),
        Nobody,
        /// Whoever chooses which value counts would choose the bucket.
        Several,
    }

    fn whose<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Whose<'a> {
        match (values.next(), values.next()) {
            (None | Some([]), None) => Whose::Nobody,
            (Some(value), None) => Whose::Of(value),
            _ => Whose::Several,
        }
    }
}
