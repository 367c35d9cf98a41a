//! The configuration.

use whit::json::{self, Value};

use crate::list::List;
use crate::origin::Origins;

/// What is allowed. It is there as long as the VM.
#[derive(Debug, Default)]
pub struct Config {
    pub allow_origins: Origins,
    pub allow_methods: List,
    pub allow_headers: List,
    pub expose_headers: List,
    pub max_age: Option<u32>,
    pub credentials: bool,
    pub private_network: bool,
    /// Whether responses say who may read them by who asks. With credentials browsers do not take `*`.
    pub depends_on_origin: bool,
}

impl Config {
    pub fn read(&mut self, value: Value<'_, 'static>) -> json::Result<()> {
        self.allow_methods = List::SAFE_METHODS;
        let mut anybody_with_credentials = false;
        let mut object = value.object()?;
        while let Some((name, value)) = object.next()? {
            let is = |field: &str| name == field.as_bytes();
            if is("allow_origins") {
                self.allow_origins = Origins::read(value)?;
            } else if is("allow_methods") {
                self.allow_methods = List::read(value)?;
            } else if is("allow_headers") {
                self.allow_headers = List::read(value)?;
            } else if is("expose_headers") {
                self.expose_headers = List::read(value)?;
            } else if is("max_age") {
                self.max_age = Some(value.integer(0..=86_400)?);
            } else if is("allow_credentials") {
                self.credentials = value.boolean()?;
            } else if is("any_origin_with_credentials") {
                anybody_with_credentials = value.boolean()?;
            } else if is("allow_private_network") {
                self.private_network = value.boolean()?;
            } else {
                return Err(value.unknown());
            }
        }
        if self.allow_origins.are_missing() {
            return Err(object.missing("allow_origins"));
        }
        let any = self.allow_origins.name(b"*");
        // A page of any site can send `null`, from a frame with a sandbox.
        let anybody = any || self.allow_origins.name(b"null");
        self.depends_on_origin = self.credentials || !any;
        let contradiction = if self.credentials && anybody && !anybody_with_credentials {
            r#"* or null with "allow_credentials" needs "any_origin_with_credentials""#
        } else if anybody_with_credentials && !(self.credentials && anybody) {
            r#""any_origin_with_credentials" needs "allow_credentials", and * or null"#
        } else if self.private_network && anybody {
            r#"* or null with "allow_private_network": any site would reach into it"#
        } else if self.credentials && self.expose_headers.is_any() {
            r#"* in "expose_headers" means nothing with "allow_credentials""#
        } else {
            return Ok(());
        };
        Err(object.contradiction(contradiction))
    }

    /// Whether pages of this origin may read what they ask for.
    pub fn allows(&self, origin: &[u8]) -> bool {
        !self.depends_on_origin || self.allow_origins.hold(origin)
    }

    /// Who may read a response to an allowed origin, or to none; empty for nobody.
    pub fn answer<'a>(&self, allowed: &'a [u8]) -> &'a [u8] {
        if self.depends_on_origin { allowed } else { b"*" }
    }
}
