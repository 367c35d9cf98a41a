//! Texts of the configuration.

use core::mem;

use whit::json::{Result, Value};

use super::body::copy;

/// The most texts of a list.
const MOST: u32 = 32;
/// The most bytes of a text.
#[cfg(test)]
pub const LONGEST: usize = 255;

/// A list of texts: each is its size, one byte, and its bytes.
#[derive(Clone, Copy, Default)]
pub struct Texts(&'static [u8]);

/// Where texts go: what is free of it, which is no smaller than what is read.
pub struct Room(pub &'static mut [u8]);

impl Room {
    /// Reads texts, one at least, each of which is as `expected`.
    pub fn read(
        &mut self,
        value: Value<'_, '_>,
        expected: &'static str,
        fits: fn(&[u8]) -> bool,
    ) -> Result<Texts> {
        let mut end = 0;
        let mut count = 0;
        let mut list = value.list()?;
        while let Some(item) = list.next()? {
            if count == MOST {
                return Err(item.wrong("32 at most"));
            }
            count += 1;
            item.parse(expected, |text| {
                let size = u8::try_from(text.len()).ok().filter(|_| fits(text))?;
                let (first, rest) = self.0.get_mut(end..)?.split_first_mut()?;
                *first = size;
                copy(text, rest.get_mut(..text.len())?);
                end += text.len() + 1;
                Some(())
            })?;
        }
        match mem::take(&mut self.0).split_at_mut_checked(end) {
            Some((texts @ [_, ..], free)) => {
                self.0 = free;
                Ok(Texts(texts))
            }
            _ => Err(list.wrong("one at least")),
        }
    }
}

impl Texts {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(test)]
    pub fn of(texts: &[&[u8]]) -> Self {
        extern crate std;
        let sized = texts.iter().flat_map(|text| [&[text.len() as u8], *text].concat());
        Self(sized.collect::<std::vec::Vec<u8>>().leak())
    }
}

impl Iterator for Texts {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<&'static [u8]> {
        let (size, rest) = self.0.split_first()?;
        let (text, rest) = rest.split_at_checked((*size).into())?;
        self.0 = rest;
        Some(text)
    }
}
