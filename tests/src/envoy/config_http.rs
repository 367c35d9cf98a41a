//! What Envoy's configuration says of HTTP.

use std::collections::BTreeMap;

use super::config::{Config, quoted};
use crate::case::{Case, CaseRoute, Kind, MetadataValue};

impl Config<'_> {
    /// The network filters for HTTP.
    pub(super) fn http(&self) -> String {
        format!(
            r#"      - name: envoy.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          codec_type: AUTO{access_log}
          route_config:
            name: local_route
            virtual_hosts:
            - name: local_service
              domains: ["*"]
              routes:
{routes}              - match:
                  prefix: "/"
                {route}
          http_filters:
{metadata}{filters}          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"#,
            access_log = self.access_log(),
            routes = self.routes.iter().map(by_header).collect::<String>(),
            route = self.route(),
            metadata = self.metadata(),
            filters = self.http_filters(),
        )
    }

    fn route(&self) -> String {
        match self.upstream_port {
            Some(_) => format!(
                "route:
                  cluster: {}",
                Case::CLUSTER
            ),
            None => direct_response(Case::DIRECT_BODY),
        }
    }

    /// A line for each stream: its path, and objects of its filter state.
    fn access_log(&self) -> String {
        let (names, file) = self.filter_state;
        if names.is_empty() {
            return String::new();
        }
        let mut line = serde_json::Map::new();
        line.insert(":path".to_owned(), "%REQ(:PATH)%".into());
        for name in names {
            line.insert(name.clone(), format!("%FILTER_STATE({name}:PLAIN)%").into());
        }
        format!(
            r#"
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: {file}
              log_format:
                json_format: {line}"#,
            file = quoted(&file.to_string_lossy()),
            line = serde_json::Value::Object(line),
        )
    }

    /// A filter that leaves metadata.
    fn metadata(&self) -> String {
        if self.metadata.is_empty() {
            return String::new();
        }
        let value = |value: &MetadataValue| match value {
            MetadataValue::Text(text) => serde_json::Value::from(text.as_str()),
            MetadataValue::Number(number) => serde_json::Value::from(*number),
            MetadataValue::Bool(yes) => serde_json::Value::from(*yes),
        };
        let namespace = |(name, values): (&String, &BTreeMap<String, MetadataValue>)| {
            let values = values.iter().map(|(key, found)| (key.clone(), value(found)));
            let values: serde_json::Map<String, serde_json::Value> = values.collect();
            format!(
                "              - metadata_namespace: {}
                value: {}
",
                quoted(name),
                serde_json::Value::Object(values)
            )
        };
        let namespaces: String = self.metadata.iter().map(namespace).collect();
        format!(
            r#"          - name: envoy.filters.http.set_metadata
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config
              metadata:
{namespaces}"#
        )
    }

    /// The plugins as HTTP filters.
    fn http_filters(&self) -> String {
        let filter = |plugin: String| {
            format!(
                r#"          - name: envoy.filters.http.wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
{plugin}"#
            )
        };
        match self.kind {
            Kind::Http => self.plugins(14).map(filter).collect(),
            Kind::Background | Kind::Tcp => String::new(),
        }
    }
}

/// A route for requests with a header.
fn by_header(CaseRoute { header: (name, value), body }: &CaseRoute) -> String {
    format!(
        "              - match:
                  prefix: \"/\"
                  headers:
                  - name: {name}
                    string_match:
                      exact: {value}
                {answer}
",
        name = quoted(name),
        value = quoted(value),
        answer = direct_response(body),
    )
}

/// The answer of a route.
fn direct_response(body: &str) -> String {
    format!(
        "direct_response:
                  status: {}
                  body:
                    inline_string: {}",
        Case::DIRECT_STATUS,
        quoted(body)
    )
}
