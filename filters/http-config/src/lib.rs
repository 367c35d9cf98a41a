//! Adds a response header whose value is the plugin's configuration.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_config {
    use whit::prelude::*;

    #[derive(Default)]
    struct Config {
        value: Field<'static>,
    }

    impl Plugin for Config {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> bool {
            match plugin.configuration().and_then(|value| Field::new(plugin.keep(value))) {
                Ok(value) => {
                    self.value = value;
                    true
                }
                Err(_) => {
                    whit::error!("the configuration cannot be a header's value");
                    false
                }
            }
        }
    }

    #[derive(Default)]
    struct HttpConfig;

    impl HttpFilter<Config> for HttpConfig {
        fn on_response_headers(&mut self, http: &Http<'_, Config>, _end_of_stream: bool) -> Action {
            let _ = http.response_headers().add(field!("custom-header"), http.plugin().value);
            Action::Continue
        }
    }
}
