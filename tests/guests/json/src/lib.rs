//! Reads its configuration as JSON, and logs the request's path as JSON.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod limit {
    use whit::json::{self, Escaped, Value};
    use whit::prelude::*;

    #[derive(Default)]
    struct Config {
        limit: u32,
        log: bool,
    }

    impl Config {
        fn read(value: Value<'_, '_>) -> json::Result<Self> {
            let (mut limit, mut log) = (None, false);
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                match name {
                    b"limit" => limit = Some(value.integer(1..=1000)?),
                    b"log" => log = value.boolean()?,
                    _ => return Err(value.unknown()),
                }
            }
            let limit = limit.ok_or_else(|| object.missing("limit"))?;
            Ok(Self { limit, log })
        }
    }

    impl Plugin for Config {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            _: usize,
        ) -> json::Result<(), json::Error> {
            *self = plugin.json_configuration(Self::read)?;
            Ok(())
        }
    }

    struct Log;

    impl HttpFilter<Config> for Log {
        fn on_request_headers(&mut self, http: &Http<'_, Config>, _end_of_stream: bool) -> Action {
            if http.plugin().log {
                let path = http.request_headers().get(":path").ok().flatten();
                whit::info!(
                    r#"{"path":""#,
                    path.map(Escaped),
                    r#"","limit":"#,
                    http.plugin().limit,
                    "}"
                );
            }
            Action::Continue
        }
    }
}
