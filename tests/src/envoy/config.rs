//! Envoy's configuration for one case.

use std::collections::BTreeMap;
use std::path::Path;

use super::Cluster;
use crate::case::{Case, CaseRoute, FailurePolicy, Kind, MetadataValue};

/// A listener that answers by itself or has an upstream, with plugins on V8 in front of it, or beside.
#[derive(Clone, Debug)]
pub struct Config<'a> {
    /// The module.
    pub module: &'a Path,
    /// What kind of plugin it is.
    pub kind: Kind,
    /// The VM configuration; none if it is empty.
    pub vm_configuration: &'a str,
    /// Environment variables of the VM.
    pub environment: &'a BTreeMap<String, String>,
    /// What becomes of streams once a callback has trapped.
    pub failure_policy: FailurePolicy,
    /// What each plugin may use; all without a list.
    pub capabilities: Option<&'a [String]>,
    /// The configuration of each plugin, in the order of the chain; none for an empty one. Without
    /// any there is one plugin that has none.
    pub configurations: &'a [String],
    /// The port of the listener on 127.0.0.1; 0 for a free one.
    pub listener_port: u16,
    /// The port of the admin interface on 127.0.0.1; 0 for a free one.
    pub admin_port: u16,
    /// The port of the upstream on 127.0.0.1. Without one, the route answers "hello world\n".
    pub upstream_port: Option<u16>,
    /// Routes that are tried before the one to the upstream.
    pub routes: &'a [CaseRoute],
    /// The upstream speaks HTTP/2.
    pub http2: bool,
    /// Dynamic metadata that a filter in front of the plugins leaves.
    pub metadata: &'a BTreeMap<String, BTreeMap<String, MetadataValue>>,
    /// Objects of the filter state that each stream's end is to tell of, and the file for it.
    pub filter_state: (&'a [String], &'a Path),
    /// Further clusters.
    pub clusters: &'a [Cluster],
}

/// No configuration.
static EMPTY: String = String::new();

impl Config<'_> {
    /// The configuration as YAML, for `envoy -c`.
    pub fn to_yaml(&self) -> String {
        let Self { listener_port, admin_port, .. } = self;
        format!(
            r#"static_resources:
  listeners:
  - name: main
    stat_prefix: main
    address:
      socket_address:
        address: 127.0.0.1
        port_value: {listener_port}
    filter_chains:
    - filters:
{filters}{clusters}{extensions}admin:
  address:
    socket_address:
      address: 127.0.0.1
      port_value: {admin_port}
"#,
            filters = match self.kind {
                Kind::Http | Kind::Background => self.http(),
                Kind::Tcp => self.tcp(),
            },
            extensions = self.extensions(),
            clusters = self.clusters(),
        )
    }

    /// The network filters for TCP: what no plugin routes goes to the first cluster.
    fn tcp(&self) -> String {
        let filter = |plugin: String| {
            format!(
                r#"      - name: envoy.filters.network.wasm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm
{plugin}"#
            )
        };
        let plugins: String = self.plugins(10).map(filter).collect();
        let cluster = self.clusters.first().map_or(Case::CLUSTER, |cluster| &cluster.name);
        format!(
            r#"{plugins}      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: ingress
          cluster: {cluster}
"#,
            cluster = quoted(cluster)
        )
    }

    /// The plugins beside all traffic.
    fn extensions(&self) -> String {
        let extension = |plugin: String| {
            format!(
                r#"- name: envoy.bootstrap.wasm
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.wasm.v3.WasmService
    singleton: true
{plugin}"#
            )
        };
        match self.kind {
            Kind::Http | Kind::Tcp => String::new(),
            Kind::Background => {
                let extensions: String = self.plugins(4).map(extension).collect();
                format!("bootstrap_extensions:\n{extensions}")
            }
        }
    }

    /// Each plugin's `config`, at this indentation.
    pub(super) fn plugins(&self, indent: usize) -> impl Iterator<Item = String> {
        let none = std::slice::from_ref(&EMPTY);
        let configurations =
            if self.configurations.is_empty() { none } else { self.configurations };
        let space = " ".repeat(indent);
        let environment = if self.environment.is_empty() {
            String::new()
        } else {
            let variables = self.environment.iter();
            let variables = variables.map(|(name, value)| (name.clone(), value.as_str().into()));
            let variables = serde_json::Value::Object(variables.collect());
            format!("\n{space}    environment_variables: {{ key_values: {variables} }}")
        };
        let policy = match self.failure_policy {
            FailurePolicy::Closed => String::new(),
            FailurePolicy::Open => format!("\n{space}  failure_policy: FAIL_OPEN"),
            FailurePolicy::Reload => format!("\n{space}  failure_policy: FAIL_RELOAD"),
        };
        let capabilities = self.capabilities.map_or_else(String::new, |capabilities| {
            let allowed: serde_json::Map<String, serde_json::Value> =
                capabilities.iter().map(|name| (name.clone(), serde_json::json!({}))).collect();
            let allowed = serde_json::Value::Object(allowed);
            format!(
                "\n{space}  capability_restriction_config: {{ allowed_capabilities: {allowed} }}"
            )
        });
        configurations.iter().map(move |configuration| {
            format!(
                "{space}config:{configuration}{policy}{capabilities}
{space}  vm_config:
{space}    vm_id: {vm_id}
{space}    runtime: envoy.wasm.runtime.v8{vm_configuration}{environment}
{space}    code:
{space}      local:
{space}        filename: {module}
",
                vm_id = Case::VM_ID,
                configuration = string_value(configuration, indent + 2),
                vm_configuration = string_value(self.vm_configuration, indent + 4),
                module = quoted(&self.module.to_string_lossy()),
            )
        })
    }

    fn clusters(&self) -> String {
        let name = Case::CLUSTER.to_owned();
        let upstream = self.upstream_port.map(|port| Cluster { name, port, http2: self.http2 });
        let clusters: String = upstream.iter().chain(self.clusters).map(Cluster::to_yaml).collect();
        if clusters.is_empty() { clusters } else { format!("  clusters:\n{clusters}") }
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
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
