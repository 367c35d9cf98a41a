//! Environment variables.

/// The variables that the operator set for a plugin, each a name and a value: see
/// [`Context::environment`](crate::Context::environment).
///
/// Spec: "Environment variables".
#[derive(Clone, Debug)]
pub struct Environment<'a> {
    /// Each `NAME=value` and a NUL.
    left: &'a [u8],
}

impl<'a> Environment<'a> {
    pub(crate) fn new(variables: &'a [u8]) -> Self {
        Self { left: variables }
    }

    /// The value of a variable.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///     let strict = plugin.environment()?.get("MODE") == Some(b"strict");
    ///     whit::info!("strict: ", strict);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&'a [u8]> {
        let name = name.as_ref();
        self.clone().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Environment<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.left.iter().position(|byte| *byte == 0)?;
        let (variable, left) = self.left.split_at_checked(end)?;
        self.left = left.split_first().map_or(&[], |(_, left)| left);
        let end = variable.iter().position(|byte| *byte == b'=').unwrap_or(variable.len());
        let (name, value) = variable.split_at_checked(end)?;
        Some((name, value.split_first().map_or(&[], |(_, value)| value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_have_names_and_values() {
        let mut variables = Environment::new(b"A=1\0B=x=y\0EMPTY=\0NONE\0unfinished");
        assert_eq!(variables.get("B"), Some(&b"x=y"[..]));
        assert_eq!(variables.get("EMPTY"), Some(&b""[..]));
        assert_eq!(variables.get("b"), None);
        assert_eq!(variables.next(), Some((&b"A"[..], &b"1"[..])));
        assert_eq!(variables.count(), 3);
    }
}
