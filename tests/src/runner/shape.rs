//! What functions at the boundary take and return. Each is declared once, and whoever looks at a call
//! reads that.

use super::names::{self, Names};

/// The shape of a function: of the plugin, or of the host.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Name and kind of each parameter.
    pub(crate) params: &'static [(&'static str, Kind)],
    pub(crate) result: Option<Kind>,
}

/// What a parameter or a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The context of a callback.
    Context,
    Number,
    /// 64 bits.
    Wide,
    /// 64 bits with a sign.
    SignedWide,
    Bool,
    Address,

    // Numbers that have names.
    Action,
    Buffer,
    Clock,
    Errno,
    File,
    GrpcStatus,
    Level,
    Map,
    Metric,
    Peer,
    Status,
    Stream,

    // Addresses of what the guest hands over; the next parameter is its size.
    Bytes,
    /// The path of a property.
    Path,
    /// A serialized map.
    Pairs,
    /// What a gRPC call goes to.
    Target,
    /// Vectors of bytes, of WASI; the next parameter is how many.
    Vectors,

    // Addresses that the host writes to.
    NumberOut,
    WideOut,
    LevelOut,
    /// The address of bytes that the host hands over, and in the next parameter that of their size.
    BytesOut,
    /// The same, and either address may be 0.
    OptionalOut,
    PairsOut,
    /// A place for bytes; the next parameter is its size.
    PlaceOut,

    /// It belongs to the parameter before.
    Size,
}

impl Kind {
    /// The names of such numbers.
    pub(crate) fn names(self) -> Names {
        match self {
            Self::Action => names::ACTIONS,
            Self::Buffer => names::BUFFERS,
            Self::Clock => names::CLOCKS,
            Self::Errno => names::ERRNOS,
            Self::File => names::FILES,
            Self::GrpcStatus => names::GRPC_STATUSES,
            Self::Level | Self::LevelOut => names::LEVELS,
            Self::Map => names::MAPS,
            Self::Metric => names::METRICS,
            Self::Peer => names::PEERS,
            Self::Status => names::STATUSES,
            Self::Stream => names::STREAMS,
            _ => &[],
        }
    }
}

/// A value as it crosses the boundary.
pub(crate) trait Word {
    fn word(self) -> u64;
}

impl Word for u32 {
    fn word(self) -> u64 {
        self.into()
    }
}

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }
}

impl Word for i64 {
    fn word(self) -> u64 {
        self.cast_unsigned()
    }
}

/// Declares a shape: a name, the parameters, and `-> Kind` if there is a result.
macro_rules! shape {
    ($name:expr, ($($param:ident : $kind:ident),*) $(-> $result:ident)?) => {
        $crate::runner::shape::Shape {
            name: $name,
            params: &[$((stringify!($param), $crate::runner::shape::Kind::$kind)),*],
            result: shape!(@ $($result)?),
        }
    };
    (@) => { None };
    (@ $result:ident) => { Some($crate::runner::shape::Kind::$result) };
}
pub(crate) use shape;

/// The type of a parameter of this kind.
macro_rules! word {
    (Wide) => {
        u64
    };
    (SignedWide) => {
        i64
    };
    ($other:ident) => {
        u32
    };
}
pub(crate) use word;
