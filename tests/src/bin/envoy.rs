//! The program behind `cargo xtask envoy`: a plugin in real Envoy.

mod tally;

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tally::Tally;
use whit_test::case::{Case, CaseFile};
use whit_test::envoy::{Config, Envoy};

/// Run a plugin in real Envoy
#[derive(Parser)]
struct Args {
    /// The name of its configuration
    name: String,
    /// The module
    module: PathBuf,
    /// Where Envoy is fetched to, and configurations are written
    #[arg(long)]
    folder: PathBuf,
    /// Run these cases and exit
    #[arg(long)]
    check: bool,
    /// The case file
    #[arg(long)]
    cases: Option<PathBuf>,
    #[arg(long)]
    listener_port: u16,
    #[arg(long)]
    admin_port: u16,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let envoy = Envoy::find(&args.folder).map_err(|error| text(&error))?;
    let cases = match &args.cases {
        None => None,
        Some(path) => Some(CaseFile::read(path).map_err(|error| text(&error))?.cases),
    };
    if args.check {
        return check(&envoy, args, cases.as_deref());
    }
    for (flag, port) in [("--listener-port", args.listener_port), ("--admin-port", args.admin_port)]
    {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            return Err(format!(
                "port {port} on 127.0.0.1 cannot be used ({error}): stop what listens there, or choose another with {flag}"
            ));
        }
    }
    let plain = Case::get();
    let first = cases.as_ref().and_then(|cases| cases.first()).unwrap_or(&plain);
    let config = Config {
        module: &args.module,
        kind: first.kind,
        vm_configuration: &first.vm_configuration,
        environment: &first.environment,
        failure_policy: first.failure_policy,
        capabilities: first.capabilities.as_deref(),
        configurations: first.configurations(),
        listener_port: args.listener_port,
        admin_port: args.admin_port,
        upstream_port: None,
        routes: &first.routes,
        http2: false,
        metadata: &first.metadata,
        filter_state: (&[], "".as_ref()),
        clusters: &[],
    };
    let config = envoy.write(&args.name, &config).map_err(|error| text(&error))?;
    println!("Envoy:         {}", envoy.program().display());
    println!("configuration: {}", config.display());
    println!("try:           curl -i http://127.0.0.1:{}/", args.listener_port);
    println!("Ctrl-C ends it.");
    let error = envoy.command(&config).exec();
    Err(format!("cannot run {}: {error}", envoy.program().display()))
}

fn check(envoy: &Envoy, args: &Args, cases: Option<&[Case]>) -> Result<(), String> {
    let mut tally = Tally::default();
    let plain = [Case::get()];
    for case in cases.unwrap_or(&plain) {
        let observed =
            envoy.observe(&args.module, case).map_err(|error| format!("{}: {error}", case.name))?;
        let differences = match cases {
            Some(_) => case.check(&observed),
            None => observed.check_accepted(),
        };
        let failures = differences.iter().map(|difference| format!("{}: {difference}", case.name));
        tally.add(&format!("{}: {observed}", case.name), failures);
    }
    tally.end("cases")
}
