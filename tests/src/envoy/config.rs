//! Envoy's configuration for one plugin.

use std::path::Path;

use crate::case::Case;

/// A listener that answers by itself or has an upstream, with one plugin on V8 in front.
#[derive(Clone, Debug)]
pub struct Config<'a> {
    /// The module.
    pub module: &'a Path,
    /// The VM configuration; none if it is empty.
    pub vm_configuration: &'a str,
    /// The plugin configuration; none if it is empty.
    pub configuration: &'a str,
    /// The port of the listener on 127.0.0.1; 0 for a free one.
    pub listener_port: u16,
    /// The port of the admin interface on 127.0.0.1; 0 for a free one.
    pub admin_port: u16,
    /// The port of the upstream on 127.0.0.1. Without one, the route answers "hello world\n".
    pub upstream_port: Option<u16>,
}

impl Config<'_> {
    /// The configuration as YAML, for `envoy -c`.
    pub fn to_yaml(&self) -> String {
        let Self { listener_port, admin_port, .. } = self;
        let route = match self.upstream_port {
            Some(_) => "route:
                  cluster: upstream"
                .to_owned(),
            None => format!(
                "direct_response:
                  status: {}
                  body:
                    inline_string: {}",
                Case::DIRECT_STATUS,
                quoted(Case::DIRECT_BODY)
            ),
        };
        let clusters = self.upstream_port.map_or(String::new(), |port| {
            format!(
                "  clusters:
  - name: upstream
    type: STATIC
    load_assignment:
      cluster_name: upstream
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: {port}
"
            )
        });
        format!(
            r#"static_resources:
  listeners:
  - name: main
    address:
      socket_address:
        address: 127.0.0.1
        port_value: {listener_port}
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress_http
          codec_type: AUTO
          route_config:
            name: local_route
            virtual_hosts:
            - name: local_service
              domains: ["*"]
              routes:
              - match:
                  prefix: "/"
                {route}
          http_filters:
          - name: envoy.filters.http.wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:{configuration}
                vm_config:
                  vm_id: {vm_id}
                  runtime: envoy.wasm.runtime.v8{vm_configuration}
                  code:
                    local:
                      filename: {module}
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
{clusters}admin:
  address:
    socket_address:
      address: 127.0.0.1
      port_value: {admin_port}
"#,
            vm_id = Case::VM_ID,
            configuration = string_value(self.configuration, 16),
            vm_configuration = string_value(self.vm_configuration, 18),
            module = quoted(&self.module.to_string_lossy()),
        )
    }
}

/// A `configuration` at this indentation, or nothing.
fn string_value(value: &str, indent: usize) -> String {
    if value.is_empty() {
        return String::new();
    }
    let (value, space) = (quoted(value), " ".repeat(indent));
    format!(
        "
{space}configuration:
{space}  \"@type\": type.googleapis.com/google.protobuf.StringValue
{space}  value: {value}"
    )
}

/// A YAML string: JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
