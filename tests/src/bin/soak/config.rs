//! Envoy's configuration: what it starts with, and the file that tells it of listeners.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::listeners::{BUFFER, Listener, Modules};

/// The file of listeners, which Envoy watches.
pub(crate) struct ListenersFile {
    path: PathBuf,
    modules: Modules,
}

impl ListenersFile {
    pub(crate) fn new(folder: &Path, modules: Modules) -> Self {
        Self { path: folder.join("listeners.json"), modules }
    }

    /// Puts all listeners into the file, at once: each is the one of this number.
    pub(crate) fn write(&self, number: u32) -> io::Result<()> {
        let listener = |listener: Listener| listener.to_json(&self.modules, number);
        let listeners: Vec<Value> = Listener::all().into_iter().map(listener).collect();
        let response = json!({ "version_info": number.to_string(), "resources": listeners });
        let part = self.path.with_extension("part");
        fs::write(&part, response.to_string())?;
        fs::rename(part, &self.path)
    }

    /// What Envoy starts with; JSON, which is YAML as well.
    pub(crate) fn bootstrap(&self, clusters: &[(&str, u16, bool)]) -> String {
        let clusters: Vec<Value> = clusters.iter().map(cluster).collect();
        json!({
            "node": { "id": "soak", "cluster": "soak" },
            "static_resources": { "clusters": clusters },
            "dynamic_resources": { "lds_config": {
                "path_config_source": { "path": self.path },
                "resource_api_version": "V3",
            } },
            "admin": { "address": address(0) },
            // Without a limit there is a warning.
            "overload_manager": { "resource_monitors": [{
                "name": "envoy.resource_monitors.global_downstream_max_connections",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                    "max_active_downstream_connections": 10_000,
                },
            }] },
        })
        .to_string()
    }
}

fn address(port: u16) -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } })
}

fn cluster(&(name, port, http2): &(&str, u16, bool)) -> Value {
    let mut cluster = json!({
        "name": name,
        "type": "STATIC",
        "per_connection_buffer_limit_bytes": BUFFER,
        "load_assignment": { "cluster_name": name, "endpoints": [{
            "lb_endpoints": [{ "endpoint": { "address": address(port) } }],
        }] },
    });
    if http2 {
        const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        cluster["typed_extension_protocol_options"] = json!({ OPTIONS: {
            "@type": format!("type.googleapis.com/{OPTIONS}"),
            "explicit_http_config": { "http2_protocol_options": {} },
        } });
    }
    cluster
}
