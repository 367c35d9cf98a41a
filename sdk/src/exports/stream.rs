//! Callbacks of TCP streams.

use crate::stream::{Peer, Stream, StreamFilter};

super::exports! {
    handle: Stream, filter: StreamFilter, answer: Close, waiting: Downstream;

    actions {
        on_new_connection(), Close;
        on_downstream_data(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Close;
        on_upstream_data(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Close;
    }
    notices {
        on_context_create();
        on_downstream_connection_close(peer: u32 = Peer(peer));
        on_upstream_connection_close(peer: u32 = Peer(peer));
        on_log();
    }
}
