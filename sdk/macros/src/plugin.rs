//! Reads a plugin module as far as its exports need: no `syn`, so that a filter builds fast.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::exports::exports;

/// What is wrong with the module, and where.
pub(crate) struct Error {
    message: String,
    span: Span,
}

impl Error {
    fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span }
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

/// The traits that make a plugin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    Stream,
    Plugin,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Http, Self::Stream, Self::Plugin];

    const fn name(self) -> &'static str {
        match self {
            Self::Http => "HttpFilter",
            Self::Stream => "StreamFilter",
            Self::Plugin => "Plugin",
        }
    }

    /// Where in `whit::__` the bodies of its exports are.
    pub(crate) const fn module(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Stream => "stream",
            Self::Plugin => "plugin",
        }
    }
}

/// A plugin module.
#[derive(Default)]
pub(crate) struct Plugin {
    /// Its `impl HttpFilter for …` or `impl StreamFilter for …`.
    pub(crate) stream: Option<Part>,
    /// Its `impl Plugin for …`.
    pub(crate) plugin: Option<Part>,
}

/// One `impl` of one of the traits.
pub(crate) struct Part {
    pub(crate) kind: Kind,
    /// What it is for.
    pub(crate) name: Ident,
    /// The plugin that a filter reads.
    pub(crate) reads: Option<Ident>,
    /// Whether it is a unit struct.
    pub(crate) unit: bool,
    callbacks: Vec<Callback>,
}

/// A callback that is written.
pub(crate) struct Callback {
    name: String,
    /// Its `#[cfg(…)]` attributes.
    pub(crate) cfg: TokenStream,
}

impl Part {
    pub(crate) fn callback(&self, name: &str) -> Option<&Callback> {
        self.callbacks.iter().find(|callback| callback.name == name)
    }
}

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
    let (plugin, span) = (Plugin::find(&body)?, body.span());

    let added: TokenStream = exports(&plugin).parse().expect("exports are made of tokens");
    let mut contents = body.stream();
    contents.extend(added);
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

impl Plugin {
    fn find(module: &Group) -> Result<Self, Error> {
        let tokens = flatten(module.stream());
        let mut plugin = Self::default();
        let mut rest = &tokens[..];
        while let Some(start) = rest.iter().position(|token| is_ident(token, "impl")) {
            let (before, after) = (&rest[..start], &rest[start + 1..]);
            let Some(end) = after.iter().position(is_braces) else { break };
            let (head, body) = (&after[..end], &after[end]);
            rest = &after[end + 1..];
            let Some(mut part) = Part::read(head, body)? else { continue };
            if let [.., TokenTree::Punct(hash), TokenTree::Group(attribute)] = before
                && hash.as_char() == '#'
                && is_cfg(attribute)
            {
                return Err(Error::new(
                    "`#[cfg]` goes on a callback, or on the whole plugin module",
                    attribute.span(),
                ));
            }
            part.unit = is_unit_struct(&part, &tokens)?;
            let (place, another) = match part.kind {
                Kind::Plugin => (&mut plugin.plugin, "a plugin module has one `impl Plugin for …`"),
                Kind::Http | Kind::Stream => (
                    &mut plugin.stream,
                    "a plugin module has one `impl HttpFilter for …` or `impl StreamFilter for …`",
                ),
            };
            if place.is_some() {
                return Err(Error::new(another, part.name.span()));
            }
            *place = Some(part);
        }
        plugin.check()?;
        Ok(plugin)
    }

    fn check(&self) -> Result<(), Error> {
        if self.stream.is_none() && self.plugin.is_none() {
            return Err(Error::new(
                "a plugin module holds an `impl HttpFilter for Name { … }`, or one of `StreamFilter` or `Plugin`",
                Span::call_site(),
            ));
        }
        let reads = self.stream.as_ref().and_then(|stream| stream.reads.as_ref());
        let plugin = self.plugin.as_ref().map(|plugin| plugin.name.to_string());
        if let Some(reads) = reads
            && plugin.as_deref() != Some(reads.to_string().as_str())
        {
            return Err(Error::new(
                format!(
                    "what streams read is a plugin: write `impl Plugin for {reads} {{ … }}` in this module"
                ),
                reads.span(),
            ));
        }
        Ok(())
    }
}

impl Part {
    /// Reads `head { body }`, what follows an `impl`; `None` if it implements something else.
    fn read(head: &[TokenTree], body: &TokenTree) -> Result<Option<Self>, Error> {
        let Some(keyword) = head.iter().rposition(|token| is_ident(token, "for")) else {
            return Ok(None);
        };
        let (implemented, subject) = (&head[..keyword], &head[keyword + 1..]);
        let (last, argument) = match implemented {
            [.., last, open, argument, close]
                if is_punct(open, '<') && is_punct(close, '>') && !is_punct(last, '<') =>
            {
                (last, Some(argument))
            }
            [.., last] => (last, None),
            [] => return Ok(None),
        };
        let Some(kind) = Kind::ALL.into_iter().find(|kind| is_ident(last, kind.name())) else {
            return Ok(None);
        };
        let reads = match argument {
            None => None,
            Some(TokenTree::Ident(reads)) if kind != Kind::Plugin => Some(reads.clone()),
            Some(argument) => {
                return Err(Error::new(
                    "the plugin that streams read is a struct of this module",
                    argument.span(),
                ));
            }
        };
        match (subject, body) {
            ([TokenTree::Ident(name)], TokenTree::Group(body)) => Ok(Some(Self {
                kind,
                name: name.clone(),
                reads,
                unit: false,
                callbacks: callbacks(body)?,
            })),
            _ => Err(Error::new(
                format!(
                    "write `impl {} for Name`, where `Name` is a struct of the module",
                    kind.name()
                ),
                last.span(),
            )),
        }
    }
}

/// Whether the struct that an `impl` is for has no fields.
fn is_unit_struct(part: &Part, module: &[TokenTree]) -> Result<bool, Error> {
    let name = part.name.to_string();
    let declared = module
        .windows(3)
        .find(|window| is_ident(&window[0], "struct") && is_ident(&window[1], &name));
    match declared {
        Some([_, _, end]) if is_punct(end, ';') => Ok(true),
        Some([_, _, TokenTree::Group(_)]) => Ok(false),
        Some(_) => Err(Error::new("a plugin's struct has no parameters", part.name.span())),
        None => Err(Error::new(
            format!(
                "declare `struct {name}` in this module: whether it has fields decides what is exported"
            ),
            part.name.span(),
        )),
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

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
