//! Reads values: a token at a time, each of which is what is expected there or a mistake.

use super::message::Message;
use super::token::{Token, Tokens};
use super::{Placed, Remark};
use crate::Place;

/// Reads a file.
#[derive(Debug)]
pub(in crate::suite) struct Reader<'a> {
    tokens: Tokens<'a>,
    /// The next one.
    token: Placed<Token>,
}

/// Reads a file that is one message.
pub(in crate::suite) fn read<M: Message>(file: &[u8]) -> Result<M, Remark> {
    let mut tokens = Tokens::of(file);
    let token = tokens.take()?;
    Reader { tokens, token }.fields(Token::End)
}

impl Reader<'_> {
    /// Where the next token is.
    pub(super) fn place(&self) -> Place {
        self.token.place
    }

    fn take(&mut self) -> Result<Token, Remark> {
        let next = self.tokens.take()?;
        Ok(std::mem::replace(&mut self.token, next).value)
    }

    /// Goes on if this comes next.
    pub(super) fn eat(&mut self, sign: u8) -> Result<bool, Remark> {
        let eats = self.token.value == Token::Sign(sign);
        if eats {
            self.take()?;
        }
        Ok(eats)
    }

    /// What comes next is something else.
    pub(in crate::suite) fn expected<T>(&self, what: &str) -> Result<T, Remark> {
        Err(Remark::new(self.place(), format!("expected {what}, found {}", self.token.value)))
    }

    /// A word, or a number: how an enum's value is written.
    pub(in crate::suite) fn name(&mut self) -> Result<Option<String>, Remark> {
        let name = match &self.token.value {
            Token::Word(name) | Token::Number(name) => name.clone(),
            _ => return Ok(None),
        };
        self.take()?;
        Ok(Some(name))
    }

    /// The fields of a message, up to its end.
    fn fields<M: Message>(&mut self, end: Token) -> Result<M, Remark> {
        let mut message = M::default();
        while self.token.value != end {
            let place = self.place();
            let fields = || format!("`{}` has {}", M::NAME, M::FIELDS.join(", "));
            let Token::Word(name) = self.token.value.clone() else {
                return self.expected(&format!("a field or {end} ({})", fields()));
            };
            let Some(slot) = message.field(&name) else {
                let what = format!("`{}` has no field `{name}`: {}", M::NAME, fields());
                return Err(Remark::new(place, what));
            };
            self.take()?;
            slot.read(&name, place, self)?;
            if !self.eat(b',')? {
                self.eat(b';')?;
            }
        }
        self.take()?;
        Ok(message)
    }
}

/// What a field can hold.
pub(in crate::suite) trait Value: Sized {
    /// Whether a colon stands before it, or may be left out.
    const NEEDS_COLON: bool = true;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark>;
}

impl<M: Message> Value for M {
    const NEEDS_COLON: bool = false;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
        if reader.eat(b'{')? {
            reader.fields(Token::Sign(b'}'))
        } else if reader.eat(b'<')? {
            reader.fields(Token::Sign(b'>'))
        } else {
            reader.expected(&format!("`{{`, where a message `{}` begins", M::NAME))
        }
    }
}

/// Strings that follow one another are one.
impl Value for Vec<u8> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
        let mut text: Option<Self> = None;
        while let Token::Text(part) = &mut reader.token.value {
            text.get_or_insert_default().append(part);
            reader.take()?;
        }
        text.map_or_else(|| reader.expected("a string"), Ok)
    }
}

impl Value for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
        let place = reader.place();
        let wrong = |_| Remark::new(place, "expected a string of UTF-8, found other bytes");
        Self::from_utf8(Vec::read(reader)?).map_err(wrong)
    }
}

impl Value for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
        let value = match &reader.token.value {
            Token::Word(word) if ["true", "True", "t"].contains(&word.as_str()) => true,
            Token::Word(word) if ["false", "False", "f"].contains(&word.as_str()) => false,
            Token::Number(number) if number == "1" => true,
            Token::Number(number) if number == "0" => false,
            _ => return reader.expected("true or false"),
        };
        reader.take()?;
        Ok(value)
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Value for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
                let place = reader.place();
                let minus = reader.eat(b'-')?;
                let what = format!("a whole number from {} to {}", Self::MIN, Self::MAX);
                let Token::Number(written) = reader.token.value.clone() else {
                    return reader.expected(&what);
                };
                let number = number(&written).map(|number| if minus { -number } else { number });
                let Some(number) = number.and_then(|number| Self::try_from(number).ok()) else {
                    let sign = if minus { "-" } else { "" };
                    let what = format!("expected {what}, found `{sign}{written}`");
                    return Err(Remark::new(place, what));
                };
                reader.take()?;
                Ok(number)
            }
        }
    )*};
}

numbers! { u32 u64 i32 i64 }

/// Decimal, `0x` and hexadecimal, `0` and octal.
fn number(written: &str) -> Option<i128> {
    let hexadecimal = written.strip_prefix("0x").or_else(|| written.strip_prefix("0X"));
    let octal = written.strip_prefix('0').filter(|digits| !digits.is_empty());
    match (hexadecimal, octal) {
        (Some(digits), _) => i128::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) => i128::from_str_radix(digits, 8).ok(),
        (None, None) => written.parse().ok(),
    }
}
