//! What a hostcall answers.

/// A hostcall's result: its value, or the [`Status`] that the host returned instead of OK.
pub type Result<T> = core::result::Result<T, Status>;

/// A status that a host returned: the spec's `proxy_status_t`.
///
/// A transparent integer, because a host may return values that nobody listed.
///
/// ```
/// use whit::Status;
/// fn meaning(status: Status) -> &'static str {
///     match status {
///         Status::NOT_FOUND => "not there",
///         Status::BAD_ARGUMENT => "not like this, or not here",
///         _ => "something else",
///     }
/// }
/// assert_eq!(meaning(Status(1)), "not there");
/// assert_eq!(meaning(Status(4711)), "something else");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
#[doc(alias = "proxy_status_t")]
pub struct Status(pub u32);

impl Status {
    /// The call succeeded.
    pub const OK: Self = Self(0);
    /// The element is not there: a header, a property, a buffer.
    pub const NOT_FOUND: Self = Self(1);
    /// An argument is out of its range, or the map is not available in this callback.
    pub const BAD_ARGUMENT: Self = Self(2);
    /// The host could not serialize a value for the plugin.
    pub const SERIALIZATION_FAILURE: Self = Self(3);
    /// The host could not parse what the plugin gave it.
    pub const PARSE_FAILURE: Self = Self(4);
    /// A pointer leads outside the module's memory, or the module could not allocate what the host
    /// wanted to return.
    pub const INVALID_MEMORY_ACCESS: Self = Self(6);
    /// The queue has nothing.
    pub const EMPTY: Self = Self(7);
    /// Shared data changed since it was read.
    pub const CAS_MISMATCH: Self = Self(8);
    /// The host failed, or the capability is restricted.
    pub const INTERNAL_FAILURE: Self = Self(10);
    /// The host does not implement this function.
    pub const UNIMPLEMENTED: Self = Self(12);

    /// `Ok` for [`Status::OK`], else this status as the error.
    ///
    /// # Errors
    /// This status, unless it is [`Status::OK`].
    ///
    /// ```
    /// use whit::Status;
    /// assert_eq!(Status::OK.ok(), Ok(()));
    /// assert_eq!(Status(7).ok(), Err(Status::EMPTY));
    /// ```
    #[inline(always)]
    pub const fn ok(self) -> Result<()> {
        match self {
            Self::OK => Ok(()),
            status => Err(status),
        }
    }
}
