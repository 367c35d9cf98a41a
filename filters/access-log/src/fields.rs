//! The fields of a line: where their values come from, and of what type they are.

use core::mem;

/// The most fields of a line.
pub const MOST: usize = 48;
/// The most bytes of a name, and of what says where its value comes from.
pub const LONGEST: usize = 255;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    RequestHeader,
    ResponseHeader,
    /// Its path, with NUL between segments.
    Property,
    /// The value is the source.
    Static,
    /// The response's status, and 0 without a response.
    Status,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    /// A floating-point number.
    Number,
    Boolean,
    /// A duration.
    Milliseconds,
    Time,
}

impl Source {
    const ALL: [Self; 5] =
        [Self::RequestHeader, Self::ResponseHeader, Self::Property, Self::Static, Self::Status];
}

impl Type {
    const ALL: [Self; 6] =
        [Self::Text, Self::Integer, Self::Number, Self::Boolean, Self::Milliseconds, Self::Time];

    /// Of what a configuration calls it.
    pub fn named(name: &[u8]) -> Option<Self> {
        let names = ["text", "integer", "number", "boolean", "milliseconds", "time"];
        let named = names.iter().position(|of| whit::is(name, of))?;
        Self::ALL.get(named).copied()
    }
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: &'a [u8],
    pub source: Source,
    pub of: &'a [u8],
    pub kind: Type,
}

const fn built_in(
    name: &'static str,
    source: Source,
    of: &'static str,
    kind: Type,
) -> Field<'static> {
    Field { name: name.as_bytes(), source, of: of.as_bytes(), kind }
}

/// What needs no more than a name. The first [`DEFAULT`] are those of a configuration that names none.
pub const BUILT_IN: [Field<'static>; 21] = [
    built_in("time", Source::Property, "request\0time", Type::Time),
    built_in("method", Source::RequestHeader, ":method", Type::Text),
    built_in("path", Source::RequestHeader, ":path", Type::Text),
    built_in("authority", Source::RequestHeader, ":authority", Type::Text),
    built_in("protocol", Source::Property, "request\0protocol", Type::Text),
    built_in("status", Source::Status, "", Type::Integer),
    built_in("flags", Source::Property, "response\0flags", Type::Integer),
    built_in("details", Source::Property, "response\0code_details", Type::Text),
    built_in("bytes_in", Source::Property, "request\0size", Type::Integer),
    built_in("bytes_out", Source::Property, "response\0size", Type::Integer),
    built_in("duration_ms", Source::Property, "request\0duration", Type::Milliseconds),
    built_in("request_id", Source::RequestHeader, "x-request-id", Type::Text),
    built_in("user_agent", Source::RequestHeader, "user-agent", Type::Text),
    built_in("client", Source::Property, "source\0address", Type::Text),
    built_in("upstream", Source::Property, "upstream\0address", Type::Text),
    built_in("scheme", Source::RequestHeader, ":scheme", Type::Text),
    built_in("referer", Source::RequestHeader, "referer", Type::Text),
    built_in("forwarded_for", Source::RequestHeader, "x-forwarded-for", Type::Text),
    built_in("cluster", Source::Property, "xds\0cluster_name", Type::Text),
    built_in("route", Source::Property, "xds\0route_name", Type::Text),
    built_in("grpc_status", Source::Property, "response\0grpc_status", Type::Integer),
];

/// How many are the default.
pub const DEFAULT: usize = 15;

/// The built-in field of a name, by its number.
pub fn number(name: &[u8]) -> Option<u8> {
    (0..).zip(&BUILT_IN).find(|(_, field)| field.name == name).map(|(number, _)| number)
}

/// Fields of the configuration, one after the other: source, type, two sizes, name and source's name.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let ([source, kind, name, of], rest) = self.0.split_first_chunk()?;
        let (source, kind) =
            (*Source::ALL.get(usize::from(*source))?, *Type::ALL.get(usize::from(*kind))?);
        let (name, rest) = rest.split_at_checked((*name).into())?;
        let (of, rest) = rest.split_at_checked((*of).into())?;
        self.0 = rest;
        Some(Field { name, source, of, kind })
    }
}

/// Fields that are written, as [`Fields`] reads them.
pub struct Writer<'a> {
    room: &'a mut [u8],
    end: usize,
}

impl<'a> Writer<'a> {
    pub fn new(room: &'a mut [u8]) -> Self {
        Self { room, end: 0 }
    }

    pub fn fields(&self) -> Fields<'_> {
        Fields(self.room.get(..self.end).unwrap_or_default())
    }

    /// All of them.
    pub fn written(&mut self) -> &'a [u8] {
        mem::take(&mut self.room).get(..self.end).unwrap_or_default()
    }

    /// Adds a field; `None` if there is no room. Dots of a property's path become NUL, unless there is a
    /// NUL in it.
    pub fn add(&mut self, field: Field<'_>) -> Option<()> {
        let sizes = (u8::try_from(field.name.len()).ok()?, u8::try_from(field.of.len()).ok()?);
        self.put(&[field.source as u8, field.kind as u8, sizes.0, sizes.1])?;
        self.put(field.name)?;
        let begin = self.end;
        self.put(field.of)?;
        if field.source == Source::Property && field.of.split(|byte| *byte == 0).nth(1).is_none() {
            let path = self.room.get_mut(begin..self.end)?.iter_mut();
            path.filter(|byte| **byte == b'.').for_each(|dot| *dot = 0);
        }
        Some(())
    }

    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let place = self.room.get_mut(self.end..)?.get_mut(..bytes.len())?;
        place.copy_from_slice(bytes);
        self.end += bytes.len();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_were_written() {
        let mut room = [0; 100];
        let mut writer = Writer::new(&mut room);
        let [time, method, ..] = BUILT_IN;
        assert_eq!((writer.add(time), writer.add(method)), (Some(()), Some(())));
        assert!(writer.fields().eq([time, method]));
        let path = |of| Field { name: b"a", source: Source::Property, of, kind: Type::Text };
        assert_eq!((writer.add(path(b"b.c")), writer.add(path(b"b\0c.d"))), (Some(()), Some(())));
        assert!(writer.fields().skip(2).eq([path(b"b\0c"), path(b"b\0c.d")]));
        assert_eq!(writer.add(Field { of: &[b'x'; 100], ..time }), None);
        assert_eq!(writer.add(Field { of: &[b'x'; 256], ..time }), None);
    }

    #[test]
    fn sources_and_types_have_their_numbers() {
        assert!(Source::ALL.iter().enumerate().all(|(n, source)| *source as usize == n));
        assert!(Type::ALL.iter().enumerate().all(|(n, kind)| *kind as usize == n));
        assert_eq!(Type::named(b"time"), Some(Type::Time));
        assert_eq!(Type::named(b"string"), None);
    }

    #[test]
    fn built_in_fields_have_names_of_their_own() {
        for (n, field) in (0..).zip(&BUILT_IN) {
            assert_eq!(number(field.name), Some(n));
        }
    }
}
