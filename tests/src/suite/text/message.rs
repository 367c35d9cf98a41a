//! Messages, declared as structs.

use super::reader::{Reader, Value};
use super::{Placed, Remark};
use crate::Place;

/// A field that stands once, or not at all.
pub(in crate::suite) type Once<T> = Option<Placed<T>>;

/// A repeated field.
pub(in crate::suite) type Many<T> = Vec<Placed<T>>;

/// A message.
pub(in crate::suite) trait Message: Default {
    const NAME: &'static str;
    /// The names of its fields.
    const FIELDS: &'static [&'static str];

    /// The field of this name.
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot>;
}

/// Where the values of a field go.
pub(in crate::suite) trait Slot {
    /// Reads what follows the field's name, which is at `place`.
    fn read(&mut self, name: &str, place: Place, reader: &mut Reader<'_>) -> Result<(), Remark>;
}

impl<T: Value> Slot for Once<T> {
    fn read(&mut self, name: &str, place: Place, reader: &mut Reader<'_>) -> Result<(), Remark> {
        if let Some(first) = self {
            let what =
                format!("expected `{name}` once, found it again after line {}", first.place.line);
            return Err(Remark::new(place, what));
        }
        colon::<T>(name, reader)?;
        *self = Some(Placed { place, value: T::read(reader)? });
        Ok(())
    }
}

impl<T: Value> Slot for Many<T> {
    fn read(&mut self, name: &str, place: Place, reader: &mut Reader<'_>) -> Result<(), Remark> {
        colon::<T>(name, reader)?;
        if !reader.eat(b'[')? {
            self.push(Placed { place, value: T::read(reader)? });
            return Ok(());
        }
        if reader.eat(b']')? {
            return Ok(());
        }
        loop {
            let place = reader.place();
            self.push(Placed { place, value: T::read(reader)? });
            if reader.eat(b']')? {
                return Ok(());
            }
            if !reader.eat(b',')? {
                return reader.expected("`,` or `]`");
            }
        }
    }
}

fn colon<T: Value>(name: &str, reader: &mut Reader<'_>) -> Result<(), Remark> {
    if !reader.eat(b':')? && T::NEEDS_COLON {
        return reader.expected(&format!("`:` after `{name}`"));
    }
    Ok(())
}

/// Declares messages: `/// What it is. Name { field: Once<String>, … }`.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $slot:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name {
            $($(#[$of])* pub(super) $field: $slot,)*
        }

        impl $crate::suite::text::Message for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn field(&mut self, name: &str) -> Option<&mut dyn $crate::suite::text::Slot> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    )*};
}
pub(in crate::suite) use messages;
