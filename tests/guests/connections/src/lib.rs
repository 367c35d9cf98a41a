//! Counts what a connection brings, both ways; fails where the data says so.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod connections {
    use whit::info;
    use whit::prelude::*;

    #[derive(Default)]
    struct Root {
        word: &'static [u8],
    }

    impl Plugin for Root {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
            self.word = plugin.keep(plugin.configuration()?);
            Ok(())
        }
    }

    #[derive(Default)]
    struct Connection {
        up: usize,
        down: usize,
    }

    impl StreamFilter<Root> for Connection {
        fn on_downstream_data(
            &mut self,
            stream: &Stream<'_, Root>,
            size: usize,
            _end: bool,
        ) -> Result<Action> {
            self.up += size;
            if stream.downstream_data().bytes()? == stream.plugin().word {
                return Err(Status::INTERNAL_FAILURE);
            }
            // The end comes with no data of its own.
            if size > 0 {
                stream.downstream_data().replace_first(1, b"<")?;
            }
            Ok(Action::Continue)
        }

        fn on_upstream_data(
            &mut self,
            stream: &Stream<'_, Root>,
            size: usize,
            end: bool,
        ) -> Result<Action> {
            self.down += size;
            if size > 0 && !end {
                stream.upstream_data().append(b">")?;
            }
            Ok(Action::Continue)
        }

        fn on_log(&mut self, stream: &Stream<'_, Root>) {
            info!("up ", self.up, ", down ", self.down, ", word ", stream.plugin().word);
        }
    }
}
