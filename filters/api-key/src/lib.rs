//! Lets a request through that shows an API key, and tells the upstream whose it is.
#![no_std]
#![forbid(unsafe_code)]

mod config;
mod keys;
mod query;
mod shown;

#[whit::plugin]
mod api_key {
    use whit::json;
    use whit::metric::Counter;
    use whit::prelude::*;

    use crate::config::{Config, Place};
    use crate::query;
    use crate::shown::Shown;

    #[derive(Default)]
    struct ApiKey {
        config: Config,
        allowed: Counter,
        missing: Counter,
        several: Counter,
        unknown: Counter,
    }

    impl Plugin for ApiKey {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            plugin.keep_json_configuration(|value| self.config.read(plugin, value))?;
            self.define_metrics()?;
            Ok(())
        }
    }

    impl ApiKey {
        fn define_metrics(&mut self) -> Result<()> {
            self.allowed = Counter::define("api_key.allowed")?;
            self.missing = Counter::define("api_key.denied_missing")?;
            self.several = Counter::define("api_key.denied_several")?;
            self.unknown = Counter::define("api_key.denied_unknown")?;
            Ok(())
        }
    }

    struct Check;

    impl HttpFilter<ApiKey> for Check {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, ApiKey>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let plugin = http.plugin();
            let key = match shown(http)? {
                Shown::Nothing => return deny(http, plugin.missing, "no API key"),
                Shown::Several => return deny(http, plugin.several, "more than one API key"),
                Shown::Key(key) => key,
            };
            let Some(consumer) = plugin.config.keys.consumer(key) else {
                return deny(http, plugin.unknown, "unknown API key");
            };
            if !plugin.config.forward {
                hide(http)?;
            }
            // In place of any that the client has sent.
            http.request_headers().replace(plugin.config.consumer_header, consumer)?;
            let _ = plugin.allowed.increment(1);
            Ok(Action::Continue)
        }
    }

    /// The keys that the request shows, wherever one may be.
    fn shown<'a>(http: &Http<'a, ApiKey>) -> Result<Shown<'a>> {
        let mut shown = Shown::Nothing;
        for (name, value) in http.request_headers().pairs()? {
            for source in http.plugin().config.sources() {
                match source {
                    Place::Header(header) => {
                        if header.as_bytes().eq_ignore_ascii_case(name) {
                            shown.add(query::Decoded::plain(value));
                        }
                    }
                    Place::Query(parameter) => {
                        if name == b":path" {
                            let parameters = query::parameters(value);
                            let values = parameters.filter_map(|p| query::value(p, parameter));
                            values.for_each(|value| shown.add(value));
                        }
                    }
                }
            }
        }
        Ok(shown)
    }

    /// Takes out of the request what may be a key.
    fn hide(http: &Http<'_, ApiKey>) -> Result<()> {
        let headers = http.request_headers();
        for source in http.plugin().config.sources() {
            match source {
                Place::Header(name) => headers.remove(name)?,
                Place::Query(parameter) => {
                    let path = headers.get(names::PATH)?.unwrap_or_default();
                    let rest = http.scratch(path.len())?;
                    let rest = query::without(path, parameter, rest);
                    if rest.len() != path.len() {
                        headers.replace(names::PATH, rest)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn deny(http: &Http<'_, ApiKey>, reason: Counter, message: &str) -> Result<Action> {
        let _ = reason.increment(1);
        let config = &http.plugin().config;
        let (content_type, before, after) = match config.json {
            true => (field!("application/json"), "{\"error\":\"", "\"}\n"),
            false => (field!("text/plain"), "", "\n"),
        };
        let body = text!(http, before, message, after)?;
        let challenge = text!(http, "ApiKey realm=\"", config.realm, "\"")?;
        let headers = ((names::WWW_AUTHENTICATE, challenge), (names::CONTENT_TYPE, content_type));
        http.respond(401, headers, body)
    }
}
