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

/// A callback that a plugin can write.
struct Export {
    name: &'static str,
    /// The parameters of its export, and its result.
    signature: &'static str,
    /// What the export passes on.
    arguments: &'static str,
}

const EXPORTS: [Export; 5] = [
    Export {
        name: "on_request_headers",
        signature: "(context_id: u32, _num_headers: u32, end_of_stream: u32) -> u32",
        arguments: "context_id, end_of_stream",
    },
    Export {
        name: "on_request_body",
        signature: "(context_id: u32, size: usize, end_of_stream: u32) -> u32",
        arguments: "context_id, size, end_of_stream",
    },
    Export {
        name: "on_response_body",
        signature: "(context_id: u32, size: usize, end_of_stream: u32) -> u32",
        arguments: "context_id, size, end_of_stream",
    },
    Export {
        name: "on_response_headers",
        signature: "(context_id: u32, _num_headers: u32, end_of_stream: u32) -> u32",
        arguments: "context_id, end_of_stream",
    },
    Export { name: "on_log", signature: "(context_id: u32)", arguments: "context_id" },
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
    let (filter, span) = (Filter::find(&body)?, body.span());

    let mut contents = body.stream();
    contents.extend(filter.exports());
    let mut body = Group::new(Delimiter::Brace, contents);
    body.set_span(span);
    tokens.pop();
    tokens.push(body.into());
    // A callback says which `Outcome` it returns.
    let mut plugin: TokenStream =
        "#[allow(refining_impl_trait)]".parse().expect("an attribute is made of tokens");
    plugin.extend(tokens);
    Ok(plugin)
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
        let tokens = flatten(module.stream());
        let mut found = None;
        let mut rest = &tokens[..];
        while let Some(start) = rest.iter().position(|token| is_ident(token, "impl")) {
            let (before, after) = (&rest[..start], &rest[start + 1..]);
            let Some(end) = after.iter().position(is_braces) else { break };
            let (head, body) = (&after[..end], &after[end]);
            rest = &after[end + 1..];
            let Some(filter) = Self::read(head, body)? else { continue };
            if found.is_some() {
                return Err(Error::new(
                    "a plugin has one `impl HttpFilter for …`",
                    filter.name.span(),
                ));
            }
            if let [.., TokenTree::Punct(hash), TokenTree::Group(attribute)] = before
                && hash.as_char() == '#'
                && is_cfg(attribute)
            {
                return Err(Error::new(
                    "`#[cfg]` goes on a callback, or on the whole plugin module",
                    attribute.span(),
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
        let implements = head
            .windows(2)
            .find(|pair| is_ident(&pair[0], "HttpFilter") && is_ident(&pair[1], "for"));
        let Some([filter, _]) = implements else { return Ok(None) };
        match (head, body) {
            ([.., keyword, TokenTree::Ident(name)], TokenTree::Group(body))
                if is_ident(keyword, "for") =>
            {
                Ok(Some(Self { name: name.clone(), callbacks: callbacks(body)? }))
            }
            _ => Err(Error::new(
                "write `impl HttpFilter for Name`, where `Name` is a unit struct of the module",
                filter.span(),
            )),
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
            let Some(Export { name, signature, arguments }) =
                EXPORTS.iter().find(|export| export.name == callback.name)
            else {
                continue; // Not of the trait: the compiler says so, and what is.
            };
            let _ = write!(
                source,
                "{cfg} #[unsafe(no_mangle)] extern \"C-unwind\" fn proxy_{name}{signature} {{
                    ::whit::__::{name}({filter}, {arguments})
                }}",
                cfg = callback.cfg,
                filter = self.name,
            );
        }
        source.parse().expect("exports are made of tokens")
    }
}

/// The functions of an `impl`'s body.
fn callbacks(body: &Group) -> Result<Vec<Callback>, Error> {
    let mut callbacks = Vec::new();
    let mut cfg = TokenStream::new();
    let mut tokens = flatten(body.stream()).into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.next()
                    && is_cfg(&attribute)
                {
                    cfg.extend([token, TokenTree::Group(attribute)]);
                }
            }
            token if is_ident(token, "fn") => {
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    let name = name.to_string();
                    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
                    callbacks.push(Callback { name, cfg: std::mem::take(&mut cfg) });
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '!' => {
                return Err(Error::new(
                    "write the callbacks out: what a macro makes here is not seen, nor exported",
                    punct.span(),
                ));
            }
            // The end of another item: its attributes were not for the next function.
            token if is_braces(token) => cfg = TokenStream::new(),
            TokenTree::Punct(punct) if punct.as_char() == ';' => cfg = TokenStream::new(),
            _ => {}
        }
    }
    Ok(callbacks)
}

/// The tokens without the invisible groups that stand around what a macro was given.
fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
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

/// Whether this is the inside of `#[cfg(…)]`, or of `#[cfg_attr(…)]`, which may hold one.
fn is_cfg(attribute: &Group) -> bool {
    let first = attribute.stream().into_iter().next();
    first.is_some_and(|first| is_ident(&first, "cfg") || is_ident(&first, "cfg_attr"))
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == name)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
