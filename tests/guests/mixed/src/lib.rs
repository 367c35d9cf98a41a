//! Streams with state that read their plugin's configuration, look through bodies, and ask a service
//! when the path says so.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod mixed {
    use core::time::Duration;

    use whit::prelude::*;

    #[derive(Default)]
    struct Config {
        word: &'static [u8],
    }

    impl Plugin for Config {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
            self.word = plugin.keep(plugin.configuration()?);
            Ok(())
        }
    }

    #[derive(Default)]
    struct Mixed {
        bytes: usize,
        words: u32,
        answered: bool,
    }

    impl HttpFilter<Config> for Mixed {
        fn on_request_headers(&mut self, http: &Http<'_, Config>, _end: bool) -> Result<Action> {
            let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
            if !path.starts_with(b"/ask") {
                return Ok(Action::Continue);
            }
            let headers =
                [(names::METHOD, &b"GET"[..]), (names::PATH, path), (names::AUTHORITY, b"a")];
            http.http_call(self, &HttpCall::new("auth", headers, Duration::from_secs(1)))?;
            Ok(Action::Pause)
        }

        fn on_http_call_response(
            &mut self,
            http: &Http<'_, Config>,
            response: &HttpCallResponse<'_>,
        ) -> Result<()> {
            self.answered = true;
            match response.status()? {
                Some(200) => http.continue_request(),
                _ => http.respond(403, Fields::NONE, b"no").map(|_| ()),
            }
        }

        fn on_request_body(
            &mut self,
            http: &Http<'_, Config>,
            size: usize,
            _end: bool,
        ) -> Result<Action> {
            self.bytes += size;
            let word = http.plugin().word;
            http.request_body().for_each_chunk(4096, |chunk| {
                let found = chunk.windows(word.len().max(1)).filter(|bytes| *bytes == word).count();
                self.words = self.words.wrapping_add(found as u32);
                Ok(())
            })?;
            Ok(Action::Continue)
        }

        fn on_response_headers(&mut self, http: &Http<'_, Config>, _end: bool) -> Result<Action> {
            let seen = text!(http, self.bytes, " bytes, ", self.words, " words, ", self.answered)?;
            http.response_headers().add(field!("x-seen"), seen)?;
            Ok(Action::Continue)
        }
    }
}
