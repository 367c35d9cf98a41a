//! What differs with the features of `whit`: an older ABI, the crate `log`, panics that say why.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod features {
    use whit::prelude::*;

    struct Root;

    impl Plugin for Root {
        fn on_vm_start(&mut self, plugin: &PluginContext<'_>, size: usize) -> bool {
            #[cfg(feature = "log")]
            whit::logger::init();
            plugin.vm_configuration().is_ok_and(|configuration| configuration.len() == size)
        }

        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> bool {
            plugin.configuration().is_ok_and(|configuration| configuration != b"refuse")
        }
    }

    struct Features;

    impl HttpFilter for Features {
        fn on_request_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> Action {
            let headers = http.request_headers();
            // ABI 0.1.0 gives an empty value for a header that is not there.
            let _ = headers.add(
                "x-absent",
                match headers.get("x-none") {
                    Ok(None) => "none",
                    Ok(Some(b"")) => "empty",
                    _ => "wrong",
                },
            );
            let _ = headers.add("x-end", if end_of_stream { "yes" } else { "no" });
            #[cfg(feature = "log")]
            {
                log::info!("path {:?}", core::str::from_utf8(b"/").unwrap_or_default());
                log::debug!("not shown");
                log::error!("{}", 1.5);
            }
            whit::info!("#", http.context_id());
            if let Ok(Some(index)) = headers.get("x-index") {
                let number = [1, 2, 3][index.len()];
                let _ = headers.add("x-number", [b'0' + number]);
            }
            Action::Continue
        }

        fn on_request_body(&mut self, _: &Http<'_>, _size: usize, end_of_stream: bool) -> Action {
            if end_of_stream { Action::Continue } else { Action::Pause }
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let _ = http.response_headers().add("x-seen", "yes");
            Action::Continue
        }
    }
}
