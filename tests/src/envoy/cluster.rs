//! What Envoy's configuration says of clusters.

use super::config::quoted;

/// A cluster of one server on 127.0.0.1.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// The server's port.
    pub port: u16,
    /// It speaks HTTP/2, as gRPC does.
    pub http2: bool,
}

impl Cluster {
    pub(super) fn to_yaml(&self) -> String {
        let (name, port) = (quoted(&self.name), self.port);
        let protocol = if self.http2 {
            r#"    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config:
          http2_protocol_options: {}
"#
        } else {
            ""
        };
        format!(
            "  - name: {name}
    type: STATIC
{protocol}    load_assignment:
      cluster_name: {name}
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: {port}
"
        )
    }
}
