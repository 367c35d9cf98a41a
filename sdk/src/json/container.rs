//! Objects and lists.

use super::error::{Problem, Result, Wrong};
use super::reader::{Item, Reader};
use super::value::Value;

/// The fields of an object, one after the other.
///
/// A value that is not read is passed over, and so is what is left of an object or a list that is left
/// before its end.
///
/// ```
/// use whit::json;
///
/// let mut bytes = *br#"{ "a": 1, "b": { "c": 2 }, "d": 3 }"#;
/// let sum = json::read(&mut bytes, |value| {
///     let mut sum = 0;
///     let mut object = value.object()?;
///     while let Some((name, value)) = object.next()? {
///         if name != b"b" {
///             sum += value.integer(0..=10)?;
///         }
///     }
///     Ok(sum)
/// });
/// assert_eq!(sum, Ok(4));
/// ```
#[derive(Debug)]
pub struct Object<'r, 'a> {
    reader: &'r mut Reader<'a>,
    depth: u32,
}

/// The items of a list, one after the other: as with [`Object`].
///
/// ```
/// use whit::json;
///
/// let mut bytes = *b"[1, 2, 3]";
/// let sum = json::read(&mut bytes, |value| {
///     let mut sum = 0;
///     let mut list = value.list()?;
///     while let Some(item) = list.next()? {
///         sum += item.integer(0..=10)?;
///     }
///     Ok(sum)
/// });
/// assert_eq!(sum, Ok(6));
/// ```
#[derive(Debug)]
pub struct List<'r, 'a> {
    reader: &'r mut Reader<'a>,
    depth: u32,
}

/// Enters a container.
pub(super) fn entered<'r, 'a>(reader: &'r mut Reader<'a>) -> Result<(&'r mut Reader<'a>, u32)> {
    reader.enter()?;
    let depth = reader.depth();
    Ok((reader, depth))
}

/// To the next item of the container at this depth: `false` at its end, and ever after.
fn next(reader: &mut Reader<'_>, depth: u32) -> Result<bool> {
    if reader.depth() < depth {
        return Ok(false);
    }
    reader.leave(depth)?;
    Ok(matches!(reader.advance()?, Item::Value))
}

impl<'r, 'a> Object<'r, 'a> {
    pub(super) fn new((reader, depth): (&'r mut Reader<'a>, u32)) -> Self {
        Self { reader, depth }
    }

    /// The next field: its name and its value.
    ///
    /// # Errors
    /// It is not JSON.
    #[allow(clippy::should_implement_trait)] // An item borrows the reader.
    pub fn next(&mut self) -> Result<Option<(&'a [u8], Value<'_, 'a>)>> {
        Ok(match next(self.reader, self.depth)? {
            true => Some((self.reader.name(), Value::next(self.reader))),
            false => None,
        })
    }

    /// Says that a field is missing, which [`Object::next`] has not found.
    ///
    /// ```
    /// # use whit::json;
    /// let missing = json::read(&mut *b"{}".to_vec(), |value| {
    ///     let mut object = value.object()?;
    ///     while let Some(_) = object.next()? {}
    ///     Err::<(), _>(object.missing("limit"))
    /// });
    /// assert_eq!(missing.map_err(|error| (error.line, error.column)), Err((1, 2)));
    /// ```
    pub fn missing(&mut self, name: &'static str) -> Wrong {
        self.reader.wrong(Problem::Missing(name))
    }

    /// Says what was expected where the last field's value begins, or the object's end is.
    pub fn wrong(&mut self, expected: &'static str) -> Wrong {
        self.reader.wrong(Problem::Expected(expected))
    }

    /// Says what is wrong with the fields taken together, which [`Object::next`] has all handed out. The error
    /// names no field but those that `problem` does.
    ///
    /// ```
    /// # use whit::json;
    /// let error = json::read(&mut *br#"{ "least": 2, "most": 1 }"#.to_vec(), |value| {
    ///     let (mut least, mut most) = (0, 0);
    ///     let mut object = value.object()?;
    ///     while let Some((name, value)) = object.next()? {
    ///         match name {
    ///             b"least" => least = value.integer(0..=9_u8)?,
    ///             b"most" => most = value.integer(0..=9_u8)?,
    ///             _ => return Err(value.unknown()),
    ///         }
    ///     }
    ///     match least <= most {
    ///         true => Ok(()),
    ///         // `line 1, column 25: "least" is above "most"`
    ///         false => Err(object.contradiction(r#""least" is above "most""#)),
    ///     }
    /// })
    /// .expect_err("a contradiction");
    /// assert_eq!((error.line, error.column, error.name()), (1, 25, &b""[..]));
    /// ```
    pub fn contradiction(&mut self, problem: &'static str) -> Wrong {
        self.reader.wrong(Problem::Contradiction(problem))
    }
}

impl<'r, 'a> List<'r, 'a> {
    pub(super) fn new((reader, depth): (&'r mut Reader<'a>, u32)) -> Self {
        Self { reader, depth }
    }

    /// The next item.
    ///
    /// # Errors
    /// It is not JSON.
    #[allow(clippy::should_implement_trait)] // An item borrows the reader.
    pub fn next(&mut self) -> Result<Option<Value<'_, 'a>>> {
        Ok(match next(self.reader, self.depth)? {
            true => Some(Value::next(self.reader)),
            false => None,
        })
    }

    /// Says what was expected where the last item begins, or the list's end is.
    pub fn wrong(&mut self, expected: &'static str) -> Wrong {
        self.reader.wrong(Problem::Expected(expected))
    }
}
