//! Tokens, and what they stand between.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens without the invisible groups that stand around what a macro was given.
pub(crate) fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flatten(group.stream())
            }
            token => vec![token],
        })
        .collect()
}

/// The attributes that end here, the last one first.
pub(crate) fn attributes(mut tokens: &[TokenTree]) -> impl Iterator<Item = &Group> {
    std::iter::from_fn(move || match tokens {
        [before @ .., hash, TokenTree::Group(attribute)] if is_punct(hash, '#') => {
            tokens = before;
            Some(attribute)
        }
        _ => None,
    })
}

/// Where the tokens are that stand between no `<` and `>`.
pub(crate) fn outside_angles(tokens: &[TokenTree]) -> Vec<usize> {
    let mut depth = 0_u32;
    let mut outside = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let of_arrow = at > 0 && is_punct(&tokens[at - 1], '-');
        if is_punct(token, '<') {
            depth += 1;
        } else if is_punct(token, '>') && !of_arrow {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            outside.push(at);
        }
    }
    outside
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == name)
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

pub(crate) fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
