//! A plugin on the host, against the double of the host's functions.
#![forbid(unsafe_code)]

use whit::__::double::{buffer, map, set_buffer, set_map, take_log, take_reply};

const REQUEST_HEADERS: u32 = 0;
const RESPONSE_HEADERS: u32 = 2;

#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Copy;

    /// Not what the attribute looks for.
    #[allow(dead_code)]
    struct Wrap<F: HttpFilter>(F);

    impl<F: HttpFilter> Wrap<F> {
        #[allow(dead_code)]
        const NAME: &str = "wrap";
    }

    impl HttpFilter for Copy {
        fn on_request_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> Action {
            let headers = http.request_headers();
            assert_eq!(headers.get("x-missing"), Ok(None));
            assert_eq!(headers.get("a\nb"), Err(Status::BAD_ARGUMENT));
            assert_eq!(http.response_headers().get("a"), Err(Status::BAD_ARGUMENT));

            let path = headers.get(field!(":path")).ok().flatten().unwrap_or_default();
            let first = headers.get(b"a".as_slice()).ok().flatten().unwrap_or_default();
            assert_eq!(headers.add(field!("x-path"), path), Ok(()));
            assert_eq!(headers.add("X-First", first), Ok(()));
            assert_eq!(headers.add("x-split", "a\r\nb: c"), Err(Status::BAD_ARGUMENT));
            if end_of_stream { Action::Continue } else { Action::Pause }
        }

        fn on_request_body(&mut self, http: &Http<'_>, size: usize, end_of_stream: bool) -> Action {
            let body = http.request_body();
            assert_eq!(body.bytes().map(<[u8]>::len), Ok(size));
            assert_eq!(body.get(1, 2), Ok(&b"od"[..]));
            assert_eq!(body.get(9, 1), Ok(&b""[..]));
            assert_eq!(http.response_body().bytes(), Err(Status::NOT_FOUND));
            if !end_of_stream {
                return Action::Pause;
            }
            assert_eq!(body.replace(b"new"), Ok(()));
            assert_eq!(body.append(b" body"), Ok(()));
            assert_eq!(body.prepend(b"a "), Ok(()));
            Action::Continue
        }

        fn on_log(&mut self, http: &Http<'_>) {
            let pairs = http.request_headers().pairs().expect("a map");
            for (name, value) in pairs {
                whit::info!("#", http.context_id(), " ", name, "=", value);
            }
            let headers = http.response_headers();
            assert_eq!(headers.replace("A", "3"), Ok(()));
            assert_eq!(headers.remove(field!("b")), Ok(()));
            assert_eq!(headers.remove("b\0"), Err(Status::BAD_ARGUMENT));
            let action = http.respond(403, fields! { "x-why": "closed" }, b"Closed.");
            assert_eq!(action, Ok(Action::Pause));
        }

        #[cfg_attr(all(), cfg(false))]
        fn r#on_response_headers(&mut self, _: &Http<'_>, _: bool) -> Action {
            Action::Pause
        }
    }

    #[test]
    fn a_callback_reads_and_adds() {
        super::set_map(super::REQUEST_HEADERS, &[(":path", "/a"), ("A", "1"), ("a", "2")]);
        assert_eq!(proxy_on_request_headers(2, 3, 1), 0);
        assert_eq!(proxy_on_request_headers(2, 3, 0), 1);
        let added = super::map(super::REQUEST_HEADERS).expect("the map").split_off(3);
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let once = [pair("x-path", "/a"), pair("x-first", "1")];
        assert_eq!(added, [once.clone(), once].concat());
        assert_eq!(super::map(super::RESPONSE_HEADERS), None);
    }

    #[test]
    fn a_callback_reads_and_changes_a_body() {
        super::set_buffer(0, b"body");
        assert_eq!(proxy_on_request_body(2, 4, 0), 1);
        assert_eq!(proxy_on_request_body(2, 4, 1), 0);
        assert_eq!(super::buffer(0).as_deref(), Some(&b"a new body"[..]));
    }

    #[test]
    fn a_callback_walks_replaces_removes_logs_and_answers() {
        super::set_map(super::REQUEST_HEADERS, &[(":path", "/a"), ("b", ""), ("b", "2")]);
        super::set_map(super::RESPONSE_HEADERS, &[("a", "1"), ("b", "2"), ("a", "2")]);
        proxy_on_log(17);
        let lines = super::take_log()
            .into_iter()
            .map(|(_, line)| String::from_utf8_lossy(&line).into_owned());
        assert_eq!(lines.collect::<Vec<_>>(), ["#17 :path=/a", "#17 b=", "#17 b=2"]);
        let headers = super::map(super::RESPONSE_HEADERS).expect("the map");
        assert_eq!(headers, [(b"a".to_vec(), b"3".to_vec())]);
        let (status, headers, body) = super::take_reply().expect("a reply");
        assert_eq!((status, body.as_slice()), (403, &b"Closed."[..]));
        assert_eq!(headers, b"\x01\0\0\0\x05\0\0\0\x06\0\0\0x-why\0closed\0");
    }

    /// What `#[cfg]` takes away is not exported: its name is free.
    #[test]
    fn cfg_holds_for_the_export() {
        #[allow(dead_code)]
        fn proxy_on_response_headers() {}
        proxy_abi_version_0_2_1();
        assert!(proxy_on_memory_allocate(1).is_null());
    }
}
