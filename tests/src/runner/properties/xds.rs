//! `xds`: what Envoy's configuration says.

use super::super::abi::Status;

use super::super::host::Host;
use super::Found;
use super::value::Value;

pub(super) fn find(host: &mut Host, name: &[u8]) -> Found {
    // It has neither id nor cluster.
    if name == b"node" {
        let fields = ["id", "cluster"].map(|name| (name.into(), Value::text("")));
        return Ok(Value::Map(fields.to_vec()));
    }
    let info = host.info().ok_or(Status::NotFound)?;
    let info = info.borrow();
    let routed = || info.http.then(|| Value::text(""));
    let metadata = || Value::Metadata(Default::default());
    let value = match name {
        b"cluster_name" => info.cluster.clone().map(Value::text),
        b"cluster_metadata" => info.cluster.as_ref().map(|_| metadata()),
        b"route_name" => routed(),
        b"route_metadata" | b"virtual_host_metadata" => routed().map(|_| metadata()),
        b"virtual_host_name" => routed().map(|_| Value::text("local_service")),
        b"upstream_host_metadata" | b"upstream_host_locality_metadata" => {
            info.upstream.as_ref().map(|_| Value::Null)
        }
        b"filter_chain_name" => Some(Value::text("")),
        b"listener_metadata" => Some(metadata()),
        b"listener_direction" => Some(Value::number(0)),
        _ => None,
    };
    Ok(value.ok_or(Status::NotFound)?)
}
