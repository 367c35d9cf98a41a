//! Cross-origin requests, by the Fetch standard: answers preflights, and says of each response which
//! origin's pages may read it.
#![no_std]
#![forbid(unsafe_code)]

mod config;
mod list;
mod origin;
mod preflight;
mod request;

#[whit::plugin]
mod cors {
    use whit::Map;
    use whit::json;
    use whit::metric::Counter;
    use whit::prelude::*;

    use crate::config::Config;
    use crate::list;
    use crate::request::{Origin, Request};

    #[derive(Default)]
    struct Root {
        config: Config,
        preflights: Counter,
        allowed: Counter,
        denied: Counter,
    }

    impl Plugin for Root {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            plugin.keep_json_configuration(|value| self.config.read(value))?;
            // Where the host does not count, the filter does its work all the same.
            self.preflights = Counter::define("cors.preflights").unwrap_or_default();
            self.allowed = Counter::define("cors.allowed").unwrap_or_default();
            self.denied = Counter::define("cors.denied").unwrap_or_default();
            Ok(())
        }
    }

    /// What the request's headers tell, for the response's, which come when they are gone.
    #[derive(Default)]
    struct Cors {
        /// The origin, if it is allowed.
        origin: Origin,
        /// The request was a preflight, and is answered here.
        is_preflight: bool,
    }

    impl HttpFilter<Root> for Cors {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, Root>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let Root { config, preflights, allowed, denied } = http.plugin();
            let headers = http.request_headers();
            // Most requests have none: for them the map is not copied.
            if headers.get(names::ORIGIN)?.is_none() {
                return Ok(Action::Continue);
            }
            let Request { origin, is_preflight, preflight } = Request::read(headers.pairs()?);
            self.is_preflight = is_preflight;
            if config.allows(origin) {
                self.origin.keep(origin);
            }
            if !self.origin.bytes().is_empty() && (!is_preflight || preflight.is_allowed(config)) {
                let _ = allowed.increment(1);
            } else {
                let _ = denied.increment(1);
                whit::debug!("denied to ", origin);
            }
            if !is_preflight {
                return Ok(Action::Continue);
            }
            let _ = preflights.increment(1);
            // The answer passes `on_response_headers`, as every response does.
            http.respond(204, Fields::NONE, b"")
        }

        fn on_response_headers(
            &mut self,
            http: &Http<'_, Root>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let config = &http.plugin().config;
            let headers = http.response_headers();
            // What an upstream says of origins must not add to what is allowed here.
            headers.remove(names::ACCESS_CONTROL_ALLOW_ORIGIN)?;
            headers.remove(names::ACCESS_CONTROL_ALLOW_CREDENTIALS)?;
            headers.remove(names::ACCESS_CONTROL_EXPOSE_HEADERS)?;
            // Also where there is no origin: a cache must not give this response to a page that has one.
            if config.depends_on_origin && !varies_by_origin(&headers)? {
                headers.add(names::VARY, field!("Origin"))?;
            }
            if self.is_preflight {
                headers.add(names::VARY, ASKED)?;
            }
            let origin = config.answer(self.origin.bytes());
            if origin.is_empty() {
                return Ok(Action::Continue);
            }
            add(&headers, names::ACCESS_CONTROL_ALLOW_ORIGIN, origin)?;
            add(&headers, names::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes(config.credentials))?;
            if !self.is_preflight {
                let exposed = config.expose_headers.text();
                add(&headers, names::ACCESS_CONTROL_EXPOSE_HEADERS, exposed)?;
                return Ok(Action::Continue);
            }
            // The request has not gone on, so its headers are still there.
            let Request { preflight, .. } = Request::read(http.request_headers().pairs()?);
            add(&headers, names::ACCESS_CONTROL_ALLOW_METHODS, preflight.methods(config))?;
            add(&headers, names::ACCESS_CONTROL_ALLOW_HEADERS, preflight.headers(config))?;
            let private = yes(config.private_network && preflight.private_network);
            add(&headers, names::ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK, private)?;
            if let Some(seconds) = config.max_age {
                add(&headers, names::ACCESS_CONTROL_MAX_AGE, text!(http, seconds)?)?;
            }
            Ok(Action::Continue)
        }
    }

    /// What a preflight's answer depends on, beside the origin.
    const ASKED: Field<'static> = field!(
        "Access-Control-Request-Method, Access-Control-Request-Headers, \
         Access-Control-Request-Private-Network"
    );

    const fn yes(yes: bool) -> &'static [u8] {
        if yes { b"true" } else { b"" }
    }

    /// Adds a header, if it has a value.
    fn add(headers: &Map<'_>, name: Field<'_>, value: &[u8]) -> Result<()> {
        if value.is_empty() { Ok(()) } else { headers.add(name, value) }
    }

    fn varies_by_origin(headers: &Map<'_>) -> Result<bool> {
        // Few responses vary: for the others the map is not copied.
        if headers.get(names::VARY)?.is_none() {
            return Ok(false);
        }
        let names_it = |item: &[u8]| item == b"*" || item.eq_ignore_ascii_case(b"origin");
        Ok(headers.values("vary")?.any(|value| list::items(value).any(names_it)))
    }
}
