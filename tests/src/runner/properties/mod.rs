//! Properties, with Envoy's names, values and encodings.

mod request;
mod stream;
mod value;
mod xds;

use super::abi::Status;
use super::host::Host;
use super::known;
use super::trap::{Fail, Stopped};
use value::Value;

type Found = Result<Value, Fail>;

/// What a property path names, as the guest gets it.
pub(crate) fn find(host: &mut Host, path: &[u8]) -> Result<Vec<u8>, Fail> {
    if let Some(tester) = host.http().and_then(|http| http.tester.as_ref()) {
        return Ok(tester.property(path).ok_or(Status::NotFound)?);
    }
    // A trailing NUL ends the last segment; it does not begin another.
    let mut segments = path.strip_suffix(b"\0").unwrap_or(path).split(|byte| *byte == 0);
    if path.is_empty() {
        return Err(Status::SerializationFailure.into());
    }
    let first = segments.next().unwrap_or_default();
    let mut value = match first {
        b"xds" => match segments.next() {
            // Nothing of these can be had as a whole.
            None => Value::Null,
            Some(name) => xds::find(host, name)?,
        },
        b"plugin_name" => of_plugin(host, |setup| &setup.plugin_name)?,
        b"plugin_root_id" => of_plugin(host, |setup| &setup.root_id)?,
        b"plugin_vm_id" => Value::Bytes(host.setup.vm_id.clone().into_bytes()),
        _ => of_stream(host, first, &mut segments)?,
    };
    host.charge(value.cost())?;
    if path == b"xds\0node" {
        // It lists all of Envoy's extensions.
        return Err(Stopped::NotOffered("the property xds.node as a whole".to_owned()).into());
    }
    let of_request = path.starts_with(b"request\0headers\0");
    for segment in segments {
        let segment = if of_request { known::request_name(segment) } else { segment };
        value = value.field(segment).ok_or(Status::NotFound)?;
    }
    Ok(value.serialize().ok_or(Status::SerializationFailure)?)
}

fn of_plugin(host: &mut Host, part: impl FnOnce(&super::host::Setup) -> &String) -> Found {
    let context = host.context().ok_or(Status::NotFound)?;
    Ok(Value::Bytes(part(&context.setup).clone().into_bytes()))
}

/// Properties that a stream has.
fn of_stream<'a>(
    host: &mut Host,
    first: &[u8],
    segments: &mut impl Iterator<Item = &'a [u8]>,
) -> Found {
    let now = host.shared().now;
    // They may be looked through.
    let fields = host.http().map_or(0, |http| http.messages.borrow().len());
    host.charge(fields as u64)?;
    let context = host.context().ok_or(Status::NotFound)?;
    let info = context.info.as_ref().ok_or(Status::NotFound)?.borrow();
    let http = context.http.as_ref();
    let look: &dyn Fn(&[u8]) -> Option<Value> = match first {
        b"request" => &|name| request::request(&info, http, name, now),
        b"response" => &|name| request::response(&info, http, name),
        b"connection" => &|name| stream::connection(&info, name),
        b"source" => &|name| stream::peer(&info.source, name),
        b"destination" => &|name| stream::peer(&info.destination, name),
        b"upstream" => &|name| stream::upstream(&info, name),
        b"filter_state" => &|name| info.filter_state.get(name).cloned().map(Value::Bytes),
        b"upstream_filter_state" if info.upstream.is_some() => &|_| None,
        b"metadata" => return Ok(Value::Metadata(info.metadata.clone())),
        b"connection_id" => return Ok(Value::number(info.connection_id)),
        // What guests have set themselves.
        own => {
            let value = info.filter_state.get(&[b"wasm.", own].concat());
            return Ok(value.cloned().map(Value::Bytes).ok_or(Status::NotFound)?);
        }
    };
    Ok(match segments.next() {
        // Nothing of these can be had as a whole.
        None => Value::Null,
        Some(name) => look(name).ok_or(Status::NotFound)?,
    })
}
