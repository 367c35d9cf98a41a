//! Values.

use core::ops::RangeInclusive;

use super::container::{List, Object, entered};
use super::error::{Problem, Result, Wrong};
use super::number::{self, Number};
use super::reader::Reader;

/// A value that has not been read yet. One that never is, is passed over.
///
/// What reads it takes it: use [`Value::kind`] where a field may hold values of several kinds.
#[derive(Debug)]
pub struct Value<'r, 'a> {
    reader: &'r mut Reader<'a>,
}

/// What kind of value it is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Object,
    List,
    Text,
    Number,
    Boolean,
    Null,
}

impl<'r, 'a> Value<'r, 'a> {
    pub(super) fn next(reader: &'r mut Reader<'a>) -> Self {
        Self { reader }
    }

    /// What kind of value it is; `None` if it is none.
    ///
    /// ```
    /// use whit::json::{self, Kind};
    /// // Of a token: one, or several.
    /// let mut bytes = *br#""proxy""#;
    /// let one = json::read(&mut bytes, |audience| match audience.kind() {
    ///     Some(Kind::Text) => audience.text(),
    ///     _ => Err(audience.wrong("a text")),
    /// });
    /// assert_eq!(one, Ok(&b"proxy"[..]));
    /// ```
    pub fn kind(&self) -> Option<Kind> {
        Some(match self.reader.peek() {
            b'{' => Kind::Object,
            b'[' => Kind::List,
            b'"' => Kind::Text,
            byte if number::begins(byte) => Kind::Number,
            b't' | b'f' => Kind::Boolean,
            b'n' => Kind::Null,
            _ => return None,
        })
    }

    /// An object.
    ///
    /// # Errors
    /// It is none.
    pub fn object(self) -> Result<Object<'r, 'a>> {
        let reader = self.read(b'{', "an object")?;
        entered(reader).map(Object::new)
    }

    /// A list.
    ///
    /// # Errors
    /// It is none.
    pub fn list(self) -> Result<List<'r, 'a>> {
        let reader = self.read(b'[', "a list")?;
        entered(reader).map(List::new)
    }

    /// A text, without its quotes and with its escapes decoded.
    ///
    /// # Errors
    /// It is none.
    ///
    /// ```
    /// # use whit::json;
    /// let mut bytes = *br#" "\u00fcber" "#;
    /// assert_eq!(json::read(&mut bytes, |value| value.text()), Ok("über".as_bytes()));
    /// ```
    pub fn text(self) -> Result<&'a [u8]> {
        self.read(b'"', "a text")?.text()
    }

    /// A text that `parse` makes something of; `expected` says what it takes.
    ///
    /// # Errors
    /// It is no text, or `parse` makes nothing of it.
    ///
    /// ```
    /// # use whit::json;
    /// let mut bytes = *br#""POST""#;
    /// let post = json::read(&mut bytes, |value| {
    ///     value.parse("GET or POST", |text| match text {
    ///         b"GET" => Some(false),
    ///         b"POST" => Some(true),
    ///         _ => None,
    ///     })
    /// });
    /// assert_eq!(post, Ok(true));
    /// ```
    pub fn parse<T>(
        self,
        expected: &'static str,
        parse: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<T> {
        let reader = self.read(b'"', expected)?;
        let text = reader.text()?;
        parse(text).ok_or_else(|| reader.wrong(Problem::Expected(expected)))
    }

    /// A text that is one of these words, each of which stands for something; `expected` says which they
    /// are.
    ///
    /// # Errors
    /// It is no text, or none of them.
    ///
    /// ```
    /// # use whit::json;
    /// let mut bytes = *br#""deny""#;
    /// let passes = json::read(&mut bytes, |value| {
    ///     value.choice("allow or deny", &[("allow", true), ("deny", false)])
    /// });
    /// assert_eq!(passes, Ok(false));
    /// ```
    pub fn choice<T: Copy>(self, expected: &'static str, choices: &[(&str, T)]) -> Result<T> {
        let reader = self.read(b'"', expected)?;
        let text = reader.text()?;
        for (word, choice) in choices {
            if word.as_bytes() == text {
                return Ok(*choice);
            }
        }
        Err(reader.wrong(Problem::Expected(expected)))
    }

    /// A number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(self) -> Result<Number> {
        if !number::begins(self.reader.peek()) {
            return Err(self.wrong("a number"));
        }
        self.reader.reads();
        number::read(self.reader)
    }

    /// A whole number of this range. `1.0` and `10e-1` are whole numbers as well.
    ///
    /// # Errors
    /// It is none.
    ///
    /// ```
    /// # use whit::json;
    /// let read = |text: &str| json::read(&mut text.as_bytes().to_vec(), |v| v.integer(1..=100_u8));
    /// assert_eq!(read("7"), Ok(7));
    /// assert!(read("0").is_err());
    /// assert!(read("2.5").is_err());
    /// ```
    pub fn integer<T>(self, range: RangeInclusive<T>) -> Result<T>
    where
        T: Copy + Into<i64> + TryFrom<i64>,
    {
        let (least, most) = ((*range.start()).into(), (*range.end()).into());
        let number = self.between(least, most)?;
        // It is one of the type: it lies between two of them.
        T::try_from(number).or(Ok(*range.start()))
    }

    #[inline(never)]
    fn between(self, least: i64, most: i64) -> Result<i64> {
        if number::begins(self.reader.peek()) {
            self.reader.reads();
            if let Some(number) = number::read(self.reader)?.scaled(0)
                && least <= number
                && number <= most
            {
                return Ok(number);
            }
        }
        Err(self.reader.wrong(Problem::Between(least, most)))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// It is neither.
    #[inline(never)]
    pub fn boolean(self) -> Result<bool> {
        let yes = self.reader.peek() == b't';
        let (first, word) = if yes { (b't', "true") } else { (b'f', "false") };
        self.read(first, "true or false")?.word(word)?;
        Ok(yes)
    }

    /// Says what is expected in its place.
    pub fn wrong(self, expected: &'static str) -> Wrong {
        self.reader.wrong(Problem::Expected(expected))
    }

    /// Says that there is no field of this name.
    pub fn unknown(self) -> Wrong {
        self.reader.wrong(Problem::Unknown)
    }

    /// The value is read now, if it begins with this byte.
    fn read(self, first: u8, expected: &'static str) -> Result<&'r mut Reader<'a>> {
        if self.reader.peek() != first {
            return Err(self.wrong(expected));
        }
        self.reader.reads();
        Ok(self.reader)
    }
}
