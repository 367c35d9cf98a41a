//! Sets and removes headers of responses that protect browsers, with a nonce for scripts in each.
#![no_std]
#![forbid(unsafe_code)]

mod config;
mod hsts;
mod nonce;
mod policies;
mod text;

#[whit::plugin]
mod security_headers {
    use whit::json;
    use whit::metric::Counter;
    use whit::prelude::*;

    use crate::config::Config;
    use crate::nonce::{self, Nonce};
    use crate::text;

    #[derive(Default)]
    struct Root {
        config: Config,
        kept: Counter,
        nonce_failures: Counter,
    }

    impl Plugin for Root {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _size: usize,
        ) -> json::Result<(), json::Error> {
            plugin.keep_json_configuration(|value| self.config.read(value))?;
            // Where the host does not count, the filter does its work all the same.
            self.kept = Counter::define("security_headers.kept").unwrap_or_default();
            self.nonce_failures =
                Counter::define("security_headers.nonce_failures").unwrap_or_default();
            Ok(())
        }
    }

    /// What the request tells, for its response.
    #[derive(Default)]
    struct SecurityHeaders {
        /// The nonce that the application was told, for the policy.
        nonce: Option<Nonce>,
        is_https: bool,
    }

    impl HttpFilter<Root> for SecurityHeaders {
        fn on_request_headers(
            &mut self,
            http: &Http<'_, Root>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let config = &http.plugin().config;
            let headers = http.request_headers();
            if config.hsts.is_some() {
                // Envoy sets it, or believes whoever stands in front of it.
                self.is_https = headers.get(names::X_FORWARDED_PROTO)? == Some(b"https");
            }
            let name = config.nonce_request_header;
            if name.as_bytes().is_empty() {
                return Ok(Action::Continue);
            }
            self.nonce = make_nonce(http.plugin());
            // What a client has chosen never reaches the application.
            match &self.nonce {
                Some(nonce) => headers.replace(name, nonce)?,
                None => headers.remove(name)?,
            }
            Ok(Action::Continue)
        }

        fn on_response_headers(
            &mut self,
            http: &Http<'_, Root>,
            _end_of_stream: bool,
        ) -> Result<Action> {
            let config = &http.plugin().config;
            let headers = http.response_headers();
            for name in text::items(config.remove) {
                headers.remove(name)?;
            }
            let has_nonce = !config.nonce_request_header.as_bytes().is_empty();
            let not_modified = headers.get(names::STATUS)? == Some(b"304");
            for (policy, mut value) in config.policies() {
                if has_nonce && nonce::is_in(value.as_bytes()) {
                    // A browser would put it in place of the one with the nonce of the page that it has.
                    if not_modified {
                        if !config.keeps(policy.header.as_bytes()) {
                            headers.remove(policy.header)?;
                        }
                        continue;
                    }
                    // Of a request that did not come here: a reply of Envoy's to one that is malformed.
                    let nonce = self.nonce.or_else(|| make_nonce(http.plugin()));
                    value = Field::new(with_nonce(http, value.as_bytes(), nonce)?)?;
                }
                set(http, policy.header, value)?;
            }
            for (name, value) in config.others() {
                set(http, name, value)?;
            }
            if let Some(hsts) = &config.hsts
                && (hsts.always || self.is_https)
            {
                let value = text!(http, "max-age=", hsts.max_age, hsts.directives())?;
                set(http, field!("strict-transport-security"), Field::new(value)?)?;
            }
            Ok(Action::Continue)
        }
    }

    /// Sets a header, unless the upstream has set it and it stays so.
    fn set(http: &Http<'_, Root>, name: Field<'_>, value: Field<'_>) -> Result<()> {
        let Root { config, kept, .. } = http.plugin();
        let headers = http.response_headers();
        if config.keeps(name.as_bytes()) && headers.get(name)?.is_some() {
            let _ = kept.increment(1);
            return Ok(());
        }
        headers.replace(name, value)
    }

    /// A new nonce; `None` if the host has no randomness.
    fn make_nonce(plugin: &Root) -> Option<Nonce> {
        let mut bytes = [0; nonce::RANDOM_BYTES];
        if let Err(status) = whit::random(&mut bytes) {
            let _ = plugin.nonce_failures.increment(1);
            whit::error!("no randomness for a nonce: status ", status);
            return None;
        }
        Some(nonce::encode(&bytes))
    }

    /// A policy with the nonce. Without one, nothing is allowed: a nonce that could be guessed would let in what
    /// the policy is there for, and so may what is left of the policy when its nonce is taken away.
    fn with_nonce<'a>(
        http: &Http<'a, Root>,
        mut policy: &'a [u8],
        nonce: Option<Nonce>,
    ) -> Result<&'a [u8]> {
        let Some(nonce) = nonce else { return Ok(nonce::NO_POLICY) };
        while let Some((before, after)) = nonce::around(policy) {
            policy = text!(http, before, nonce, after)?;
        }
        Ok(policy)
    }
}
