//! Lets requests through that bear a JSON Web Token (RFC 7519) which one of its keys has signed, and tells
//! the upstream what the token claims.
#![no_std]
#![forbid(unsafe_code)]

mod base64url;
mod config;
#[cfg(feature = "es256")]
mod es256;
mod event;
// The configuration names it, whether or not anything is fetched.
#[cfg_attr(not(feature = "fetch"), allow(dead_code))]
mod fetch;
mod few;
#[cfg(feature = "hs256")]
mod hs256;
mod jwks;
mod key;
mod members;
#[cfg(feature = "rs256")]
mod rs256;
mod rules;
#[cfg(test)]
mod tests;
mod token;

#[whit::plugin]
mod jwt {
    use whit::json;
    use whit::prelude::*;
    use whit::time::Timestamp;

    use crate::config::Config;
    use crate::event::{Counters, Event};
    #[cfg(feature = "fetch")]
    use crate::fetch::Fetch;
    use crate::jwks::Keys;
    use crate::members::Member;
    use crate::token::{Token, bearer};

    /// What the plugin knows.
    struct Known {
        config: &'static Config,
        /// Those of the configuration, until others have been fetched.
        keys: &'static mut Keys,
        /// Where a set is read, so that the keys stay until it is known to be good.
        #[cfg(feature = "fetch")]
        next_keys: &'static mut Keys,
        counters: Counters,
    }

    #[derive(Default)]
    struct Jwt {
        known: Option<Known>,
    }

    impl Plugin for Jwt {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            let config = plugin.keep_value(Config::default)?;
            let keys = plugin.keep_value(Keys::default)?;
            plugin.keep_json_configuration(|value| config.read(keys, value))?;
            #[cfg(feature = "fetch")]
            if config.fetch.is_on() {
                plugin.set_tick_period(Fetch::AT_ONCE)?;
            }
            self.known = Some(Known {
                config,
                keys,
                #[cfg(feature = "fetch")]
                next_keys: plugin.keep_value(Keys::default)?,
                counters: Counters::define()?,
            });
            Ok(())
        }

        #[cfg(feature = "fetch")]
        fn on_tick(&mut self, plugin: &PluginContext<'_>) -> Result<()> {
            let Some(Known { config: Config { fetch, .. }, counters, .. }) = &self.known else {
                return Ok(());
            };
            plugin.set_tick_period(fetch.interval())?;
            if let Err(status) = fetch.call(|call| plugin.http_call(self, call)) {
                whit::warn!("cannot ask for keys: status ", status);
                counters.count(Event::FetchFailed);
                plugin.set_tick_period(fetch.soon())?;
            }
            Ok(())
        }

        #[cfg(feature = "fetch")]
        fn on_http_call_response(
            &mut self,
            plugin: &PluginContext<'_>,
            response: &HttpCallResponse<'_>,
        ) -> Result<()> {
            let Some(known) = &mut self.known else { return Ok(()) };
            let fetched = Fetch::answer(response, known.next_keys);
            if fetched {
                core::mem::swap(&mut known.keys, &mut known.next_keys);
            } else {
                plugin.set_tick_period(known.config.fetch.soon())?;
            }
            known.counters.count(if fetched { Event::Fetched } else { Event::FetchFailed });
            Ok(())
        }
    }

    struct Filter;

    impl HttpFilter<Jwt> for Filter {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, Jwt>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let Some(known) = &http.plugin().known else { return Err(Status::NOT_FOUND) };
            let event = admit(http, known).err().unwrap_or(Event::Allowed);
            known.counters.count(event);
            // As RFC 6750 says, section 3.
            let (status, headers) = match event {
                Event::Allowed => return Ok(Action::Continue),
                Event::Missing => (401, fields! { "www-authenticate": "Bearer" }),
                // The token may be a good one: nobody knows.
                Event::Unavailable => (503, Fields::NONE),
                _ => (401, fields! { "www-authenticate": "Bearer error=\"invalid_token\"" }),
            };
            http.respond(status, headers, b"")
        }
    }

    /// Checks the token, and puts what it claims into headers.
    #[inline(never)] // Or it counts in many places.
    fn admit(http: &Http<'_, Jwt>, known: &Known) -> core::result::Result<(), Event> {
        let Known { config, keys, .. } = known;
        let headers = http.request_headers();
        let token = bearer(headers.values("authorization")?)?;
        if keys.is_empty() {
            return Err(Event::Unavailable);
        }
        let token = Token::read(token).ok_or(Event::Malformed)?;
        let memory = http.scratch(token.memory())?;
        token.verify(keys, memory)?;
        let now = Timestamp::now()?.as_secs().cast_signed();
        let claims = config.rules.check(token.claims(memory)?, now)?;
        for (header, claim) in config.rules.headers(&claims) {
            // Whatever the client says there.
            headers.remove(header)?;
            let value = match claim {
                Some(Member::Text(text)) => *text,
                Some(Member::Integer(integer)) => text!(http, integer)?,
                Some(Member::Boolean(boolean)) => text!(http, boolean)?,
                _ => continue,
            };
            let value = Field::new(value).map_err(|_| Event::WrongClaim)?;
            headers.add(header, value)?;
        }
        if !config.forward {
            headers.remove(names::AUTHORIZATION)?;
        }
        Ok(())
    }
}
