//! Logs a line of JSON for each stream, and measures how long streams take and how they end.
#![no_std]
#![forbid(unsafe_code)]

mod config;
mod fields;
mod value;

#[whit::plugin]
mod access_log {
    use whit::json::{self, Record, Scalar};
    use whit::metric::{Counter, Histogram};
    use whit::prelude::*;
    use whit::property::Property;

    use crate::config::{Config, EACH};
    use crate::fields::{self, BUILT_IN, Fields, Source, Writer};
    use crate::value;

    #[derive(Default)]
    struct AccessLog {
        config: Config,
        /// Those that are not built in.
        more: Fields<'static>,
        lines: Counter,
        duration: Histogram,
        /// Streams without a response, and those with a status of 1xx to 5xx.
        classes: [Counter; 6],
    }

    const CLASSES: [&str; 6] = [
        "access_log.status_none",
        "access_log.status_1xx",
        "access_log.status_2xx",
        "access_log.status_3xx",
        "access_log.status_4xx",
        "access_log.status_5xx",
    ];

    impl Plugin for AccessLog {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            size: usize,
        ) -> json::Result<(), json::Error> {
            // A field takes no more room than in the configuration.
            let mut more = Writer::new(plugin.keep_mut(plugin.scratch(size)?));
            self.config = plugin.json_configuration(|value| Config::read(value, &mut more))?;
            self.more = Fields(more.written());
            self.lines = Counter::define("access_log.lines")?;
            self.duration = Histogram::define("access_log.duration_ms")?;
            for (counter, name) in self.classes.iter_mut().zip(CLASSES) {
                *counter = Counter::define(name)?;
            }
            Ok(())
        }
    }

    struct Stream;

    impl HttpFilter<AccessLog> for Stream {
        fn on_log(&mut self, http: &Http<'_, AccessLog>) {
            let AccessLog { config, .. } = http.plugin();
            let status = http.property(property::RESPONSE_CODE).ok().flatten().unwrap_or_default();
            measure(http, status);
            let always = status == 0 || status >= config.always_from.into();
            if whit::log_level() <= config.level && (always || sampled(config.sample)) {
                write(http, status);
            }
        }
    }

    fn measure(http: &Http<'_, AccessLog>, status: i64) {
        let AccessLog { duration, classes, .. } = http.plugin();
        let class = usize::try_from(status / 100).ok().and_then(|class| classes.get(class));
        if let Some(counter) = class.or(classes.first()) {
            let _ = counter.increment(1);
        }
        if let Ok(Some(took)) = http.property(property::REQUEST_DURATION.of::<u64>()) {
            let _ = duration.record(took / 1_000_000);
        }
    }

    /// Whether chance picks a stream, of so many in ten thousand.
    fn sampled(sample: u32) -> bool {
        sample == EACH
            || whit::random_array().is_ok_and(|random| u32::from_le_bytes(random) % EACH < sample)
    }

    fn write(http: &Http<'_, AccessLog>, status: i64) {
        let AccessLog { config, more, lines, .. } = http.plugin();
        let built_in = config.built_in.iter().take(config.built_in_count);
        let built_in = built_in.filter_map(|number| BUILT_IN.get(usize::from(*number)).copied());
        let mut line = [(&b""[..], Scalar::Null); fields::MOST];
        let mut count = 0;
        for field in built_in.chain(*more) {
            let bytes = match field.source {
                Source::RequestHeader => http.request_headers().get(field.of).ok().flatten(),
                Source::ResponseHeader => http.response_headers().get(field.of).ok().flatten(),
                Source::Property => http.property(Property::<[u8]>::new(field.of)).ok().flatten(),
                Source::Static => Some(field.of),
                Source::Status => None,
            };
            let value = match field.source {
                Source::Status => Some(Scalar::Integer(status)),
                _ => bytes.and_then(|bytes| value::read(bytes, field.kind, config.longest)),
            };
            if let Some(place) = line.get_mut(count)
                && (value.is_some() || config.nulls)
            {
                *place = (field.name, value.unwrap_or(Scalar::Null));
                count += 1;
            }
        }
        whit::log!(config.level, Record(line.get(..count).unwrap_or_default()));
        let _ = lines.increment(1);
    }
}
