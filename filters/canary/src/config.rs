//! The configuration.

use core::cell::Cell;
use core::iter::successors;

use whit::json::{Number, Object, Result, Value};
use whit::metric::Counter;
use whit::{Field, PluginContext, field, text};

use crate::point::{POINTS, Point};
use crate::sticky::Sticky;

const MOST_VARIANTS: u32 = 100;

/// How testers ask for no variant; so none has this name.
pub const REST: &[u8] = b"rest";

pub struct Config {
    pub experiment: Field<'static>,
    pub key: Key,
    last: Option<&'static Variant>,
    /// The request header that gets the variant's name.
    pub route_header: Field<'static>,
    /// The request header by which testers ask for a variant.
    pub override_header: Option<Field<'static>>,
    pub sticky: Sticky,
    /// Requests of no variant.
    pub rest: Counter,
}

/// Who a user is.
pub enum Key {
    Unknown,
    Header(Field<'static>),
    Cookie(Field<'static>),
}

/// A variant, and the users that have it: those at the points of a range.
pub struct Variant {
    pub name: Field<'static>,
    first: Point,
    /// The point behind the last one.
    end: Point,
    requests: Cell<Counter>,
    before: Option<&'static Variant>,
}

impl Variant {
    pub fn requests(&self) -> Counter {
        self.requests.get()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            experiment: Field::default(),
            key: Key::Unknown,
            last: None,
            route_header: field!("x-canary"),
            override_header: None,
            sticky: Sticky::default(),
            rest: Counter::default(),
        }
    }
}

impl Config {
    fn variants(&self) -> impl Iterator<Item = &'static Variant> {
        successors(self.last, |variant| variant.before)
    }

    pub fn named(&self, name: &[u8]) -> Option<&'static Variant> {
        self.variants().find(|variant| variant.name.as_bytes() == name)
    }

    pub fn at(&self, point: Point) -> Option<&'static Variant> {
        self.variants().find(|variant| variant.first <= point && point < variant.end)
    }

    pub fn define_metrics(&mut self, plugin: &PluginContext<'_>) -> whit::Result<()> {
        let counter = |name| Counter::define(text!(plugin, "canary.", self.experiment, ".", name)?);
        for variant in self.variants() {
            variant.requests.set(counter(variant.name.as_bytes())?);
        }
        self.rest = counter(REST)?;
        Ok(())
    }

    pub fn read(&mut self, plugin: &PluginContext<'_>, value: Value<'_, 'static>) -> Result<()> {
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            if name == b"experiment" {
                self.experiment = word(value)?;
            } else if name == b"key" {
                self.key = read_key(value)?;
            } else if name == b"variants" {
                self.read_variants(plugin, value)?;
            } else if name == b"route_header" {
                self.route_header = header(value)?;
            } else if name == b"override_header" {
                self.override_header = Some(header(value)?);
            } else if name == b"cookie" {
                self.sticky.read(value)?;
            } else {
                return Err(value.unknown());
            }
        }
        self.check(&mut object)
    }

    fn check(&mut self, object: &mut Object<'_, '_>) -> Result<()> {
        if self.experiment == Field::default() {
            return Err(object.missing("experiment"));
        }
        if self.last.is_none() {
            return Err(object.missing("variants"));
        }
        if self.sticky.name == Field::default() {
            self.sticky.name = self.experiment;
        }
        let key = match self.key {
            Key::Header(name) => Some(name),
            Key::Cookie(name) if name == self.sticky.name => {
                return Err(object.wrong("a \"cookie\" of another name than the key's"));
            }
            Key::Unknown | Key::Cookie(_) => None,
        };
        for other in [key, self.override_header].into_iter().flatten() {
            if other.as_bytes().eq_ignore_ascii_case(self.route_header.as_bytes()) {
                return Err(object.wrong("a \"route_header\" that nothing else is read from"));
            }
        }
        Ok(())
    }

    fn read_variants(
        &mut self,
        plugin: &PluginContext<'_>,
        value: Value<'_, 'static>,
    ) -> Result<()> {
        self.last = None;
        let (mut end, mut count) = (0, 0);
        let mut list = value.list()?;
        while let Some(value) = list.next()? {
            let (mut name, mut first, mut share) = (None, end, None);
            let mut object = value.object()?;
            while let Some((field, value)) = object.next()? {
                if field == b"name" {
                    name = Some(word(value)?);
                } else if field == b"percent" || field == b"from" {
                    let is_share = field == b"percent";
                    let Some(points) = points(value.number()?) else {
                        return Err(object.wrong("0 to 100, with two decimals at most"));
                    };
                    if is_share {
                        share = Some(points);
                    } else {
                        first = points;
                    }
                } else {
                    return Err(value.unknown());
                }
            }
            let name = name.ok_or_else(|| object.missing("name"))?;
            let share = share.ok_or_else(|| object.missing("percent"))?;
            if name.as_bytes() == REST || self.named(name.as_bytes()).is_some() {
                return Err(object.wrong("a name that is no other variant's, nor \"rest\""));
            }
            if first < end {
                return Err(object.wrong("a \"from\" behind the variant before"));
            }
            // Both are 10,000 at most.
            end = first.wrapping_add(share);
            if end > POINTS {
                return Err(object.wrong("variants up to 100 percent together"));
            }
            count += 1_u32;
            let (requests, before) = (Cell::default(), self.last);
            let variant = plugin.keep_value(|| Variant { name, first, end, requests, before });
            match variant {
                Ok(variant) if count <= MOST_VARIANTS => self.last = Some(variant),
                _ => return Err(list.wrong("100 variants at most")),
            }
        }
        Ok(())
    }
}

fn read_key(value: Value<'_, 'static>) -> Result<Key> {
    let mut key = Key::Unknown;
    let mut object = value.object()?;
    while let Some((name, value)) = object.next()? {
        if !matches!(key, Key::Unknown) {
            return Err(value.wrong("one \"header\" or one \"cookie\""));
        }
        if name == b"header" {
            key = Key::Header(header(value)?);
        } else if name == b"cookie" {
            key = Key::Cookie(value.parse("a cookie's name", |text| Field::name(text).ok())?);
        } else {
            return Err(value.unknown());
        }
    }
    match key {
        Key::Unknown => Err(object.wrong("a \"header\" or a \"cookie\"")),
        key => Ok(key),
    }
}

fn points(percent: Number) -> Option<Point> {
    let points = percent.scaled(2)?;
    Point::try_from(points).ok().filter(|points| *points <= POINTS)
}

#[inline(never)]
fn header(value: Value<'_, 'static>) -> Result<Field<'static>> {
    value.parse("a header's name", |text| Field::name(text).ok())
}

/// A part of a counter's name, a header's value and a cookie's name.
#[inline(never)]
fn word(value: Value<'_, 'static>) -> Result<Field<'static>> {
    value.parse("1 to 64 letters, digits, - and _", |text| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let fits = (1..=64).contains(&text.len()) && text.iter().all(plain);
        Field::new(text).ok().filter(|_| fits)
    })
}
