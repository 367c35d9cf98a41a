//! Lets TLS through and closes every connection that begins with something else.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod filter {
    use whit::prelude::*;

    /// The first byte of a TLS connection: what follows is part of a handshake.
    const HANDSHAKE: u8 = 22;

    /// A connection; these fields are its own.
    #[derive(Default)]
    struct Connection {
        is_tls: bool,
    }

    /// Callbacks that are not written are not exported, and the host never calls them.
    impl StreamFilter for Connection {
        /// Here `?` would let out what the host refuses: that is logged, and the connection closed.
        fn on_downstream_data(
            &mut self,
            stream: &Stream<'_>,
            size: usize,
            _end_of_stream: bool,
        ) -> Result<Action> {
            // The end of a connection that said nothing comes without data.
            if self.is_tls || size == 0 {
                return Ok(Action::Continue);
            }
            if stream.downstream_data().get(0, 1)? == [HANDSHAKE] {
                self.is_tls = true;
                return Ok(Action::Continue);
            }
            whit::info!("no TLS");
            stream.close_downstream()?;
            Ok(Action::Pause)
        }
    }
}
