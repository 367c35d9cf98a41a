//! Asks an HTTP service whether each request may pass. The request waits for the answer.
#![no_std]
#![forbid(unsafe_code)]

mod cache;
mod config;
mod fields;
mod name;
mod question;

#[whit::plugin]
mod ext_auth {
    use core::cell::RefCell;

    use whit::metric::{Counter, Histogram};
    use whit::prelude::*;
    use whit::{Pairs, json};

    use crate::cache::{Cache, ENTRY};
    use crate::config::Config;
    use crate::fields::chosen;
    use crate::question::{Unasked, question};

    /// What streams read, once there is a configuration.
    #[derive(Default)]
    struct Root {
        guard: Option<Guard>,
    }

    struct Guard {
        config: Config,
        /// By what was asked, what was granted.
        cache: RefCell<Cache>,
        /// By the service.
        allowed: Counter,
        /// By the service, or because it cannot be asked about such a request.
        denied: Counter,
        /// The service gave no answer to go by.
        errors: Counter,
        /// Allowed by an earlier answer.
        cached: Counter,
        milliseconds: Histogram,
    }

    impl Plugin for Root {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            let config = plugin.keep_json_configuration(Config::read)?;
            self.guard = Some(Guard::new(plugin, config)?);
            Ok(())
        }
    }

    /// A request that waits: since when, in nanoseconds.
    #[derive(Default)]
    struct Waiting {
        since: u64,
    }

    impl HttpFilter<Root> for Waiting {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, Root>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let Some(guard) = &http.plugin().guard else { return Err(Status::NOT_FOUND) };
            let question = match question(http, http.request_headers(), &guard.config) {
                Ok(question) => question,
                Err(Unasked::Request(status)) => {
                    let _ = guard.denied.increment(1);
                    return http.respond(status, Fields::NONE, b"");
                }
                Err(Unasked::Host(status)) => return Err(status),
            };
            self.since = now()?;
            if let Ok(cache) = guard.cache.try_borrow()
                && cache.is_used()
                && let Some(granted) = cache.get(question.as_bytes(), self.since)
            {
                let _ = guard.cached.increment(1);
                return guard.grant(http, granted);
            }
            let Config { cluster, timeout, .. } = guard.config;
            match http.http_call(self, &HttpCall::new(cluster, question, timeout)) {
                Ok(_) => Ok(Action::Pause),
                Err(_) => guard.fail(http),
            }
        }

        fn on_http_call_response(
            &mut self,
            http: &Http<'_, Root>,
            response: &HttpCallResponse<'_>,
        ) -> Result<()> {
            let Some(guard) = &http.plugin().guard else { return Err(Status::NOT_FOUND) };
            let now = now()?;
            let _ = guard.milliseconds.record(now.saturating_sub(self.since) / 1_000_000);
            let action = match response.status() {
                Ok(Some(200..=299)) => guard.allow(http, response, now)?,
                Ok(Some(status @ 300..=499)) => guard.deny(http, response, status)?,
                _ => guard.fail(http)?,
            };
            if action == Action::Continue { http.continue_request() } else { Ok(()) }
        }
    }

    impl Guard {
        fn new(plugin: &PluginContext<'_>, config: Config) -> Result<Self> {
            let memory = plugin.scratch(config.cache_entries as usize * ENTRY)?;
            let lives = u64::from(config.cache_seconds) * 1_000_000_000;
            let mut seed = [0; 16];
            whit::random(&mut seed)?;
            let cache = RefCell::new(Cache::new(plugin.keep_mut(memory), lives, seed));
            Ok(Self {
                config,
                cache,
                allowed: Counter::define("ext_auth.allowed")?,
                denied: Counter::define("ext_auth.denied")?,
                errors: Counter::define("ext_auth.errors")?,
                cached: Counter::define("ext_auth.cached")?,
                milliseconds: Histogram::define("ext_auth.milliseconds")?,
            })
        }

        fn allow(
            &self,
            http: &Http<'_, Root>,
            response: &HttpCallResponse<'_>,
            now: u64,
        ) -> Result<Action> {
            let granted = chosen(http, response.headers(), &self.config.upstream_headers)?;
            let _ = self.allowed.increment(1);
            // Before it changes, the request is the one that was asked about.
            if let Ok(mut cache) = self.cache.try_borrow_mut()
                && cache.is_used()
            {
                match question(http, http.request_headers(), &self.config) {
                    Ok(question) => cache.put(question.as_bytes(), granted.as_bytes(), now),
                    Err(Unasked::Request(_)) => {}
                    Err(Unasked::Host(status)) => return Err(status),
                }
            }
            self.grant(http, granted.as_bytes())
        }

        /// Lets a request pass with what the service grants it. What the client says of that goes.
        fn grant(&self, http: &Http<'_, Root>, granted: &[u8]) -> Result<Action> {
            let headers = http.request_headers();
            for name in self.config.upstream_headers.iter() {
                headers.remove(name)?;
            }
            for (name, value) in Pairs::parse(granted)? {
                headers.add(name, value)?;
            }
            Ok(Action::Continue)
        }

        /// The client gets the service's answer.
        fn deny(
            &self,
            http: &Http<'_, Root>,
            response: &HttpCallResponse<'_>,
            status: u16,
        ) -> Result<Action> {
            let fields = chosen(http, response.headers(), &self.config.client_headers)?;
            let _ = self.denied.increment(1);
            let size = response.body_size();
            let size = if size <= self.config.most_body { size } else { 0 };
            http.respond(status, fields, response.body().get(0, size)?)
        }

        /// Nobody knows whether the request may pass.
        fn fail(&self, http: &Http<'_, Root>) -> Result<Action> {
            let _ = self.errors.increment(1);
            if self.config.fail_open {
                return self.grant(http, b"");
            }
            http.respond(503, Fields::NONE, b"Nobody can say whether this request may pass.\n")
        }
    }

    fn now() -> Result<u64> {
        let now = whit::time::monotonic()?;
        // Until 500 years after the host began to count.
        Ok(now.as_secs().wrapping_mul(1_000_000_000).wrapping_add(now.subsec_nanos().into()))
    }
}
