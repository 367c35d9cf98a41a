//! What the filter state of each stream holds at its end, from Envoy's access log.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Error;
use super::process::Process;
use crate::case::{Case, CaseStream};

/// The objects that a case asks for.
pub(crate) fn names(case: &Case) -> Vec<String> {
    let wanted = case.streams().into_iter().flat_map(|stream| stream.expect.filter_state);
    let mut names: Vec<String> = wanted.map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    names
}

/// The lines of the access log, once there is one for each stream.
pub(crate) async fn read(process: &Process, case: &Case) -> Result<Vec<Map<String, Value>>, Error> {
    if names(case).is_empty() {
        return Ok(Vec::new());
    }
    loop {
        let log = std::fs::read_to_string(&process.access_log).unwrap_or_default();
        let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        let lines: Vec<Map<String, Value>> = lines.collect();
        if lines.len() >= case.streams().len() {
            return Ok(lines);
        }
        process.give_up_in_time()?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What the line of a stream says. It is known by its path.
pub(crate) fn claim(
    lines: &mut Vec<Map<String, Value>>,
    stream: &CaseStream,
) -> Vec<(String, Option<String>)> {
    let path = Some(stream.request.path.as_str());
    let found = lines.iter().position(|line| line.get(":path").and_then(Value::as_str) == path);
    let line = found.map(|found| lines.remove(found)).unwrap_or_default();
    let names = stream.expect.filter_state.iter().map(|(name, _)| name.clone());
    let value = |name: &String| line.get(name).and_then(Value::as_str).map(str::to_owned);
    names.map(|name| (name.clone(), value(&name))).collect()
}
