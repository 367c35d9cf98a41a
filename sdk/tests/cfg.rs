//! `#[cfg]` on callbacks: what is there is exported, whatever else is written beside it. `any()` never holds.
#![forbid(unsafe_code)]

use whit::__::double::{take_log, with_host};

#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;

    struct Root;

    impl Plugin for Root {
        fn on_tick(&mut self, plugin: &PluginContext<'_>) -> Result<()> {
            let headers = fields! { ":method": "GET", ":path": "/", ":authority": "a" };
            let call = HttpCall::new("auth", headers, Duration::from_secs(1));
            plugin.http_call(self, &call).map(|_| ())
        }

        fn on_http_call_response(&mut self, _: &PluginContext<'_>, _: &HttpCallResponse<'_>) {
            info!("an answer to the plugin");
        }
    }

    struct Filter;

    impl HttpFilter for Filter {
        const ON_ERROR: OnError = if cfg!(any()) { OnError::Pass } else { OnError::Fail };

        #[cfg(any())]
        fn on_request_headers(&mut self, _: &Http<'_>, _: bool) -> Action {
            Action::Continue
        }

        #[cfg(not(any()))]
        #[cfg_attr(all(), doc = "Stops.")]
        fn on_request_headers(&mut self, _: &Http<'_>, _: bool) -> Action {
            Action::Pause
        }

        #[cfg(not(any()))]
        #[cfg(not(any()))]
        fn on_response_headers(&mut self, _: &Http<'_>, _: bool) -> Action {
            Action::Pause
        }

        #[cfg(not(any()))]
        #[cfg(any())]
        fn on_response_headers(&mut self, _: &Http<'_>, _: bool) -> Action {
            Action::Continue
        }

        #[cfg(any())]
        fn on_http_call_response(&mut self, _: &Http<'_>, _: &HttpCallResponse<'_>) {}

        #[cfg(any())]
        fn on_grpc_receive(&mut self, _: &Http<'_>, _: GrpcId, _: &GrpcMessage<'_>) {}

        #[cfg(any())]
        fn on_grpc_receive_initial_metadata(&mut self, _: &Http<'_>, _: GrpcId, _: Map<'_>) {}
    }

    /// They would not be here twice.
    #[allow(dead_code)]
    fn proxy_on_grpc_receive() {}
    #[allow(dead_code)]
    fn proxy_on_grpc_close() {}
    #[allow(dead_code)]
    fn proxy_on_grpc_receive_initial_metadata() {}

    #[test]
    fn what_is_there_is_exported() {
        assert_eq!(proxy_on_request_headers(2, 0, 1), 1);
        assert_eq!(proxy_on_response_headers(2, 0, 1), 1);
        proxy_on_tick(1);
        super::with_host(|host| assert_eq!(host.calls.len(), 1));
        proxy_on_http_call_response(1, 1, 0, 0, 0);
        let log = super::take_log().into_iter().map(|(_, line)| line);
        assert!(log.eq([b"an answer to the plugin".to_vec()]));
    }
}
