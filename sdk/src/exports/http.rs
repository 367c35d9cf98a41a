//! Callbacks of HTTP streams.

use crate::http::{Http, HttpFilter};

super::exports! {
    handle: Http, filter: HttpFilter, answer: Reply, waiting: HttpRequest;

    actions {
        on_request_headers(end_of_stream: u32 = end_of_stream != 0), Reply;
        on_request_body(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Reply;
        on_request_trailers(), Reply;
        on_response_headers(end_of_stream: u32 = end_of_stream != 0), Reply;
        on_response_body(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Pass;
        on_response_trailers(), Pass;
    }
    notices {
        on_context_create();
        on_log();
    }
}
