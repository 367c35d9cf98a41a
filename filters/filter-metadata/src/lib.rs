//! Answers with metadata that a filter before this one has set, and leaves it to those that follow.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod filter_metadata {
    use whit::prelude::*;

    struct FilterMetadata;

    impl HttpFilter for FilterMetadata {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let metadata = property!(
                "metadata",
                "filter_metadata",
                "envoy.filters.http.lua",
                "uppercased-custom-metadata"
            );
            if let Ok(Some(value)) = http.property(metadata)
                && let Ok(value) = Field::new(value)
            {
                let _ = http.set_property(property!("uppercased-metadata"), value.as_bytes());
                let body = text!(http, "Custom response with Envoy metadata: \"", value, "\"\n");
                let headers = (
                    (field!("Powered-By"), field!("proxy-wasm")),
                    (field!("uppercased-metadata"), value),
                );
                if let Ok(action) = body.and_then(|body| http.respond(200, headers, body)) {
                    return action;
                }
            }
            Action::Continue
        }
    }
}
