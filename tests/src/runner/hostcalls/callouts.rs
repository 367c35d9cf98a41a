//! Callouts: there is no cluster, which Envoy answers with BadArgument.

use super::super::abi::Status;
use super::{Call, Outcome, not_offered};
use crate::case::Case;

#[allow(clippy::too_many_arguments)]
pub(super) fn http_call(
    call: &mut Call<'_, '_>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    _timeout: u32,
    id_out: u32,
) -> Outcome {
    let name = call.read(cluster, cluster_size)?;
    for (data, size) in [(headers, headers_size), (body, body_size), (trailers, trailers_size)] {
        call.read(data, size)?;
    }
    call.write_u32(id_out, 0)?;
    if name == Case::CLUSTER.as_bytes() {
        return not_offered("a callout to the cluster of the case's upstream");
    }
    Err(Status::BadArgument.into())
}

/// Functions without an answer that Envoy would give.
macro_rules! not_offered {
    ($($name:ident ( $($param:ident),* );)*) => {$(
        #[allow(clippy::too_many_arguments)]
        pub(super) fn $name(_: &mut Call<'_, '_> $(, $param: u32)*) -> Outcome {
            $(let _ = $param;)*
            not_offered(concat!("proxy_", stringify!($name)))
        }
    )*};
}

not_offered! {
    register_shared_queue(name, name_size, id_out);
    resolve_shared_queue(vm, vm_size, name, name_size, id_out);
    dequeue_shared_queue(id, data_out, size_out);
    enqueue_shared_queue(id, value, value_size);
    grpc_call(a, b, c, d, e, f, g, h, i, j, k, l);
    grpc_stream(a, b, c, d, e, f, g, h, i);
    grpc_close(id);
    grpc_cancel(id);
    grpc_send(id, message, message_size, end);
}
