//! `hello-world` on the official crate.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use log::info;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(HelloWorld) });
}}

// The crate `getrandom` has no backend for wasm32-unknown-unknown.
#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

struct HelloWorld;

impl Context for HelloWorld {}

impl RootContext for HelloWorld {
    fn on_vm_start(&mut self, _: usize) -> bool {
        info!("Hello, World!");
        self.set_tick_period(Duration::from_secs(5));
        true
    }

    fn on_tick(&mut self) {
        let now: DateTime<Utc> = self.get_current_time().into();
        let mut buf = [0u8; 1];
        // SAFETY: the host writes one byte to `buf`.
        let errno = unsafe { random_get(buf.as_mut_ptr(), buf.len()) };
        assert_eq!(errno, 0);
        info!("It's {}, your lucky number is {}.", now.trunc_subsecs(0), buf[0]);
    }
}
