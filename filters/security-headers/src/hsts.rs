//! HTTP Strict Transport Security.

use whit::json::{self, Value};

/// What tells browsers to come over https only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hsts {
    pub max_age: u32,
    include_subdomains: bool,
    preload: bool,
    /// Also in responses to requests over http.
    pub always: bool,
}

impl Hsts {
    pub fn read(value: Value<'_, '_>) -> json::Result<Self> {
        let mut this = Self::default();
        let mut max_age = None;
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            let is = |field: &str| name == field.as_bytes();
            if is("max_age") {
                max_age = Some(value.integer(0..=315_360_000)?);
            } else if is("include_subdomains") {
                this.include_subdomains = value.boolean()?;
            } else if is("preload") {
                this.preload = value.boolean()?;
            } else if is("always") {
                this.always = value.boolean()?;
            } else {
                return Err(value.unknown());
            }
        }
        this.max_age = max_age.ok_or_else(|| object.missing("max_age"))?;
        if this.preload && !(this.include_subdomains && this.max_age >= 31_536_000) {
            return Err(object.contradiction(
                r#""preload" needs "include_subdomains" and a "max_age" of at least 31536000"#,
            ));
        }
        Ok(this)
    }

    /// What follows the age.
    pub const fn directives(&self) -> &'static str {
        match (self.include_subdomains, self.preload) {
            (_, true) => "; includeSubDomains; preload",
            (true, false) => "; includeSubDomains",
            (false, false) => "",
        }
    }
}
