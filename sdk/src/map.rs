//! Maps of HTTP fields.

use crate::arena::Callback;
use crate::field::AsField;
use crate::fields::{AsFields, INSIDE};
use crate::hostcall;
use crate::pairs::Pairs;
use crate::status::{Result, Status};

/// A map of HTTP fields, as the host holds it: the spec's `proxy_map_type_t`.
///
/// It can be used in the callback in which it is available; in another one the host answers
/// [`Status::BAD_ARGUMENT`].
///
/// Spec: "HTTP fields".
#[derive(Clone, Copy, Debug)]
#[doc(alias = "proxy_map_type_t")]
pub struct Map<'a> {
    id: u32,
    callback: Callback<'a>,
}

impl<'a> Map<'a> {
    pub(crate) const REQUEST_HEADERS: u32 = 0;
    pub(crate) const REQUEST_TRAILERS: u32 = 1;
    pub(crate) const RESPONSE_HEADERS: u32 = 2;
    pub(crate) const RESPONSE_TRAILERS: u32 = 3;
    pub(crate) const GRPC_CALL_INITIAL_METADATA: u32 = 4;
    pub(crate) const GRPC_CALL_TRAILING_METADATA: u32 = 5;
    pub(crate) const HTTP_CALL_RESPONSE_HEADERS: u32 = 6;
    pub(crate) const HTTP_CALL_RESPONSE_TRAILERS: u32 = 7;

    #[inline(always)]
    pub(crate) const fn new(id: u32, callback: Callback<'a>) -> Self {
        Self { id, callback }
    }

    /// The value of the field `name`; the first one, if the map holds several; `None` without one.
    ///
    /// The bytes need not be UTF-8. They live as long as the callback.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: the map is not available in this callback, or `name` holds a CR,
    ///   LF or NUL.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by the size of the value, the plugin's
    ///   allocator is `refuse`, or the host returned bytes that are not where it was told.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     if let Ok(Some(agent)) = http.request_headers().get(field!("user-agent")) {
    ///         let _ = http.request_headers().add(field!("x-agent"), agent);
    ///     }
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_header_map_value`.
    #[doc(alias = "proxy_get_header_map_value")]
    pub fn get(&self, name: impl AsField) -> Result<Option<&'a [u8]>> {
        match hostcall::get_header_map_value(self.callback, self.id, name.as_field()?) {
            Ok(value) => Ok(Some(value)),
            Err(Status::NOT_FOUND) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Adds the field `name`, beside any that the map already holds under that name.
    ///
    /// The host writes names in lower case.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: the map is not available in this callback, or `name` or `value`
    ///   holds a CR, LF or NUL.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     let _ = http.response_headers().add(field!("x-hello"), field!("world"));
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_add_header_map_value`.
    #[doc(alias = "proxy_add_header_map_value")]
    #[inline]
    pub fn add(&self, name: impl AsField, value: impl AsField) -> Result<()> {
        hostcall::add_header_map_value(self.id, name.as_field()?, value.as_field()?)
    }

    /// Every field, in the host's order: the values of a name that stands several times, too.
    ///
    /// In a callback in which the map is not available, Envoy gives an empty one.
    ///
    /// # Errors
    /// - [`Status::PARSE_FAILURE`]: the host's map is malformed.
    /// - [`Status::INVALID_MEMORY_ACCESS`], [`Status::INTERNAL_FAILURE`]: as for [`Map::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     for (name, value) in http.request_headers().pairs().into_iter().flatten() {
    ///         whit::info!(name, ": ", value);
    ///     }
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_header_map_pairs`.
    #[doc(alias = "proxy_get_header_map_pairs")]
    #[inline]
    pub fn pairs(&self) -> Result<Pairs<'a>> {
        Pairs::new(hostcall::get_header_map_pairs(self.callback, self.id)?)
    }

    /// The values of every field `name`, in the host's order, from a map that is read once. Names are
    /// compared without regard to case.
    ///
    /// [`Map::get`] is cheaper where the first is enough.
    ///
    /// # Errors
    /// As for [`Map::pairs`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    ///     for cookie in http.response_headers().values("set-cookie")? {
    ///         whit::info!("sets ", cookie);
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline]
    pub fn values<'n, N: AsField + ?Sized>(
        &self,
        name: &'n N,
    ) -> Result<impl Iterator<Item = &'a [u8]> + use<'a, 'n, N>> {
        let name = name.as_field()?.as_bytes();
        let pairs = self.pairs()?;
        Ok(pairs.filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// Puts these fields in place of all.
    ///
    /// # Errors
    /// As for [`Map::add`]; [`Status::INVALID_MEMORY_ACCESS`] if memory cannot grow to put them
    /// together.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
    /// http.request_headers().set((
    ///     (names::METHOD, field!("GET")),
    ///     (names::PATH, path),
    ///     (names::AUTHORITY, field!("elsewhere.internal")),
    /// ))?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_set_header_map_pairs`.
    #[doc(alias = "proxy_set_header_map_pairs")]
    #[inline]
    pub fn set(&self, fields: impl AsFields) -> Result<()> {
        fields.serialized(INSIDE, |pairs| hostcall::set_header_map_pairs(self.id, pairs))
    }

    /// The size of all names and values, in bytes, as the host counts it. (Envoy's is what it sends;
    /// the spec's that of the serialized map.)
    ///
    /// # Errors
    /// As for [`Map::add`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// if http.request_headers().size()? > 16 * 1024 {
    ///     return http.respond(431, Fields::NONE, b"");
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_header_map_size`.
    #[doc(alias = "proxy_get_header_map_size")]
    #[inline]
    pub fn size(&self) -> Result<usize> {
        hostcall::get_header_map_size(self.id)
    }

    /// Puts one field `name` in place of all of that name, or adds it.
    ///
    /// # Errors
    /// As for [`Map::add`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// http.request_headers().replace(names::USER_AGENT, field!("whit"))?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_replace_header_map_value`.
    #[doc(alias = "proxy_replace_header_map_value")]
    #[inline]
    pub fn replace(&self, name: impl AsField, value: impl AsField) -> Result<()> {
        hostcall::replace_header_map_value(self.id, name.as_field()?, value.as_field()?)
    }

    /// Removes every field `name`. That there is none is no error.
    ///
    /// # Errors
    /// As for [`Map::add`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// http.request_headers().remove(names::X_FORWARDED_FOR)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_remove_header_map_value`.
    #[doc(alias = "proxy_remove_header_map_value")]
    #[inline]
    pub fn remove(&self, name: impl AsField) -> Result<()> {
        hostcall::remove_header_map_value(self.id, name.as_field()?)
    }
}
