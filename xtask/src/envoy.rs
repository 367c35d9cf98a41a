//! `envoy`: a plugin in real Envoy.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::host::{Host, Tool};
use crate::plugin::Subject;
use crate::workspace::envoy_folder;
use crate::{Usage, build};

/// Run a plugin in real Envoy, fetched if it is missing
#[derive(clap::Args)]
pub struct Args {
    /// A plugin, or the path of a module [default: the plugin of the current folder]
    #[arg(value_name = "NAME|PATH.wasm")]
    subject: Option<String>,
    /// Run the plugin's cases through Envoy and exit
    #[arg(long)]
    check: bool,
    /// The case file [default: the plugin's own; for a module, that Envoy accepts it]
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    /// The port of the listener on 127.0.0.1
    #[arg(long, default_value_t = 18000, conflicts_with = "check")]
    listener_port: u16,
    /// The port of the admin interface on 127.0.0.1
    #[arg(long, default_value_t = 8001, conflicts_with = "check")]
    admin_port: u16,
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    if let Some(cases) = args.cases.as_ref().filter(|cases| !cases.is_file()) {
        return Err(Usage(format!("there is no case file at {}", cases.display())).into());
    }
    let subject = Subject::one(args.subject.as_deref())?;
    build::build_subjects(std::slice::from_ref(&subject))?;
    let own = args.cases.as_ref().map(std::path::absolute).transpose()?;
    let cases = own.map_or_else(|| subject.cases(), |cases| vec![cases]);
    let mut command: Vec<OsString> = vec!["--folder".into(), envoy_folder().into()];
    if args.check {
        command.extend(["--on".into(), "envoy".into()]);
        let cases = if cases.is_empty() { vec![PathBuf::new()] } else { cases };
        for cases in cases {
            let subject = [subject.name().into(), subject.module(), cases.into()];
            command.extend(std::iter::once("--subject".into()).chain(subject));
        }
        return host.run(Tool::Cases, command);
    }
    command.extend([subject.name().into(), subject.module()]);
    if let Some(cases) = cases.into_iter().next() {
        command.extend(["--cases".into(), cases.into()]);
    }
    command.extend(["--listener-port".into(), args.listener_port.to_string().into()]);
    command.extend(["--admin-port".into(), args.admin_port.to_string().into()]);
    host.run(Tool::Envoy, command)
}
