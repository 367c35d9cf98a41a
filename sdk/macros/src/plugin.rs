//! Reads a plugin module as far as its exports need: no `syn`, so that a filter builds fast.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::exports::exports;
use crate::tokens::{attributes, flatten, is_braces, is_ident, is_punct, outside_angles};
use crate::when::When;

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
struct Callback {
    name: String,
    when: When,
}

impl Part {
    /// When a callback of this name is there; `None` if none is written.
    pub(crate) fn callback(&self, name: &str) -> Option<When> {
        self.any_of(&[name])
    }

    /// When a callback of one of these names is there; `None` if none is written.
    pub(crate) fn any_of(&self, names: &[&str]) -> Option<When> {
        let written = self.callbacks.iter().filter(|callback| names.contains(&&*callback.name));
        written.map(|callback| callback.when.clone()).reduce(When::or)
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
        refuse_other_names(&tokens)?;
        let mut plugin = Self::default();
        let mut rest = &tokens[..];
        while let Some(start) = rest.iter().position(|token| is_ident(token, "impl")) {
            let (before, after) = (&rest[..start], &rest[start + 1..]);
            let Some(end) = after.iter().position(is_braces) else { break };
            let (head, body) = (&after[..end], &after[end]);
            rest = &after[end + 1..];
            let Some(mut part) = Part::read(head, body)? else { continue };
            if let Some(attribute) = attributes(before).find(|attribute| is_cfg(attribute)) {
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
        let outside = outside_angles(head);
        let Some(keyword) = outside.iter().position(|at| {
            is_ident(&head[*at], "for") && !head.get(at + 1).is_some_and(|next| is_punct(next, '<'))
        }) else {
            return Ok(None);
        };
        // The last name of the trait's path, and what it is given.
        let Some(last) =
            outside[..keyword].iter().copied().rfind(|at| matches!(head[*at], TokenTree::Ident(_)))
        else {
            return Ok(None);
        };
        let (subject, last, given) =
            (&head[outside[keyword] + 1..], &head[last], &head[last + 1..outside[keyword]]);
        let Some(kind) = Kind::ALL.into_iter().find(|kind| is_ident(last, kind.name())) else {
            return Ok(None);
        };
        let reads = match given {
            [] => None,
            [open, TokenTree::Ident(reads), close]
                if kind != Kind::Plugin && is_punct(open, '<') && is_punct(close, '>') =>
            {
                Some(reads.clone())
            }
            [first, ..] => {
                return Err(Error::new(
                    "the plugin that streams read is a struct of this module, by its name alone: \
                     `impl HttpFilter<Config> for Filter`",
                    given.get(1).unwrap_or(first).span(),
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
    let mut when = When::Always;
    let mut tokens = flatten(body.stream()).into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.next() {
                    when = when.and(When::of(attribute.stream()));
                }
            }
            token if is_ident(token, "fn") => {
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    let name = name.to_string();
                    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
                    callbacks.push(Callback { name, when: std::mem::take(&mut when) });
                }
            }
            // A constant, whose value may well come from a macro.
            token if is_ident(token, "const") && !tokens.peek().is_some_and(is_of_function) => {
                tokens.by_ref().take_while(|token| !is_punct(token, ';')).for_each(drop);
                when = When::Always;
            }
            TokenTree::Punct(punct) if punct.as_char() == '!' => {
                return Err(Error::new(
                    "write the callbacks out: what a macro makes here is not seen, nor exported",
                    punct.span(),
                ));
            }
            // The end of another item: its attributes were not for the next function.
            token if is_braces(token) => when = When::Always,
            TokenTree::Punct(punct) if punct.as_char() == ';' => when = When::Always,
            _ => {}
        }
    }
    Ok(callbacks)
}

/// Whether what follows `const` goes on as a function does.
fn is_of_function(token: &TokenTree) -> bool {
    ["fn", "async", "unsafe", "extern"].into_iter().any(|word| is_ident(token, word))
}

/// Under another name, one of the traits would not be seen, and nothing exported.
fn refuse_other_names(module: &[TokenTree]) -> Result<(), Error> {
    let mut rest = module;
    while let Some(start) = rest.iter().position(|token| is_ident(token, "use")) {
        let end = rest[start..].iter().position(|token| is_punct(token, ';'));
        let (item, after) = rest[start + 1..].split_at(end.map_or(0, |end| end - 1));
        let from = item.iter().find(|token| matches!(token, TokenTree::Ident(_)));
        if from.is_some_and(|from| is_ident(from, "whit")) {
            refuse_renamed(item)?;
        }
        rest = after;
    }
    Ok(())
}

fn refuse_renamed(tree: &[TokenTree]) -> Result<(), Error> {
    for token in tree {
        if let TokenTree::Group(group) = token {
            refuse_renamed(&flatten(group.stream()))?;
        }
    }
    for renamed in tree.windows(3) {
        let kind = Kind::ALL.into_iter().find(|kind| is_ident(&renamed[0], kind.name()));
        if let Some(kind) = kind
            && is_ident(&renamed[1], "as")
            && !is_ident(&renamed[2], "_")
        {
            return Err(Error::new(
                format!("`#[whit::plugin]` knows `{}` by this name only", kind.name()),
                renamed[2].span(),
            ));
        }
    }
    Ok(())
}

/// Whether this is the inside of `#[cfg(…)]`, or of `#[cfg_attr(…)]`, which may hold one.
fn is_cfg(attribute: &Group) -> bool {
    let first = attribute.stream().into_iter().next();
    first.is_some_and(|first| is_ident(&first, "cfg") || is_ident(&first, "cfg_attr"))
}
