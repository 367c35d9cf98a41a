//! The program behind `cargo xtask soak`.

mod body;
mod config;
mod h1;
mod http1_clients;
mod http2_clients;
mod listeners;
mod load;
mod log;
mod plugins;
mod process;
mod random;
mod run;
mod scenario;
mod scenarios;
mod services;
mod stats;
mod tally;
mod tcp_clients;
mod text;
mod upstream;
mod verdict;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use listeners::Modules;
use whit_test::envoy::Envoy;

/// Soak plugins in real Envoy
#[derive(Parser)]
pub(crate) struct Args {
    /// A module that publishes its pages: its filter's name and its path
    #[arg(long, required = true, num_args = 2, value_names = ["NAME", "MODULE"])]
    subject: Vec<String>,
    /// How long it lasts; listeners are replaced each minute, or twice if it is short
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// So many requests instead, however long they take
    #[arg(long)]
    requests: Option<u64>,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many workers Envoy has
    #[arg(long, default_value_t = 2)]
    workers: u32,
    /// The folder that Envoy is fetched into
    #[arg(long, default_value = "target/envoy")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match soak(&args) {
        Ok(violations) if violations.is_empty() => ExitCode::SUCCESS,
        Ok(violations) => {
            for violation in violations {
                eprintln!("error: {violation}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What must not be, and was. Without Envoy there is nothing.
fn soak(args: &Args) -> Result<Vec<String>, String> {
    let found = Envoy::find_or_skip(&args.folder).map_err(|error| error.to_string())?;
    let Some(envoy) = found else { return Ok(Vec::new()) };
    let pairs = args.subject.chunks_exact(2);
    let modules: Modules =
        pairs.filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.into()))).collect();
    let said = |error: std::io::Error| format!("cannot serve: {error}");
    let upstreams = upstream::start().map_err(said)?;
    let folder = args.folder.join(format!("soak-{}", std::process::id()));
    let folder = std::path::absolute(folder).map_err(said)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(said)?;
    let verdict = runtime.block_on(run::run(args, &envoy, &folder, modules, &upstreams));
    let _ = std::fs::remove_dir_all(&folder);
    let verdict = verdict?;
    println!("{}", verdict.text);
    Ok(verdict.violations)
}
