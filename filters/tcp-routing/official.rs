//! `tcp-routing` on the official crate.

use std::net::{IpAddr, SocketAddr};

use log::{info, warn};
use prost::{Enumeration, Message};
use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(TcpRoutingRoot) });
}}

/// What Envoy's `set_envoy_filter_state` takes.
#[derive(Clone, PartialEq, Message)]
struct SetEnvoyFilterStateArguments {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(string, tag = "2")]
    value: String,
    #[prost(enumeration = "LifeSpan", tag = "3")]
    span: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
enum LifeSpan {
    FilterChain = 0,
    DownstreamRequest = 1,
    DownstreamConnection = 2,
}

struct TcpRoutingRoot;

impl Context for TcpRoutingRoot {}

impl RootContext for TcpRoutingRoot {
    fn on_configure(&mut self, _: usize) -> bool {
        let config_bytes = self.get_plugin_configuration().unwrap_or_default();
        info!("Configuration: {}", String::from_utf8_lossy(&config_bytes));
        true
    }

    fn create_stream_context(&self, _: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(TcpRoutingStream))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::StreamContext)
    }
}

struct TcpRoutingStream;

impl Context for TcpRoutingStream {}

impl StreamContext for TcpRoutingStream {
    fn on_new_connection(&mut self) -> Action {
        let Some(source_addr_bytes) = self.get_property(vec!["source", "address"]) else {
            warn!("no source address");
            return Action::Continue;
        };

        let source_addr = String::from_utf8_lossy(&source_addr_bytes);
        let Some(last_byte) = extract_last_ip_byte(&source_addr) else {
            warn!("cannot parse source address: {source_addr}");
            return Action::Continue;
        };

        let cluster = select_cluster(last_byte);
        let args = SetEnvoyFilterStateArguments {
            path: "envoy.tcp_proxy.cluster".to_string(),
            value: cluster.to_string(),
            span: LifeSpan::FilterChain as i32,
        };

        let buf = args.encode_to_vec();
        if self.call_foreign_function("set_envoy_filter_state", Some(&buf)).is_err() {
            warn!("cannot set filter state");
            return Action::Continue;
        }

        info!("Routed source {source_addr} to {cluster}");
        Action::Continue
    }
}

fn select_cluster(last_byte: u8) -> &'static str {
    if last_byte.is_multiple_of(2) { "egress-router1" } else { "egress-router2" }
}

/// With a port or without.
fn extract_last_ip_byte(addr: &str) -> Option<u8> {
    let ip = if let Ok(socket_addr) = addr.parse::<SocketAddr>() {
        socket_addr.ip()
    } else {
        addr.parse::<IpAddr>().ok()?
    };

    Some(match ip {
        IpAddr::V4(ipv4) => ipv4.octets()[3],
        IpAddr::V6(ipv6) => ipv6.octets()[15],
    })
}
