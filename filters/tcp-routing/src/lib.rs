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
            if let Ok(configuration) = plugin.configuration() {
                info!("Configuration: ", configuration);
            }
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
            let Some(arguments) = route(address) else {
                warn!("cannot parse source address: ", address);
                return Action::Continue;
            };
            let set = stream.call_foreign_function("set_envoy_filter_state", arguments);
            match (set, arguments.last_chunk::<NAME>()) {
                (Ok(_), Some(cluster)) => info!("Routed source ", address, " to ", cluster),
                _ => warn!("cannot set filter state"),
            }
            Action::Continue
        }
    }

    /// The `SetEnvoyFilterStateArguments { path, value }` that choose a cluster for the filter chain of this
    /// connection.
    type Route = [u8; 41];
    const EVEN: &Route = proto::message! { 1: "envoy.tcp_proxy.cluster", 2: "egress-router1" };
    const ODD: &Route = proto::message! { 1: "envoy.tcp_proxy.cluster", 2: "egress-router2" };
    /// How many of their bytes are the cluster's name, with which they end.
    const NAME: usize = 14;

    /// The route of an IP address, `1.2.3.4:80` or `[1:2::3%4]:80`, with a port or without: by its last byte.
    /// The host writes them as they should be; other addresses, as paths and names, do not look like these.
    fn route(address: &[u8]) -> Option<&'static Route> {
        let end = if address.starts_with(b"[") { ']' } else { ':' };
        let (mut dots, mut last) = (0, '\0');
        for letter in address.iter().copied().map(char::from) {
            if !letter.is_ascii_digit() {
                if letter == end || letter == '%' {
                    break;
                }
                // Anything but dots is too much.
                dots += if letter == '.' { 1 } else { 4 };
            }
            last = letter;
        }
        // Of odd digits bit 0 is set; of letters bit 6 as well, and `a` is 10.
        let last = u32::from(last);
        (end == ']' || dots == 3).then_some(if (last ^ last >> 6) & 1 == 1 { ODD } else { EVEN })
    }
}
