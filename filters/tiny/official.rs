//! `tiny` on the official crate: boots and does nothing.

use proxy_wasm::traits::*;

proxy_wasm::main! {{
    proxy_wasm::set_http_context(|_, _| -> Box<dyn HttpContext> { Box::new(Tiny) });
}}

struct Tiny;

impl Context for Tiny {}

impl HttpContext for Tiny {}
