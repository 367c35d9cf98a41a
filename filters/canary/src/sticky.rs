//! The cookie that keeps a user where chance has put him.

use whit::json::{Result, Value};
use whit::{Context, Field, field, text};

use crate::point::Point;

/// As long as a browser keeps any.
const MOST_SECONDS: u32 = 400 * 24 * 60 * 60;

pub struct Sticky {
    pub name: Field<'static>,
    max_age: u32,
    path: Field<'static>,
    same_site: Field<'static>,
    secure: bool,
}

impl Default for Sticky {
    fn default() -> Self {
        Self {
            name: Field::default(),
            max_age: 30 * 24 * 60 * 60,
            path: field!("/"),
            same_site: field!("Lax"),
            secure: true,
        }
    }
}

impl Sticky {
    /// The value of `set-cookie`.
    pub fn header<'a>(&self, context: &Context<'a>, point: Point) -> whit::Result<&'a [u8]> {
        let Self { name, max_age, path, same_site, secure } = self;
        let flags = if *secure { "; Secure; HttpOnly" } else { "; HttpOnly" };
        text!(
            context,
            name,
            "=",
            point,
            "; Max-Age=",
            *max_age,
            "; Path=",
            path,
            "; SameSite=",
            same_site,
            flags
        )
    }

    pub fn read(&mut self, value: Value<'_, 'static>) -> Result<()> {
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            if name == b"name" {
                self.name = value.parse("a cookie's name", |text| Field::name(text).ok())?;
            } else if name == b"max_age" {
                self.max_age = value.integer(1..=MOST_SECONDS)?;
            } else if name == b"path" {
                self.path = value.parse("a path", path)?;
            } else if name == b"same_site" {
                self.same_site = value.parse("\"Strict\", \"Lax\" or \"None\"", same_site)?;
            } else if name == b"secure" {
                self.secure = value.boolean()?;
            } else {
                return Err(value.unknown());
            }
        }
        // What browsers insist on: without it there would be no cookie, and chance at each request.
        let name = self.name.as_bytes();
        if !self.secure && (self.same_site == field!("None") || name.starts_with(b"__")) {
            return Err(object.wrong("\"secure\" with \"None\" and with a name in __"));
        }
        if name.starts_with(b"__Host-") && self.path != field!("/") {
            return Err(object.wrong("the path / with a name in __Host-"));
        }
        Ok(())
    }
}

fn path(text: &'static [u8]) -> Option<Field<'static>> {
    let plain = |byte: &u8| matches!(byte, b'!'..=b'~') && *byte != b';';
    let fits = text.len() <= 256 && text.starts_with(b"/") && text.iter().all(plain);
    Field::new(text).ok().filter(|_| fits)
}

fn same_site(text: &[u8]) -> Option<Field<'static>> {
    [field!("Strict"), field!("Lax"), field!("None")]
        .into_iter()
        .find(|known| known.as_bytes() == text)
}
