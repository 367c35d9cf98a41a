//! Envoy's configuration: one listener, the same filter many times, and an answer of Envoy's own or an
//! upstream.

use std::path::PathBuf;

use serde_json::{Value, json};

const EXTENSIONS: &str = "type.googleapis.com/envoy.extensions";

/// What a contender puts into the chain.
#[derive(Clone)]
pub(crate) enum Filter {
    /// Nothing: what the others are compared with.
    None,
    /// A plugin.
    Module(PathBuf),
    /// A script.
    Lua(&'static str),
    /// One of Envoy's own: its name, and its configuration.
    Native(&'static str, Value),
}

impl Filter {
    /// As an HTTP filter; a plugin in the VM of this id.
    fn to_json(&self, vm_id: &str) -> Option<Value> {
        let (name, config) = match self {
            Self::None => return None,
            Self::Module(path) => (
                "envoy.filters.http.wasm",
                json!({
                    "@type": format!("{EXTENSIONS}.filters.http.wasm.v3.Wasm"),
                    "config": { "vm_config": {
                        "vm_id": vm_id,
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": { "local": { "filename": path } },
                    } },
                }),
            ),
            Self::Lua(code) => (
                "envoy.filters.http.lua",
                json!({
                    "@type": format!("{EXTENSIONS}.filters.http.lua.v3.Lua"),
                    "default_source_code": { "inline_string": code },
                }),
            ),
            Self::Native(name, config) => (*name, config.clone()),
        };
        Some(json!({ "name": name, "typed_config": config }))
    }
}

/// Who answers.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    /// Envoy, with this body.
    Directly(&'static str),
    /// The upstream.
    Upstream,
}

/// A filter so many times in the chain, in one VM or in one each; JSON, which is YAML as well. The upstream's
/// port is that of the cluster `httpbin`, too.
pub(crate) fn config(
    filter: &Filter,
    times: usize,
    vms: bool,
    answers: Answers,
    upstream: u16,
) -> String {
    let mut filters: Vec<Value> = (0..times)
        .filter_map(|n| filter.to_json(&if vms { format!("vm-{n}") } else { "vm".to_owned() }))
        .collect();
    filters.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": format!("{EXTENSIONS}.filters.http.router.v3.Router") },
    }));
    let mut route = json!({ "match": { "prefix": "/" } });
    match answers {
        Answers::Directly(body) => {
            route["direct_response"] = json!({ "status": 200, "body": { "inline_string": body } });
        }
        Answers::Upstream => route["route"] = json!({ "cluster": "httpbin" }),
    }
    let manager = json!({
        "@type": format!(
            "{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager"
        ),
        "stat_prefix": "bench",
        "route_config": { "virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "routes": [route],
        }] },
        "http_filters": filters,
    });
    let address = json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } });
    let endpoint = json!({ "socket_address": { "address": "127.0.0.1", "port_value": upstream } });
    let cluster = json!({
        "name": "httpbin",
        "type": "STATIC",
        "load_assignment": { "cluster_name": "httpbin", "endpoints": [{
            "lb_endpoints": [{ "endpoint": { "address": endpoint } }],
        }] },
    });
    json!({
        "static_resources": { "clusters": [cluster], "listeners": [{
            "name": "main",
            "address": address,
            // For bodies of a megabyte.
            "per_connection_buffer_limit_bytes": 8 << 20,
            "filter_chains": [{ "filters": [{
                "name": "envoy.http_connection_manager",
                "typed_config": manager,
            }] }],
        }] },
        "admin": { "address": address },
    })
    .to_string()
}
