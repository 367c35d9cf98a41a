//! What a package can be called.

use anyhow::Result;

use crate::Usage;

/// The name of a package that cargo takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Rust's own words: no crate can be called so.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates that are there already.
const TAKEN: [&str; 6] = ["alloc", "core", "proc_macro", "std", "test", "whit"];

impl Name {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self> {
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        let goes_on = |rest: char| rest.is_ascii_alphanumeric() || rest == '-' || rest == '_';
        let library = name.replace('-', "_");
        let why = if !begins || !name.chars().all(goes_on) {
            "it begins with a letter of ASCII, and goes on with letters, digits, `-` and `_`"
        } else if KEYWORDS.contains(&name) {
            "it is a word of Rust's own"
        } else if TAKEN.contains(&library.as_str()) {
            "there is a crate of that name already, which a plugin needs"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Usage(format!("{name:?} cannot be the name of a package: {why}; choose another"))
            .into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_takes_these_names() {
        for name in ["a", "my-filter", "my_filter2", "Filter"] {
            assert_eq!(Name::parse(name).expect("a name").as_str(), name);
        }
    }

    #[test]
    fn cargo_refuses_these_names() {
        for (name, why) in [
            ("", "begins with a letter"),
            ("1a", "begins with a letter"),
            ("-a", "begins with a letter"),
            ("a b", "begins with a letter"),
            ("a/b", "begins with a letter"),
            ("..", "begins with a letter"),
            ("é", "begins with a letter"),
            ("match", "Rust's own"),
            ("whit", "already"),
            ("proc-macro", "already"),
        ] {
            let error = Name::parse(name).expect_err(name);
            assert!(error.is::<Usage>() && error.to_string().contains(why), "{error}");
        }
    }
}
