//! Every call between a host and a plugin.

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::Parser;

use super::Failure;
use super::failure::read;
use crate::case::{Case, CaseFile, Kind};
use crate::{Error, PluginBuilder, observe_with};

/// Boot a plugin, drive a case or a request through it, and print every call
#[derive(Parser)]
#[command(name = "whit-trace")]
struct Args {
    /// What the plugin is called
    name: String,
    /// The module
    module: PathBuf,
    /// A case file; can be given several times
    #[arg(long)]
    cases: Vec<PathBuf>,
    /// The case's name, or a part of it that no other has; by default the first one
    #[arg(long)]
    case: Option<String>,
    /// The file of the plugin configuration, instead of the case's
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    request: Request,
}

/// What the request has instead of what the case says.
#[derive(clap::Args)]
struct Request {
    #[arg(long)]
    method: Option<String>,
    #[arg(long)]
    path: Option<String>,
    #[arg(long, num_args = 2, allow_hyphen_values = true, value_names = ["NAME", "VALUE"])]
    header: Vec<String>,
    #[arg(long)]
    body: Option<String>,
    #[arg(long, conflicts_with = "body")]
    body_file: Option<PathBuf>,
}

/// Boots a plugin, drives a case or a request through it, and prints every call.
///
/// # Errors
/// The plugin is refused, or what is asked for is not there.
pub fn trace(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let case = args.request.change(args.case()?)?;
    let configuration = args.config.as_deref().map(read).transpose()?;
    if configuration.is_some() && !case.plugins.is_empty() {
        let why = format!(
            "the case `{}` is about several plugins, so --config cannot say what their configurations are: choose another with --case",
            case.name
        );
        return Err(Failure::usage(why));
    }
    let module = read(&args.module)?;
    let prepare = |plugin: PluginBuilder| match &configuration {
        Some(configuration) => plugin.traced().configuration(configuration.clone()),
        None => plugin.traced(),
    };
    let (observed, plugin) = observe_with(&module, &case, prepare);
    match plugin {
        Ok(plugin) => print(format_args!("{}\n{}: {observed}\n", plugin.take_trace(), case.name)),
        Err(error) => {
            if let Error::Refused(refusal) = &error
                && let Some(trace) = refusal.trace()
            {
                print(format_args!("{trace}"))?;
            }
            Err(Failure::of(format!("{}: refused: {error}", args.name)))
        }
    }
}

/// Prints, until nobody reads on.
fn print(text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    match std::io::stdout().lock().write_fmt(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::of(format!("cannot print: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Args {
    /// What is to happen, before the request is changed.
    fn case(&self) -> Result<Case, Failure> {
        let mut cases = Vec::new();
        for path in &self.cases {
            let file = CaseFile::read(path).map_err(|error| Failure::usage(error.to_string()))?;
            cases.extend(file.cases);
        }
        match &self.case {
            None => Ok(cases.into_iter().next().unwrap_or_else(Case::get)),
            Some(wanted) => find(cases, wanted, &self.name),
        }
    }
}

/// The case of this name, or the only one whose name has this in it.
fn find(cases: Vec<Case>, wanted: &str, plugin: &str) -> Result<Case, Failure> {
    if let Some(case) = cases.iter().find(|case| case.name == wanted) {
        return Ok(case.clone());
    }
    let named =
        |cases: &[Case]| cases.iter().map(|case| format!("\n  {}", case.name)).collect::<String>();
    let (mut found, others): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.name.contains(wanted));
    match (found.pop(), &found[..]) {
        (Some(case), []) => Ok(case),
        (None, _) if others.is_empty() => {
            Err(Failure::usage(format!("there is no case `{wanted}`: {plugin} has none")))
        }
        (None, _) => {
            let names = named(&others);
            Err(Failure::usage(format!(
                "there is no case `{wanted}` of {plugin}, but these:{names}"
            )))
        }
        (Some(case), _) => {
            found.push(case);
            let names = named(&found);
            Err(Failure::usage(format!(
                "`{wanted}` is in the names of several cases of {plugin}:{names}"
            )))
        }
    }
}

impl Request {
    /// Whether it has anything.
    fn is_empty(&self) -> bool {
        self.method.is_none()
            && self.path.is_none()
            && self.header.is_empty()
            && self.body.is_none()
            && self.body_file.is_none()
    }

    /// The case with this request.
    fn change(&self, mut case: Case) -> Result<Case, Failure> {
        if self.is_empty() {
            return Ok(case);
        }
        if case.kind != Kind::Http || !case.streams.is_empty() {
            let what = if case.kind == Kind::Http { "several requests" } else { "no request" };
            let why = format!(
                "the case `{}` has {what}, so there is none to change: choose another with --case",
                case.name
            );
            return Err(Failure::usage(why));
        }
        let request = &mut case.request;
        if let Some(method) = &self.method {
            request.method.clone_from(method);
        }
        if let Some(path) = &self.path {
            request.path.clone_from(path);
        }
        for header in self.header.chunks_exact(2) {
            let [name, value] = header else { continue };
            request.headers.push((name.clone(), value.as_str().into()));
        }
        if let Some(body) = &self.body {
            request.body = body.as_str().into();
        }
        if let Some(path) = &self.body_file {
            request.body = read(path)?.into();
        }
        Ok(case)
    }
}
