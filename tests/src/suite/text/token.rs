//! The tokens of the text format.

use std::fmt;

use super::escape::{self, escape};
use super::{Placed, Remark};
use crate::Place;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, `true`, or the name of an enum's value.
    Word(String),
    /// A number without its sign, as it is written.
    Number(String),
    /// What a string holds.
    Text(Vec<u8>),
    Sign(u8),
    End,
}

/// What a mistake says that it has found.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) => write!(f, "`{text}`"),
            Self::Text(text) => write!(f, "the string {:?}", String::from_utf8_lossy(text)),
            Self::Sign(sign) if sign.is_ascii() => write!(f, "`{}`", sign.escape_ascii()),
            Self::Sign(_) => f.write_str("a character beyond ASCII"),
            Self::End => f.write_str("the end of the file"),
        }
    }
}

/// Takes a file apart.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
    place: Place,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        Self { rest: file, place: Place::BEGIN }
    }

    /// The next token; [`Token::End`] again and again at the end.
    pub(super) fn take(&mut self) -> Result<Placed<Token>, Remark> {
        let is_space = |byte: u8| byte.is_ascii_whitespace() || byte == 0x0b;
        self.take_while(is_space);
        while self.rest.first() == Some(&b'#') {
            self.take_while(|byte| byte != b'\n');
            self.take_while(is_space);
        }
        let place = self.place;
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        let value = match self.rest.first().copied() {
            None => Token::End,
            Some(quote @ (b'"' | b'\'')) => Token::Text(self.string(quote)?),
            Some(byte) if byte.is_ascii_digit() => {
                Token::Number(text(self.take_while(|byte| in_word(byte) || byte == b'.')))
            }
            Some(byte) if in_word(byte) => Token::Word(text(self.take_while(in_word))),
            Some(sign) => {
                self.go_on(1);
                Token::Sign(sign)
            }
        };
        Ok(Placed { place, value })
    }

    fn go_on(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.place = self.place.after(taken);
        self.rest = rest;
        taken
    }

    /// Goes on as long as bytes are like this.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let unwanted = self.rest.iter().position(|byte| !wanted(*byte));
        self.go_on(unwanted.unwrap_or(self.rest.len()))
    }

    /// What stands between quotes.
    fn string(&mut self, quote: u8) -> Result<Vec<u8>, Remark> {
        let begin = self.place;
        self.go_on(1);
        let mut text = Vec::new();
        loop {
            text.extend(self.take_while(|byte| byte != quote && !b"\\\n".contains(&byte)));
            let place = self.place;
            match self.go_on(1) {
                [] | [b'\n'] => {
                    let what = format!("expected `{}` at the string's end", char::from(quote));
                    return Err(Remark::new(begin, what + " in the same line, found none"));
                }
                [b'\\'] => {
                    let Some((bytes, length)) = escape(self.rest) else {
                        let found = self.rest.first().copied().unwrap_or_default().escape_ascii();
                        let what = format!("expected {}, found \\{found}", escape::EXPECTED);
                        return Err(Remark::new(place, what));
                    };
                    text.extend(bytes);
                    self.go_on(length);
                }
                _ => return Ok(text),
            }
        }
    }
}
