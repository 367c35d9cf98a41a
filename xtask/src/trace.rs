//! `trace`: every call between the wasmtime runner and a plugin.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::host::{Host, Tool};
use crate::plugin::Subject;
use crate::{Usage, build};

/// Boot a plugin, drive a request through it, and print every call in either direction
#[derive(clap::Args)]
pub struct Args {
    /// A plugin, or the path of a module [default: the plugin of the current folder]
    #[arg(value_name = "NAME|PATH.wasm")]
    subject: Option<String>,
    /// A case of the plugin's case files, by its name or a part of it [default: the first one; for a
    /// module, GET / and an answer of the route's own]
    #[arg(long)]
    case: Option<String>,
    /// The plugin configuration, instead of the case's
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The request's method, instead of the case's
    #[arg(long)]
    method: Option<String>,
    /// The request's path, instead of the case's
    #[arg(long, value_name = "/PATH")]
    path: Option<String>,
    /// A header of the request, beside the case's
    #[arg(long, value_name = "NAME:VALUE", allow_hyphen_values = true, value_parser = header)]
    header: Vec<(String, String)>,
    /// The request's body, or the file of it, instead of the case's
    #[arg(long, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    body: Option<String>,
}

fn header(header: &str) -> Result<(String, String), String> {
    match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("a header is NAME:VALUE".to_owned()),
    }
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    let more = args.arguments()?;
    let subject = Subject::one(args.subject.as_deref())?;
    build::build_subjects(std::slice::from_ref(&subject))?;
    let mut command: Vec<OsString> = vec![subject.name().into(), subject.module()];
    for cases in subject.cases() {
        command.extend(["--cases".into(), cases.into_os_string()]);
    }
    command.extend(more);
    host.run(Tool::Trace, command)
}

impl Args {
    /// The program's arguments but for what the subject says.
    fn arguments(&self) -> Result<Vec<OsString>> {
        let mut arguments = Vec::new();
        let (text, file) = match self.body.as_deref().map(|body| (body, body.strip_prefix('@'))) {
            None => (None, None),
            Some((_, Some(file))) => (None, Some(Path::new(file))),
            Some((text, None)) => (Some(text), None),
        };
        for (name, value) in [
            ("--case", self.case.as_deref()),
            ("--method", self.method.as_deref()),
            ("--path", self.path.as_deref()),
            ("--body", text),
        ] {
            // One argument, so that it may begin with a dash.
            arguments.extend(value.map(|value| format!("{name}={value}").into()));
        }
        for (name, path) in [("--config", self.config.as_deref()), ("--body-file", file)] {
            let Some(path) = path else { continue };
            if !path.is_file() {
                return Err(Usage(format!("there is no file at {}", path.display())).into());
            }
            arguments.extend([name.into(), std::path::absolute(path)?.into_os_string()]);
        }
        for (name, value) in &self.header {
            arguments.extend(["--header".into(), name.into(), value.into()]);
        }
        Ok(arguments)
    }
}
