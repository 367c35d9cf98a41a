//! Splits requests into variants by who sends them, and tells Envoy's routes which one each is.
#![no_std]
#![forbid(unsafe_code)]

mod config;
mod cookie;
mod point;
mod sticky;

#[whit::plugin]
mod canary {
    use whit::json;
    use whit::prelude::*;

    use crate::config::{Config, Key, REST, Variant};
    use crate::cookie;
    use crate::point::{self, Point};

    #[derive(Default)]
    struct Canary {
        config: Config,
    }

    impl Plugin for Canary {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            plugin.keep_json_configuration(|value| self.config.read(plugin, value))?;
            self.config.define_metrics(plugin)?;
            Ok(())
        }
    }

    #[derive(Default)]
    struct Split {
        /// Where a user now stands who stood nowhere.
        new: Option<Point>,
    }

    impl HttpFilter<Canary> for Split {
        /// Whatever fails: better a request without a variant than none.
        const ON_ERROR: OnError = OnError::Pass;

        fn on_request_headers(
            &mut self,
            http: &Http<'_, Canary>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let config = &http.plugin().config;
            let variant = self.variant(http);
            let headers = http.request_headers();
            // In place of what the client has sent under this name.
            let counter = match variant {
                Ok(Some(variant)) => {
                    headers.replace(config.route_header, variant.name)?;
                    variant.requests()
                }
                Ok(None) | Err(_) => {
                    headers.remove(config.route_header)?;
                    config.rest
                }
            };
            let _ = counter.increment(1);
            variant.map(|_| Action::Continue)
        }

        fn on_response_headers(
            &mut self,
            http: &Http<'_, Canary>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            if let Some(point) = self.new {
                let value = http.plugin().config.sticky.header(http, point)?;
                http.response_headers().add(names::SET_COOKIE, value)?;
            }
            Ok(Action::Continue)
        }
    }

    impl Split {
        fn variant(&mut self, http: &Http<'_, Canary>) -> Result<Option<&'static Variant>> {
            let config = &http.plugin().config;
            Ok(match wish(http)? {
                Some(wish) => config.named(wish),
                None => config.at(self.point(http)?),
            })
        }

        /// Where the user stands: by the key, by the cookie, or from now on anywhere.
        fn point(&mut self, http: &Http<'_, Canary>) -> Result<Point> {
            let config = &http.plugin().config;
            let key = match config.key {
                Key::Unknown => None,
                Key::Header(name) => http.request_headers().get(name)?,
                Key::Cookie(name) => sent_cookie(http, name)?,
            };
            if let Some(key @ [_, ..]) = key {
                return Ok(point::of(config.experiment.as_bytes(), key));
            }
            if let Some(point) = sent_cookie(http, config.sticky.name)?.and_then(point::parse) {
                return Ok(point);
            }
            let point = point::scaled(u32::from_le_bytes(whit::random_array()?));
            self.new = Some(point);
            Ok(point)
        }
    }

    /// The variant that a tester asks for.
    fn wish<'a>(http: &Http<'a, Canary>) -> Result<Option<&'a [u8]>> {
        let config = &http.plugin().config;
        let Some(header) = config.override_header else { return Ok(None) };
        let wish = http.request_headers().get(header)?;
        Ok(wish.filter(|wish| *wish == REST || config.named(wish).is_some()))
    }

    /// The value of the first cookie of this name.
    fn sent_cookie<'a>(http: &Http<'a, Canary>, name: Field<'_>) -> Result<Option<&'a [u8]>> {
        let mut headers = http.request_headers().values(&names::COOKIE)?;
        Ok(headers.find_map(|header| cookie::find(header, name.as_bytes())))
    }
}
