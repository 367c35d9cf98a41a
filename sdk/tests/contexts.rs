//! Streams with state that read their plugin and make callouts, against the double of the host's
//! functions.
#![forbid(unsafe_code)]

use whit::__::double::{map, set_buffer, set_map, take_log, take_reply, with_host};

const RESPONSE_HEADERS: u32 = 2;
const CALL_HEADERS: u32 = 6;
const CALL_BODY: u32 = 4;
const GRPC_MESSAGE: u32 = 5;
const CONFIGURATION: u32 = 7;

#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;

    #[derive(Default)]
    struct Config {
        value: Field<'static>,
        streams: core::cell::Cell<u32>,
    }

    impl Plugin for Config {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, size: usize) -> Result<()> {
            let value = plugin.configuration()?;
            assert_eq!(value.len(), size);
            self.value = Field::new(plugin.keep(value))?;
            Ok(())
        }

        fn on_http_call_response(
            &mut self,
            plugin: &PluginContext<'_>,
            response: &HttpCallResponse<'_>,
        ) {
            info!("plugin ", plugin.context_id(), " failed: ", response.failed());
        }

        fn on_tick(&mut self, plugin: &PluginContext<'_>) -> Result<()> {
            let headers = [(":method", "GET"), (":path", "/"), (":authority", "a")];
            let call = HttpCall::new("own", headers, Duration::from_secs(2));
            plugin.http_call(self, &call.body(b"body")).map(|_| ())
        }

        fn on_done(&mut self, plugin: &PluginContext<'_>) -> bool {
            plugin.done().is_err()
        }

        fn on_delete(&mut self, _: &PluginContext<'_>) {
            info!("deleted, ", self.streams.get(), " streams");
        }
    }

    #[derive(Default)]
    struct Filter {
        requests: u32,
        call: Option<HttpCallId>,
        dropped: Dropped,
    }

    #[derive(Default)]
    struct Dropped;

    impl Drop for Dropped {
        fn drop(&mut self) {
            info!("dropped");
        }
    }

    impl HttpFilter<Config> for Filter {
        fn on_request_headers(&mut self, http: &Http<'_, Config>, _: bool) -> Result<Action> {
            self.requests += 1;
            let streams = &http.plugin().streams;
            streams.set(streams.get() + 1);
            let headers = fields! { ":method": "GET", ":path": "/", ":authority": "a" };
            let call = HttpCall::new("auth", headers, Duration::from_millis(1500));
            self.call = Some(http.http_call(self, &call)?);
            Ok(Action::Pause)
        }

        fn on_http_call_response(
            &mut self,
            http: &Http<'_, Config>,
            response: &HttpCallResponse<'_>,
        ) -> Result<()> {
            assert_eq!(Some(response.call()), self.call.take());
            match (response.status()?, response.body().bytes()?) {
                (Some(200), b"yes") => http.continue_request(),
                (Some(200), _) => {
                    let service = grpc_service!("users");
                    let call = GrpcCall::new(service, "a.Users", "Get", b"\x08\x01", Duration::MAX);
                    http.grpc_call(self, &call).map(|_| ())
                }
                _ => Err(Status::INTERNAL_FAILURE),
            }
        }

        fn on_grpc_receive(&mut self, _: &Http<'_, Config>, _: GrpcId, message: &GrpcMessage<'_>) {
            assert_eq!(message.buffer().bytes().map(<[u8]>::len), Ok(message.size()));
            info!("message for the stream of ", self.requests, " requests");
        }

        fn on_response_headers(&mut self, http: &Http<'_, Config>, _: bool) -> Action {
            let _ = http.response_headers().add("x-value", http.plugin().value);
            Action::Continue
        }

        fn on_done(&mut self, http: &Http<'_, Config>) -> bool {
            info!("stream ", http.context_id(), " done, dropped is ", size_of_val(&self.dropped));
            true
        }
    }

    /// A plugin context with this configuration.
    fn configure(context_id: u32, value: &str) -> u32 {
        super::set_buffer(super::CONFIGURATION, value.as_bytes());
        proxy_on_context_create(context_id, 0);
        proxy_on_configure(context_id, value.len())
    }

    fn log() -> Vec<String> {
        super::take_log()
            .into_iter()
            .map(|(_, line)| String::from_utf8_lossy(&line).into_owned())
            .collect()
    }

    #[test]
    fn streams_read_their_own_plugin_and_have_values_of_their_own() {
        assert_eq!((configure(1, "one"), configure(2, "two")), (1, 1));
        assert_eq!(configure(3, "a\r\nb"), 0);
        assert_eq!(log(), ["on_configure: status 2"]);
        for (stream, parent) in [(4, 1), (5, 2), (6, 2)] {
            proxy_on_context_create(stream, parent);
        }
        super::set_map(super::RESPONSE_HEADERS, &[]);
        for stream in [4, 5, 6, 4] {
            assert_eq!(proxy_on_response_headers(stream, 0, 1), 0);
        }
        let added = super::map(super::RESPONSE_HEADERS).expect("the map");
        let values: Vec<&[u8]> = added.iter().map(|(_, value)| value.as_slice()).collect();
        assert_eq!(values, [&b"one"[..], b"two", b"two", b"one"]);
        assert_eq!(proxy_on_done(4), 1);
        proxy_on_delete(4);
        assert_eq!(log(), ["stream 4 done, dropped is 0", "dropped"]);
        // It is gone, and what comes all the same does nothing: that is an error where errors are let out.
        let error = "on_request_headers: status 6";
        assert_eq!(proxy_on_request_headers(4, 0, 1), 1);
        assert_eq!(proxy_on_request_headers(4711, 0, 1), 1);
        proxy_on_delete(4);
        assert_eq!(log(), [error; 2]);
        assert_eq!(proxy_on_done(2), 0);
        proxy_on_delete(2);
        assert_eq!(log(), ["deleted, 0 streams"]);
        // Without its plugin a stream does nothing.
        super::set_map(super::RESPONSE_HEADERS, &[]);
        assert_eq!(proxy_on_response_headers(5, 0, 1), 0);
        assert_eq!(super::map(super::RESPONSE_HEADERS), Some(Vec::new()));
    }

    #[test]
    fn an_answer_comes_to_the_stream_that_asked() {
        configure(1, "");
        for stream in [2, 3, 4] {
            proxy_on_context_create(stream, 1);
            assert_eq!(proxy_on_request_headers(stream, 3, 1), 1);
        }
        let timeout = 1500_u32.to_le_bytes();
        super::with_host(|host| {
            assert_eq!(host.calls.len(), 3);
            assert_eq!(
                (host.calls[0].0.as_slice(), &host.calls[0].1[3][..]),
                (&b"auth"[..], &timeout[..])
            );
        });

        // The last one first. It is granted.
        super::set_map(super::CALL_HEADERS, &[(":status", "200")]);
        super::set_buffer(super::CALL_BODY, b"yes");
        proxy_on_http_call_response(1, 3, 1, 3, 0);
        super::with_host(|host| {
            assert_eq!((host.effective_context, host.continued.as_slice()), (4, &[0][..]));
        });
        // Again: nobody waits for it any more, so it is taken for the plugin's.
        proxy_on_http_call_response(1, 3, 1, 3, 0);
        assert_eq!(log(), ["plugin 1 failed: false"]);

        // The first asks on, with gRPC.
        super::set_buffer(super::CALL_BODY, b"perhaps");
        proxy_on_http_call_response(1, 1, 1, 7, 0);
        super::with_host(|host| {
            let (upstream, parts) = &host.calls[3];
            assert_eq!(upstream, b"\x0a\x07\x0a\x05users");
            assert_eq!(parts[..2], [b"a.Users".to_vec(), b"Get".to_vec()]);
            assert_eq!(parts[3..], [b"\x08\x01".to_vec(), u32::MAX.to_le_bytes().to_vec()]);
        });
        super::set_buffer(super::GRPC_MESSAGE, b"answer");
        proxy_on_grpc_receive(1, 4, 6);
        assert_eq!(log(), ["message for the stream of 1 requests"]);
        // One message is all of a call's answer.
        proxy_on_grpc_receive(1, 4, 6);
        proxy_on_grpc_close(1, 4, 0);
        assert_eq!(log(), [""; 0]);

        // The second is gone.
        super::with_host(|host| host.gone.insert(3));
        proxy_on_http_call_response(1, 2, 1, 7, 0);
        assert_eq!(super::take_reply(), None);

        // An error answers the stream, so that it does not wait for ever.
        super::with_host(|host| host.gone.clear());
        assert_eq!(proxy_on_request_headers(2, 3, 1), 1);
        super::set_map(super::CALL_HEADERS, &[(":status", "503")]);
        proxy_on_http_call_response(1, 5, 1, 0, 0);
        assert_eq!(super::take_reply().map(|(status, ..)| status), Some(500));
        assert_eq!(log(), ["on_http_call_response: status 10"]);
    }

    #[test]
    fn the_plugins_own_calls_are_answered_to_it() {
        configure(1, "");
        proxy_on_tick(1);
        super::with_host(|host| {
            let (upstream, parts) = &host.calls[0];
            assert_eq!((upstream.as_slice(), parts[1].as_slice()), (&b"own"[..], &b"body"[..]));
            let headers = b"\x03\0\0\0\x07\0\0\0\x03\0\0\0\x05\0\0\0\x01\0\0\0\x0a\0\0\0\x01\0\0\0:method\0GET\0:path\0/\0:authority\0a\0";
            assert_eq!(parts[0], headers);
        });
        proxy_on_http_call_response(1, 1, 0, 0, 0);
        assert_eq!(log(), ["plugin 1 failed: true"]);
    }

    /// Every callback, with ids that nobody knows and in no order, and a host that refuses everything.
    #[test]
    fn any_callback_in_any_order_does_no_harm() {
        for refuses in [0, 1, 2, 6, 10, 12, u32::MAX] {
            super::with_host(|host| host.refuses = refuses);
            for round in 0..3 {
                for id in [0, 1, 2, 3, u32::MAX] {
                    proxy_on_delete(id);
                    proxy_on_grpc_close(id, id, 7);
                    proxy_on_http_call_response(id, id, id, 1 << 20, id);
                    proxy_on_configure(id, 0);
                    proxy_on_response_headers(id, id, 1);
                    proxy_on_request_headers(id, id, 0);
                    proxy_on_context_create(id, round);
                    proxy_on_request_headers(id, id, 0);
                    proxy_on_grpc_receive(id, id, 1 << 20);
                    proxy_on_tick(id);
                    proxy_on_done(id);
                    proxy_on_memory_allocate(round as usize);
                }
            }
        }
    }

    /// A host that calls the plugin from a hostcall finds it busy: nothing of its state changes.
    #[test]
    fn a_callback_within_a_callback_does_nothing() {
        configure(1, "");
        proxy_on_context_create(2, 1);
        proxy_on_context_create(3, 1);
        super::with_host(|host| {
            host.during = Some(|| {
                assert_eq!(proxy_on_request_headers(2, 0, 1), 1);
                assert_eq!(proxy_on_request_headers(3, 0, 1), 1);
                assert_eq!(proxy_on_configure(1, 0), 0);
                assert_eq!(proxy_on_done(2), 1);
                proxy_on_context_create(4, 1);
                proxy_on_delete(2);
                proxy_on_delete(1);
            });
        });
        assert_eq!(proxy_on_request_headers(2, 0, 1), 1);
        super::with_host(|host| assert_eq!(host.calls.len(), 1));
        assert_eq!(log(), ["on_request_headers: status 6"; 2]);
        for stream in [3, 4] {
            assert_eq!(proxy_on_request_headers(stream, 0, 1), 1);
        }
        proxy_on_delete(2);
        proxy_on_delete(1);
        assert_eq!(log(), ["dropped", "deleted, 3 streams"]);
    }
}
