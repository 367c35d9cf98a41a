//! What a guest says of the service that it calls: a serialized
//! `envoy.config.core.v3.GrpcService`, or a cluster's name.

use super::super::protobuf::{self, Value};

/// What Envoy makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A cluster, and headers that the service adds to each call.
    Cluster(String),
    /// No message: it may be a cluster's name.
    Name(String),
    /// A message that names no service: Envoy aborts.
    Nothing,
    /// A message with something that this runner does not offer.
    NotOffered(&'static str),
}

/// Reads it as Envoy does, which takes for a message whatever can be read as one.
pub(crate) fn target(service: &[u8]) -> Target {
    parse(service).unwrap_or_else(|| Target::Name(String::from_utf8_lossy(service).into_owned()))
}

fn parse(service: &[u8]) -> Option<Target> {
    let mut target = Target::Nothing;
    for (number, value) in protobuf::fields(service)? {
        let Value::Bytes(bytes) = value else { continue };
        match number {
            1 => {
                let fields = protobuf::fields(bytes)?;
                let text = |number| {
                    std::str::from_utf8(protobuf::bytes(&fields, number).unwrap_or_default()).ok()
                };
                let (cluster, authority) = (text(1)?, text(2)?);
                target = if authority.is_empty() {
                    Target::Cluster(cluster.to_owned())
                } else {
                    Target::NotOffered("a gRPC service with an authority")
                };
            }
            2 => {
                protobuf::fields(bytes)?;
                target = Target::NotOffered("a gRPC service of Google's client");
            }
            3 | 5 | 6 => {
                protobuf::fields(bytes)?;
            }
            _ => {}
        }
    }
    Some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_messages_are_taken_for_messages() {
        assert_eq!(target(b"\x0a\x05\x0a\x03abc"), Target::Cluster("abc".to_owned()));
        assert_eq!(target(b"grpcbin"), Target::Name("grpcbin".to_owned()));
        for name in ["users", "inventory", ""] {
            assert_eq!(target(name.as_bytes()), Target::Nothing, "{name}");
        }
        assert_eq!(target(b"\x0a\x02\x0a\x03"), Target::Name("\n\u{2}\n\u{3}".to_owned()));
    }
}
