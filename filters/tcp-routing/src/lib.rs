//! Routes a connection to one of two clusters, by the last byte of its source address.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod tcp_routing {
    use whit::prelude::*;
    use whit::{info, proto, warn};

    struct TcpRouting;

    impl Plugin for TcpRouting {
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> bool {
            info!("Configuration: ", plugin.configuration().unwrap_or_default());
            true
        }
    }

    struct Connection;

    impl StreamFilter for Connection {
        fn on_new_connection(&mut self, stream: &Stream<'_>) -> Action {
            let Ok(Some(address)) = stream.property(property::SOURCE_ADDRESS) else {
                warn!("no source address");
                return Action::Continue;
            };
            let (cluster, arguments) = match last_digit(address) {
                Some(digit) if digit % 2 == 0 => EVEN,
                Some(_) => ODD,
                None => {
                    warn!("cannot parse source address: ", address);
                    return Action::Continue;
                }
            };
            let set = stream.call_foreign_function("set_envoy_filter_state", arguments);
            match set {
                Ok(_) => info!("Routed source ", address, " to ", cluster),
                Err(_) => warn!("cannot set filter state"),
            }
            Action::Continue
        }
    }

    /// A cluster, and the `SetEnvoyFilterStateArguments { path, value }` that choose it, for the
    /// filter chain of this connection.
    type Route = (&'static str, &'static [u8]);
    const EVEN: Route =
        ("egress-router1", proto::message! { 1: "envoy.tcp_proxy.cluster", 2: "egress-router1" });
    const ODD: Route =
        ("egress-router2", proto::message! { 1: "envoy.tcp_proxy.cluster", 2: "egress-router2" });

    /// The last digit of an IP address, which is as even as its last byte: a decimal one of `1.2.3.4:80`
    /// or `1.2.3.4`, a hexadecimal one of `[1:2::3]:80` or `1:2::3`.
    fn last_digit(address: &[u8]) -> Option<u8> {
        let (mut groups, mut dots, mut last) = (0_u32, 0_u32, 0);
        for byte in address.strip_prefix(b"[").unwrap_or(address) {
            match *byte {
                b']' => break,
                // A port, which is no part of a v4 address.
                b':' if dots != 0 => break,
                b':' => (groups, last) = (groups + 1, 0),
                b'.' => dots += 1,
                digit @ b'0'..=b'9' => last = digit,
                digit @ b'a'..=b'f' => last = digit + 1,
                _ => return None,
            }
        }
        (groups + dots >= 2).then_some(last)
    }
}
