//! Reads every property that the SDK names, with its type, and says which are there and which cannot be
//! read; then the metadata and the filter state of the stream.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod properties {
    use whit::info;
    use whit::prelude::*;

    struct Properties;

    macro_rules! read {
        ($http:ident: $($name:ident)*) => {$(
            match $http.property(property::$name) {
                Ok(Some(_)) => info!("there: ", stringify!($name)),
                Ok(None) => {}
                Err(status) => info!("wrong: ", stringify!($name), " ", status),
            }
        )*};
    }

    impl HttpFilter for Properties {
        // Later, Envoy has no request headers any more.
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            read! { http:
                REQUEST_PATH REQUEST_URL_PATH REQUEST_QUERY REQUEST_HOST REQUEST_SCHEME REQUEST_METHOD
                REQUEST_ID REQUEST_REFERER REQUEST_USERAGENT REQUEST_TIME
            }
            Action::Continue
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            read! { http:
                PLUGIN_NAME PLUGIN_ROOT_ID PLUGIN_VM_ID CLUSTER_NAME ROUTE_NAME VIRTUAL_HOST_NAME FILTER_CHAIN_NAME LISTENER_DIRECTION NODE_ID NODE_CLUSTER REQUEST_PATH REQUEST_URL_PATH REQUEST_QUERY REQUEST_HOST REQUEST_SCHEME REQUEST_METHOD REQUEST_ID REQUEST_REFERER REQUEST_USERAGENT REQUEST_PROTOCOL REQUEST_TIME REQUEST_DURATION REQUEST_SIZE REQUEST_TOTAL_SIZE REQUEST_HEADERS RESPONSE_CODE RESPONSE_CODE_DETAILS RESPONSE_FLAGS RESPONSE_GRPC_STATUS RESPONSE_SIZE RESPONSE_TOTAL_SIZE RESPONSE_HEADERS RESPONSE_TRAILERS SOURCE_ADDRESS SOURCE_PORT DESTINATION_ADDRESS DESTINATION_PORT CONNECTION_ID CONNECTION_MTLS CONNECTION_REQUESTED_SERVER_NAME CONNECTION_TLS_VERSION CONNECTION_SUBJECT_LOCAL_CERTIFICATE CONNECTION_SUBJECT_PEER_CERTIFICATE CONNECTION_DNS_SAN_LOCAL_CERTIFICATE CONNECTION_DNS_SAN_PEER_CERTIFICATE CONNECTION_URI_SAN_LOCAL_CERTIFICATE CONNECTION_URI_SAN_PEER_CERTIFICATE CONNECTION_SHA256_PEER_CERTIFICATE_DIGEST UPSTREAM_ADDRESS UPSTREAM_PORT UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_PORT UPSTREAM_TLS_VERSION UPSTREAM_SUBJECT_LOCAL_CERTIFICATE UPSTREAM_SUBJECT_PEER_CERTIFICATE UPSTREAM_DNS_SAN_LOCAL_CERTIFICATE UPSTREAM_DNS_SAN_PEER_CERTIFICATE UPSTREAM_URI_SAN_LOCAL_CERTIFICATE UPSTREAM_URI_SAN_PEER_CERTIFICATE UPSTREAM_SHA256_PEER_CERTIFICATE_DIGEST UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_TRANSPORT_FAILURE_REASON
            }
            let _ = http.set_property(property!("mine"), b"set");
            let mine = http.property(property!("wasm.mine")).ok().flatten();
            let state = http.property(property!("filter_state", "wasm.mine")).ok().flatten();
            info!("mine: ", mine.unwrap_or(b"none"), ", ", state.unwrap_or(b"none"));
            let (tier, level, beta) = (
                property!("metadata", "filter_metadata", "example", "tier"),
                property!("metadata", "filter_metadata", "example", "level").of::<f64>(),
                property!("metadata", "filter_metadata", "example", "beta").of::<bool>(),
            );
            info!(
                "metadata: ",
                http.property(tier).ok().flatten(),
                " ",
                http.property(level).is_ok_and(|level| level == Some(3.0)),
                " ",
                http.property(beta).ok().flatten(),
            );
            let names = property!("metadata", "filter_metadata", "example").of::<whit::Pairs<'_>>();
            for (name, _) in http.property(names).ok().flatten().into_iter().flatten() {
                info!("key: ", name);
            }
            if let Ok(Some(size)) = http.property(property::REQUEST_SIZE) {
                info!(
                    "size: ",
                    size,
                    " code: ",
                    http.property(property::RESPONSE_CODE).ok().flatten()
                );
            }
            Action::Continue
        }
    }
}
