//! Properties.

use super::super::abi::Status;
use super::super::context::FilterState;
use super::{Call, Outcome, not_offered};

pub(super) fn set_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (path, value) = (call.read(path, path_size)?, call.read(value, value_size)?);
    let info = call.host().info().ok_or(Status::NotFound)?;
    let path = [b"wasm.", &path[..]].concat();
    info.borrow_mut().filter_state.insert(path, FilterState { value });
    Ok(())
}

pub(super) fn get_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    /// What Envoy knows and this runner does not.
    const ENVOYS: [&str; 20] = [
        "metadata",
        "request",
        "response",
        "connection",
        "upstream",
        "node",
        "source",
        "destination",
        "listener_direction",
        "listener_metadata",
        "cluster_name",
        "cluster_metadata",
        "route_name",
        "route_metadata",
        "upstream_host_metadata",
        "connection_id",
        "filter_state",
        "upstream_filter_state",
        "xds",
        "upstream_cluster_name",
    ];
    let path = call.read(path, path_size)?;
    // A trailing NUL ends the last segment; it does not begin another.
    let mut segments = path.strip_suffix(b"\0").unwrap_or(&path).split(|byte| *byte == 0);
    let first = segments.next().unwrap_or_default();
    if path.is_empty() {
        return Err(Status::SerializationFailure.into());
    }
    let host = call.host();
    let vm_id = host.setup.vm_id.clone();
    let setup = host.context().map(|context| context.setup.clone()).unwrap_or_default();
    let value = match first {
        b"source" if segments.next() == Some(b"address") => {
            let info = host.info().ok_or(Status::NotFound)?;
            info.borrow().source.clone().into_bytes()
        }
        b"plugin_name" => setup.plugin_name.clone().into_bytes(),
        b"plugin_root_id" => setup.root_id.clone().into_bytes(),
        b"plugin_vm_id" => vm_id.into_bytes(),
        first if ENVOYS.iter().any(|name| name.as_bytes() == first) => {
            let path = String::from_utf8_lossy(&path).replace('\0', ".");
            return not_offered(format!("the property {path}"));
        }
        first => {
            let path = [b"wasm.", first].concat();
            let info = host.info().ok_or(Status::NotFound)?;
            let own = info.borrow().filter_state.get(&path).map(|state| state.value.clone());
            own.ok_or(Status::NotFound)?
        }
    };
    // A string has no fields.
    if segments.next().is_some() {
        return Err(Status::NotFound.into());
    }
    call.give(&value, data_out, size_out)
}
