//! `cargo xtask envoy`: a plugin in real Envoy.

use std::path::PathBuf;

use anyhow::Result;

use crate::cargo::{Program, target_dir};
use crate::filter::{Subject, Variant};
use crate::{Usage, build_filters};

/// Run a plugin in real Envoy, fetched if it is missing
#[derive(clap::Args)]
pub struct Args {
    /// A filter, or the path of a module
    #[arg(value_name = "NAME|PATH.wasm")]
    subject: String,
    /// Run the plugin's cases through Envoy and exit
    #[arg(long)]
    check: bool,
    /// The case file [default: the filter's own; for a module, that Envoy accepts it]
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    /// The port of the listener on 127.0.0.1
    #[arg(long, default_value_t = 18000, conflicts_with = "check")]
    listener_port: u16,
    /// The port of the admin interface on 127.0.0.1
    #[arg(long, default_value_t = 8001, conflicts_with = "check")]
    admin_port: u16,
}

pub fn run(args: &Args) -> Result<()> {
    if let Some(cases) = args.cases.as_ref().filter(|cases| !cases.is_file()) {
        return Err(Usage(format!("there is no case file at {}", cases.display())).into());
    }
    let (name, module, own_cases) = match Subject::parse(&args.subject)? {
        Subject::Filter(filter) => {
            build_filters::build(std::slice::from_ref(&filter))?;
            (filter.name.clone(), filter.module(Variant::Whit)?, filter.cases())
        }
        Subject::Module(path) => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, path, None)
        }
    };
    let mut command = vec![name.into(), module.into_os_string(), "--folder".into()];
    command.push(target_dir()?.join("envoy").into_os_string());
    if let Some(cases) = args.cases.as_ref().map(std::path::absolute).transpose()?.or(own_cases) {
        command.extend(["--cases".into(), cases.into_os_string()]);
    }
    command.extend(["--listener-port".into(), args.listener_port.to_string().into()]);
    command.extend(["--admin-port".into(), args.admin_port.to_string().into()]);
    if args.check {
        command.push("--check".into());
    }
    PROGRAM.run(command)
}

/// It drives Envoy, and needs no wasmtime for that.
pub const PROGRAM: Program =
    Program { bin: "whit-envoy", features: &["--no-default-features", "--features", "cli,envoy"] };
