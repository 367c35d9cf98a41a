//! `filter-metadata` on the official crate.

use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_http_context(|_, _| -> Box<dyn HttpContext> { Box::new(MetadataHttp {}) });
}}

struct MetadataHttp {}

impl Context for MetadataHttp {}

impl HttpContext for MetadataHttp {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        match self.get_property(vec![
            "metadata",
            "filter_metadata",
            "envoy.filters.http.lua",
            "uppercased-custom-metadata",
        ]) {
            Some(metadata) => match String::from_utf8(metadata) {
                // The crate passes any value on, and the host would make a second header of it.
                Ok(data) if !data.contains(['\r', '\n', '\0']) => {
                    self.set_property(vec!["uppercased-metadata"], Some(data.as_bytes()));
                    self.send_http_response(
                        200,
                        vec![("Powered-By", "proxy-wasm"), ("uppercased-metadata", &data)],
                        Some(
                            format!("Custom response with Envoy metadata: \"{data}\"\n").as_bytes(),
                        ),
                    );
                    Action::Pause
                }
                _ => Action::Continue,
            },
            _ => Action::Continue,
        }
    }
}
