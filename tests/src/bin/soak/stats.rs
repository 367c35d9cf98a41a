//! Envoy's own numbers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::h1::{Http1, Written};
use crate::scenario::Scenario;

/// Counters and gauges, by name.
pub(crate) struct Stats(BTreeMap<String, u64>);

impl Stats {
    pub(crate) async fn of(admin: &str) -> Result<Self, String> {
        let text = get(admin, "/stats?usedonly").await?;
        let stat = |line: &str| {
            let (name, value) = line.rsplit_once(": ")?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Ok(Self(text.lines().filter_map(stat).collect()))
    }

    /// 0 for one that was never changed.
    pub(crate) fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Those whose names begin so, without that.
    pub(crate) fn of_prefix<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a str, u64)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, *value)))
    }
}

/// The addresses of all listeners, by name.
pub(crate) async fn addresses(admin: &str) -> Result<BTreeMap<String, String>, String> {
    let text = get(admin, "/listeners?format=json").await?;
    let listeners: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let address = |listener: &Value| {
        let socket = &listener["local_address"]["socket_address"];
        let port = socket["port_value"].as_u64().filter(|port| *port != 0)?;
        Some((listener["name"].as_str()?.to_owned(), format!("127.0.0.1:{port}")))
    };
    let statuses = listeners["listener_statuses"].as_array();
    Ok(statuses.into_iter().flatten().filter_map(address).collect())
}

async fn get(admin: &str, path: &'static str) -> Result<String, String> {
    let said = |error: std::io::Error| format!("Envoy's admin interface {admin}{path}: {error}");
    let scenario = Scenario::new("admin", "GET", path);
    let mut http = Http1::connect(admin).await.map_err(said)?;
    http.send(&Written::of(&scenario, 0).head).await.map_err(said)?;
    let answer = http.answer(&scenario).await.map_err(said)?;
    let answer = answer.filter(|answer| answer.status == 200 && answer.whole);
    let answer = answer.ok_or_else(|| format!("Envoy's admin interface has no {path}"))?;
    Ok(String::from_utf8_lossy(&answer.body).into_owned())
}
