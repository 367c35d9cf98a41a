//! What a README shows of what a command printed, between two comments with the command.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::variant::root;
use crate::plugin::write;

/// A place in a README, and what it should show.
pub struct Marked {
    pub path: PathBuf,
    pub command: String,
    pub shows: String,
}

impl Marked {
    /// The README as it is, and as it should be.
    fn text(&self) -> Result<(String, String)> {
        let Self { path, command, shows } = self;
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let (begins, ends) = (format!("<!-- {command} -->\n"), format!("<!-- /{command} -->"));
        let parts = text
            .split_once(&begins)
            .and_then(|(before, rest)| rest.split_once(&ends).map(|(_, after)| (before, after)));
        let (before, after) = parts.with_context(|| {
            format!("{} has no place for what it should show: {begins}{ends}", path.display())
        })?;
        let now = format!("{before}{begins}{shows}{ends}{after}");
        Ok((text, now))
    }

    pub fn bless(&self) -> Result<()> {
        let (before, now) = self.text()?;
        if before == now { Ok(()) } else { write(&self.path, now.as_bytes()) }
    }

    /// A line if it shows something else.
    pub fn change(&self) -> Result<Option<String>> {
        let (before, now) = self.text()?;
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        Ok((before != now)
            .then(|| format!("{} shows other figures of `{}`", path.display(), self.command)))
    }
}
