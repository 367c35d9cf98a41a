//! When what is written is there.

use std::fmt;

use proc_macro::{Group, TokenStream, TokenTree};

use crate::tokens::is_ident;

/// When a callback is there.
#[derive(Clone, Debug, Default)]
pub(crate) enum When {
    #[default]
    Always,
    /// What `#[cfg(…)]` has in its parentheses.
    If(String),
}

impl When {
    /// What an attribute says, of which this is what stands between the brackets.
    pub(crate) fn of(attribute: TokenStream) -> Self {
        let tokens: Vec<TokenTree> = attribute.into_iter().collect();
        match &tokens[..] {
            [name, TokenTree::Group(condition)] if is_ident(name, "cfg") => {
                Self::If(condition.stream().to_string())
            }
            [name, TokenTree::Group(rest)] if is_ident(name, "cfg_attr") => {
                Self::of_attributes(rest)
            }
            _ => Self::Always,
        }
    }

    /// What `cfg_attr(condition, attribute, …)` says, of which this is what stands between the parentheses.
    fn of_attributes(rest: &Group) -> Self {
        let tokens: Vec<TokenTree> = rest.stream().into_iter().collect();
        let mut parts = tokens
            .split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','));
        let text = |part: &[TokenTree]| part.iter().cloned().collect::<TokenStream>();
        let condition = parts.next().map(text).unwrap_or_default();
        match parts.map(|part| Self::of(text(part))).fold(Self::Always, Self::and) {
            Self::Always => Self::Always,
            Self::If(then) => Self::If(format!("any(not({condition}), {then})")),
        }
    }

    /// When both are so.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, one) | (one, Self::Always) => one,
            (Self::If(one), Self::If(other)) => Self::If(format!("all({one}, {other})")),
        }
    }

    /// When one of them is so.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::If(one), Self::If(other)) => Self::If(format!("any({one}, {other})")),
            _ => Self::Always,
        }
    }
}

/// The attribute that says so; nothing if it is always so.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => Ok(()),
            Self::If(condition) => write!(f, "#[cfg({condition})]"),
        }
    }
}
