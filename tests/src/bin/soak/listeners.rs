//! The listeners: each chain once in VMs that stay, and once in VMs that are made anew.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::plugins::{self, Plugin};

const EXTENSIONS: &str = "type.googleapis.com/envoy.extensions";
const STRING: &str = "type.googleapis.com/google.protobuf.StringValue";

/// As much as most callbacks see of a body at once, so that guests soon have all the memory that they need.
pub(crate) const BUFFER: u32 = 32 << 10;

/// Where the module of each filter is.
pub(crate) type Modules = BTreeMap<String, PathBuf>;

/// Plugins, and what follows them.
pub(crate) struct Chain {
    pub(crate) name: &'static str,
    pub(crate) plugins: &'static [Plugin],
    /// How many bytes of a body Envoy holds back.
    buffer: u32,
    end: End,
}

enum End {
    /// Envoy's router, which sends requests to this cluster.
    Http(&'static str),
    /// Envoy's TCP proxy, for whatever no plugin has routed.
    Tcp,
}

pub(crate) static CHAINS: [Chain; 6] = [
    Chain { name: "web", plugins: plugins::WEB, buffer: BUFFER, end: End::Http("upstream") },
    Chain { name: "pages", plugins: plugins::PAGES, buffer: 1 << 20, end: End::Http("upstream") },
    Chain { name: "auth", plugins: plugins::AUTH, buffer: BUFFER, end: End::Http("upstream") },
    Chain { name: "limits", plugins: plugins::LIMITS, buffer: BUFFER, end: End::Http("upstream") },
    Chain { name: "grpc", plugins: plugins::GRPC, buffer: BUFFER, end: End::Http("upstream2") },
    Chain { name: "tcp", plugins: plugins::TCP, buffer: BUFFER, end: End::Tcp },
];

/// What becomes of a listener's VMs when the listener is replaced.
#[derive(Clone, Copy)]
pub(crate) enum Vms {
    /// They stay, with the plugins whose configuration stays: whatever a request leaves there adds up.
    Kept,
    /// There are new ones, and with them new plugins, each with another configuration.
    Anew,
}

/// A chain in one of the two ways.
#[derive(Clone, Copy)]
pub(crate) struct Listener {
    pub(crate) chain: &'static Chain,
    vms: Vms,
}

impl Listener {
    pub(crate) fn all() -> Vec<Self> {
        let both = |chain| [Vms::Kept, Vms::Anew].map(|vms| Self { chain, vms });
        CHAINS.iter().flat_map(both).collect()
    }

    pub(crate) fn name(&self) -> String {
        let vms = match self.vms {
            Vms::Kept => "kept",
            Vms::Anew => "anew",
        };
        format!("{}-{vms}", self.chain.name)
    }

    pub(crate) fn is_tcp(&self) -> bool {
        matches!(self.chain.end, End::Tcp)
    }

    /// Envoy's configuration of the listener that is the one of this number.
    pub(crate) fn to_json(self, modules: &Modules, number: u32) -> Value {
        let name = self.name();
        let plugins = self.chain.plugins.iter().enumerate().map(|(place, plugin)| {
            let kind = if self.is_tcp() { "network" } else { "http" };
            json!({
                "name": format!("{}-{place}", plugin.filter),
                "typed_config": {
                    "@type": format!("{EXTENSIONS}.filters.{kind}.wasm.v3.Wasm"),
                    "config": self.plugin(plugin, place, modules, number),
                },
            })
        });
        let mut filters: Vec<Value> = plugins.collect();
        match self.chain.end {
            End::Tcp => filters.push(json!({
                "name": "envoy.filters.network.tcp_proxy",
                "typed_config": {
                    "@type": format!("{EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy"),
                    "stat_prefix": name,
                    "cluster": "nobody",
                },
            })),
            End::Http(cluster) => filters = vec![manager(&name, filters, cluster, number)],
        }
        json!({
            "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
            "name": name,
            "stat_prefix": name,
            "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
            // There are few connections: both workers are to have some.
            "connection_balance_config": { "exact_balance": {} },
            "per_connection_buffer_limit_bytes": self.chain.buffer,
            "filter_chains": [{ "filters": filters }],
        })
    }

    fn plugin(&self, plugin: &Plugin, place: usize, modules: &Modules, number: u32) -> Value {
        let (vm, configured) = match self.vms {
            Vms::Kept => (0, if plugin.reconfigured { number } else { 0 }),
            Vms::Anew => (number, number),
        };
        let mut config = json!({
            "name": plugin.filter,
            "vm_config": {
                "vm_id": format!("{}-{place}-{vm}", self.name()),
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": modules.get(plugin.filter) } },
            },
        });
        if let Some(text) = plugin.configuration(configured) {
            config["configuration"] = json!({ "@type": STRING, "value": text });
        }
        config
    }
}

/// Envoy's filter for HTTP, with filters for requests and the router.
fn manager(name: &str, mut filters: Vec<Value>, cluster: &str, number: u32) -> Value {
    // What `filter-metadata` reads.
    filters.insert(
        0,
        json!({
            "name": "envoy.filters.http.header_to_metadata",
            "typed_config": {
                "@type": format!("{EXTENSIONS}.filters.http.header_to_metadata.v3.Config"),
                "request_rules": [{ "header": "x-metadata", "on_header_present": {
                    "metadata_namespace": "envoy.filters.http.lua",
                    "key": "uppercased-custom-metadata",
                } }],
            },
        }),
    );
    filters.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": format!("{EXTENSIONS}.filters.http.router.v3.Router") },
    }));
    json!({
        "name": "envoy.http_connection_manager",
        "typed_config": {
            "@type": format!(
                "{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager"
            ),
            "stat_prefix": name,
            "route_config": {
                // So that it is another listener, if nothing else in it is.
                "response_headers_to_add": [{ "header": {
                    "key": "x-number", "value": number.to_string(),
                } }],
                "virtual_hosts": [{
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{
                        "match": { "prefix": "/" },
                        "route": { "cluster": cluster, "timeout": "0s" },
                    }],
                }],
            },
            "http_filters": filters,
        },
    })
}
