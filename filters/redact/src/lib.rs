//! Masks card numbers, e-mail addresses and configured texts in bodies, while they stream.
#![no_std]
#![forbid(unsafe_code)]

mod body;
mod card;
mod config;
mod email;
mod matcher;
mod media;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
mod texts;

#[whit::plugin]
mod redact {
    use whit::is;
    use whit::json;
    use whit::metric::Counter;
    use whit::prelude::*;

    use crate::body::Body;
    use crate::config::Config;
    use crate::matcher::Fed;
    use crate::media;
    use crate::texts::Room;

    #[derive(Default)]
    struct Redact {
        config: Config,
        metrics: Metrics,
    }

    #[derive(Default)]
    struct Metrics {
        cards: Counter,
        emails: Counter,
        literals: Counter,
        bodies: Counter,
        encoded: Counter,
        broken_off: Counter,
    }

    impl Plugin for Redact {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            size: usize,
        ) -> json::Result<(), json::Error> {
            let mut room = Room(plugin.keep_mut(plugin.scratch(size)?));
            self.config = plugin.json_configuration(|value| Config::read(value, &mut room))?;
            let metrics = &mut self.metrics;
            for (counter, name) in [
                (&mut metrics.cards, "redact.cards"),
                (&mut metrics.emails, "redact.emails"),
                (&mut metrics.literals, "redact.literals"),
                (&mut metrics.bodies, "redact.bodies"),
                (&mut metrics.encoded, "redact.encoded"),
                (&mut metrics.broken_off, "redact.broken_off"),
            ] {
                *counter = Counter::define(name)?;
            }
            Ok(())
        }
    }

    /// The bodies of a stream, if they are read.
    #[derive(Default)]
    struct Stream {
        request: Option<Body>,
        response: Option<Body>,
        /// What follows the headers is no body: the client asks for a connection.
        connect: bool,
    }

    impl HttpFilter<Redact> for Stream {
        fn on_request_headers(&mut self, http: &Http<'_, Redact>, end: bool) -> Result<Action> {
            let Redact { config, .. } = http.plugin();
            let headers = http.request_headers();
            // Also where the client asks for an upgrade: the upstream may answer it as any other request.
            if config.response && config.plain {
                headers.remove(names::ACCEPT_ENCODING)?;
                // Half a number cannot be told.
                headers.remove(field!("range"))?;
            }
            self.connect = headers.get(names::METHOD)? == Some(b"CONNECT");
            // Envoy removes `upgrade` where it does not upgrade.
            let upgrade = headers.get(field!("upgrade"))?.is_some();
            if self.connect || upgrade {
                return Ok(Action::Continue);
            }
            if config.request && !end {
                match judge(http.plugin(), headers)? {
                    Verdict::Read { trailers } => self.request = Some(Body::new(trailers)),
                    Verdict::Pass => {}
                    Verdict::Refuse => {
                        return http.respond(415, Fields::NONE, b"Unsupported content encoding.\n");
                    }
                }
            }
            Ok(Action::Continue)
        }

        fn on_request_body(
            &mut self,
            http: &Http<'_, Redact>,
            size: usize,
            end: bool,
        ) -> Result<Action> {
            let Some(body) = &mut self.request else { return Ok(Action::Continue) };
            let Redact { config, metrics } = http.plugin();
            let chunk = (size, end);
            let (action, fed) = body.chunk(&config.patterns, http, http.request_body(), chunk)?;
            count(metrics, &fed);
            Ok(action)
        }

        fn on_request_trailers(&mut self, http: &Http<'_, Redact>) -> Result<Action> {
            let Some(body) = &mut self.request else { return Ok(Action::Continue) };
            let Redact { config, metrics } = http.plugin();
            match body.trailers(&config.patterns, http, http.request_body())? {
                Some(fed) => {
                    count(metrics, &fed);
                    Ok(Action::Continue)
                }
                None => {
                    let _ = metrics.broken_off.increment(1);
                    http.respond(500, Fields::NONE, b"Trailers without a header \"trailer\".\n")
                }
            }
        }

        fn on_response_headers(&mut self, http: &Http<'_, Redact>, end: bool) -> Result<Action> {
            let Redact { config, .. } = http.plugin();
            let headers = http.response_headers();
            let switches = headers.get(names::STATUS)? == Some(b"101");
            if config.response && !end && !self.connect && !switches {
                match judge(http.plugin(), headers)? {
                    Verdict::Read { trailers } => self.response = Some(Body::new(trailers)),
                    Verdict::Pass => {}
                    Verdict::Refuse => {
                        return http.respond(502, Fields::NONE, b"Unsupported content encoding.\n");
                    }
                }
            }
            Ok(Action::Continue)
        }

        fn on_response_body(&mut self, http: &Http<'_, Redact>, size: usize, end: bool) -> Action {
            let Some(body) = &mut self.response else { return Action::Continue };
            let Redact { config, metrics } = http.plugin();
            let chunk = (size, end);
            match body.chunk(&config.patterns, http, http.response_body(), chunk) {
                Ok((action, fed)) => {
                    count(metrics, &fed);
                    action
                }
                Err(status) => break_off(http, status),
            }
        }

        fn on_response_trailers(&mut self, http: &Http<'_, Redact>) -> Action {
            let Some(body) = &mut self.response else { return Action::Continue };
            let Redact { config, metrics } = http.plugin();
            match body.trailers(&config.patterns, http, http.response_body()) {
                Ok(Some(fed)) => {
                    count(metrics, &fed);
                    Action::Continue
                }
                Ok(None) => break_off(http, Status::OK),
                Err(status) => break_off(http, status),
            }
        }
    }

    /// What becomes of a message with a body.
    enum Verdict {
        Read {
            /// They are announced.
            trailers: bool,
        },
        Pass,
        Refuse,
    }

    fn judge(Redact { config, metrics }: &Redact, headers: Map<'_>) -> Result<Verdict> {
        let (mut typed, mut is_text, mut encoded, mut trailers) = (false, false, false, false);
        for (name, value) in headers.pairs()? {
            match name {
                _ if is(name, "content-type") => {
                    typed |= media::is_type(value);
                    is_text |= config.media.holds(value);
                }
                _ if is(name, "content-encoding") => encoded |= media::is_encoding(value),
                _ if is(name, "trailer") => trailers = true,
                _ => {}
            }
        }
        // Without a type, or with what is none, whoever gets it may take it for text.
        if typed && !is_text {
            return Ok(Verdict::Pass);
        }
        if encoded {
            let _ = metrics.encoded.increment(1);
            return Ok(if config.refuse { Verdict::Refuse } else { Verdict::Pass });
        }
        let _ = metrics.bodies.increment(1);
        Ok(Verdict::Read { trailers })
    }

    /// Where the host does not count, the filter does its work all the same.
    fn count(metrics: &Metrics, fed: &Fed) {
        for (counter, matches) in [
            (metrics.cards, fed.cards),
            (metrics.emails, fed.emails),
            (metrics.literals, fed.literals),
        ] {
            if matches != 0 {
                let _ = counter.increment(matches.into());
            }
        }
    }

    /// The response's headers are out: rather none of the rest than a part that was not read.
    fn break_off(http: &Http<'_, Redact>, status: Status) -> Action {
        whit::error!("the response breaks off: status ", status);
        let _ = http.plugin().metrics.broken_off.increment(1);
        let _ = http.close();
        Action::Pause
    }
}
