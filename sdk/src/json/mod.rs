//! JSON: a plugin's configuration, a token's claims, an answer's body; and texts within JSON that a
//! plugin writes.
//!
//! A reader walks the text once and hands out what it finds: nothing is allocated, and nothing but the
//! readers that a plugin calls is in its module. Texts are decoded where they stand, so it reads
//! bytes that may change.
//!
//! An [`Error`] says where, in which field and what was expected there. A callback that returns it
//! logs it and refuses:
//!
//! ```
//! #[whit::plugin]
//! mod limit {
//!     use whit::json::{self, Value};
//!     use whit::prelude::*;
//!
//!     #[derive(Default)]
//!     struct Config {
//!         limit: u32,
//!         log: bool,
//!     }
//!
//!     impl Config {
//!         fn read(value: Value<'_, '_>) -> json::Result<Self> {
//!             let (mut limit, mut log) = (None, false);
//!             let mut object = value.object()?;
//!             while let Some((name, value)) = object.next()? {
//!                 match name {
//!                     b"limit" => limit = Some(value.integer(1..=1000)?),
//!                     b"log" => log = value.boolean()?,
//!                     _ => return Err(value.unknown()),
//!                 }
//!             }
//!             let limit = limit.ok_or_else(|| object.missing("limit"))?;
//!             Ok(Self { limit, log })
//!         }
//!     }
//!
//!     impl Plugin for Config {
//!         fn on_configure(
//!             &mut self,
//!             plugin: &PluginContext<'_>,
//!             _size: usize,
//!         ) -> json::Result<(), json::Error> {
//!             *self = plugin.json_configuration(Self::read)?;
//!             Ok(())
//!         }
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! Where there are many fields, [`is`](crate::is) compares their names in fewer bytes of code than the
//! patterns of a `match` do: `_ if whit::is(name, "limit") => …`. And a configuration that is read into `&mut self`
//! is not moved through memory with each `?`.
//!
//! With `{ "limit": 0 }` the host's log has
//! `on_configure: line 1, column 12: "limit": a whole number from 1 to 1000 expected`.
//!
//! It reads what RFC 8259 allows, nested [`MOST_NESTED`] deep at most, and is as strict: no comments,
//! no comma after the last item, no second value, and texts are UTF-8. Of names that are repeated it hands out each:
//! what they mean is left to the plugin.

mod container;
mod error;
mod escaped;
mod number;
mod reader;
mod record;
mod string;
#[cfg(test)]
mod tests;
mod value;

pub use container::{List, Object};
pub use error::{Error, Result, Wrong};
pub use escaped::Escaped;
pub use number::Number;
use reader::Reader;
pub use record::{Record, Scalar};
pub use value::{Kind, Value};

/// How deep objects and lists may be nested.
pub const MOST_NESTED: u32 = 64;

/// Reads one value, and sees to it that nothing follows.
///
/// The texts that it hands out are in `bytes`, which holds no JSON afterwards.
///
/// # Errors
/// It is not JSON, or `read` does not take it.
///
/// ```
/// use whit::json;
///
/// let mut bytes = *br#" ["a\n", "b"] "#;
/// let last = json::read(&mut bytes, |value| {
///     let mut list = value.list()?;
///     let mut last = None;
///     while let Some(item) = list.next()? {
///         last = Some(item.text()?);
///     }
///     last.ok_or_else(|| list.wrong("a text"))
/// });
/// assert_eq!(last, Ok(&b"b"[..]));
/// ```
pub fn read<'a, T>(
    bytes: &'a mut [u8],
    read: impl FnOnce(Value<'_, 'a>) -> Result<T>,
) -> Result<T, Error> {
    let mut reader = Reader::new(bytes);
    match read(Value::next(&mut reader)).and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(_) => Err(reader.error()),
    }
}
