//! Answers requests for `/health` itself, and marks all responses with the plugin configuration.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod filter {
    use whit::prelude::*;

    /// What the plugin is configured with; one for each VM.
    #[derive(Default)]
    struct Config {
        mark: Field<'static>,
    }

    impl Plugin for Config {
        /// An error refuses the plugin: here a configuration that cannot be a header's value.
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
            // What the host hands over lives as long as this callback, unless it is kept.
            self.mark = Field::new(plugin.keep(plugin.configuration()?))?;
            Ok(())
        }
    }

    /// A request and its response; fields of it are theirs alone.
    #[derive(Default)]
    struct Exchange;

    /// Callbacks that are not written are not exported, and the host never calls them.
    impl HttpFilter<Config> for Exchange {
        fn on_request_headers(&mut self, http: &Http<'_, Config>, _: bool) -> Result<Action> {
            match http.request_headers().get(names::PATH)? {
                Some(b"/health") => http.respond(200, Fields::NONE, b"well\n"),
                _ => Ok(Action::Continue),
            }
        }

        /// The plugin's own answers come through here as well.
        fn on_response_headers(&mut self, http: &Http<'_, Config>, _: bool) -> Result<Action> {
            let mark = http.plugin().mark;
            http.response_headers().add(field!("x-mark"), mark)?;
            Ok(Action::Continue)
        }
    }
}
