//! Reads a plugin module as far as its exports need: no `syn`, so that a filter builds fast.

use std::fmt::Write as _;

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// What is wrong with the module, and where.
pub(crate) struct Error {
    message: &'static str,
    span: Span,
}

impl Error {
    const fn new(message: &'static str, span: Span) -> Self {
        Self { message, span }
    }

    pub(crate) fn into_compile_error(self) -> TokenStream {
        let error: TokenStream =
            format!("::core::compile_error!({:?});", self.message).parse().unwrap_or_default();
        error
            .into_iter()
            .map(|mut token| {
                token.set_span(self.span);
                token
            })
            .collect()
    }
}

/// The callbacks that a plugin can write, each with the parameters of its export and what its
/// body passes on.
const CALLBACKS: [(&str, &str, &str); 2] = [
    (
        "on_request_headers",
        "context_id: u32, _num_headers: u32, end_of_stream: u32",
        "context_id, end_of_stream",
    ),
    (
        "on_response_headers",
        "context_id: u32, _num_headers: u32, end_of_stream: u32",
        "context_id, end_of_stream",
    ),
];

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if let Some(argument) = arguments.into_iter().next() {
        return Err(Error::new("#[whit::plugin] takes no arguments", argument.span()));
    }
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let body = match tokens.last() {
        Some(TokenTree::Group(body)) if tokens.iter().any(|token| is_ident(token, "mod")) => {
            body.clone()
        }
        _ => {
            return Err(Error::new(
                "#[whit::plugin] stands on a module with a body: `mod name { … }`",
                Span::call_site(),
            ));
        }
    };
    let filter = Filter::find(&body)?;

    let mut contents = body.stream();
    contents.extend(filter.exports());
    let mut body = Group::new(Delimiter::Brace, contents);
    body.set_span(Span::call_site());
    tokens.pop();
    tokens.push(body.into());
    Ok(tokens.into_iter().collect())
}

/// The module's `impl HttpFilter for …`.
struct Filter {
    name: Ident,
    callbacks: Vec<Callback>,
}

struct Callback {
    name: String,
    /// Its `#[cfg(…)]` attributes.
    cfg: TokenStream,
}

impl Filter {
    fn find(module: &Group) -> Result<Self, Error> {
        let tokens: Vec<TokenTree> = module.stream().into_iter().collect();
        let mut found = None;
        let mut rest = &tokens[..];
        while let Some(start) = rest.iter().position(|token| is_ident(token, "impl")) {
            rest = &rest[start + 1..];
            let Some(end) = rest.iter().position(is_braces) else { break };
            let (head, body) = (&rest[..end], &rest[end]);
            rest = &rest[end + 1..];
            let Some(filter) = Self::read(head, body)? else { continue };
            if found.is_some() {
                return Err(Error::new(
                    "a plugin has one `impl HttpFilter for …`",
                    filter.name.span(),
                ));
            }
            filter.check_unit_struct(&tokens)?;
            found = Some(filter);
        }
        found.ok_or_else(|| {
            Error::new(
                "a plugin module holds an `impl HttpFilter for Name { … }`",
                Span::call_site(),
            )
        })
    }

    /// Reads `head { body }`, what follows an `impl`; `None` if it implements something else.
    fn read(head: &[TokenTree], body: &TokenTree) -> Result<Option<Self>, Error> {
        let [path @ .., keyword, name] = head else { return Ok(None) };
        let implements = path.last().is_some_and(|token| is_ident(token, "HttpFilter"));
        match (name, body) {
            (TokenTree::Ident(name), TokenTree::Group(body))
                if implements && is_ident(keyword, "for") =>
            {
                Ok(Some(Self { name: name.clone(), callbacks: callbacks(body) }))
            }
            _ => match head.iter().find(|token| is_ident(token, "HttpFilter")) {
                Some(found) => Err(Error::new(
                    "write `impl HttpFilter for Name`, where `Name` is a unit struct of the module",
                    found.span(),
                )),
                None => Ok(None),
            },
        }
    }

    fn check_unit_struct(&self, module: &[TokenTree]) -> Result<(), Error> {
        let name = self.name.to_string();
        let declared = module.windows(3).any(|window| {
            is_ident(&window[0], "struct")
                && is_ident(&window[1], &name)
                && matches!(&window[2], TokenTree::Punct(end) if end.as_char() == ';')
        });
        if declared {
            return Ok(());
        }
        Err(Error::new(
            "a filter is a unit struct of the module, without fields: `struct Name;`",
            self.name.span(),
        ))
    }

    fn exports(&self) -> TokenStream {
        let mut source =
            String::from("::whit::abi_version!(0_2_1); ::whit::memory_allocate!(arena);");
        for callback in &self.callbacks {
            let Some((name, parameters, passed)) =
                CALLBACKS.iter().find(|(name, ..)| *name == callback.name)
            else {
                continue; // Not of the trait: the compiler says so, and what is.
            };
            let _ = write!(
                source,
                "{cfg} #[unsafe(no_mangle)] extern \"C\" fn proxy_{name}({parameters}) -> u32 {{
                    ::whit::__::{name}({filter}, {passed})
                }}",
                cfg = callback.cfg,
                filter = self.name,
            );
        }
        source.parse().unwrap_or_default()
    }
}

/// The functions of an `impl`'s body.
fn callbacks(body: &Group) -> Vec<Callback> {
    let mut callbacks = Vec::new();
    let mut cfg = TokenStream::new();
    let mut tokens = body.stream().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.peek()
                    && attribute
                        .stream()
                        .into_iter()
                        .next()
                        .is_some_and(|first| is_ident(&first, "cfg"))
                {
                    cfg.extend([token, TokenTree::Group(attribute.clone())]);
                }
            }
            token if is_ident(token, "fn") => {
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    callbacks
                        .push(Callback { name: name.to_string(), cfg: std::mem::take(&mut cfg) });
                }
            }
            // The end of another item: its attributes were not for the next function.
            token if is_braces(token) => cfg = TokenStream::new(),
            TokenTree::Punct(punct) if punct.as_char() == ';' => cfg = TokenStream::new(),
            _ => {}
        }
    }
    callbacks
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == name)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
