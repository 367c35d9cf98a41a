//! `cargo xtask new`: a filter of this repository.

use anyhow::Result;

use crate::new::{Folder, What};
use crate::workspace::Workspace;

/// Make a filter in filters/ that builds, boots and passes its cases
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
}

pub fn run(args: &Args) -> Result<()> {
    let name = args.what.name()?;
    let path = Workspace::current()?.root.join("filters").join(name.as_str());
    let template = args.what.template();
    let fill = |text| template.fill(text, &name);
    Folder::new(&path)?
        .file("Cargo.toml", fill(include_str!("../../templates/filter/manifest.toml")))
        .file("src/lib.rs", fill(template.source))
        .file("cases.toml", fill(template.cases).replace("cargo whit test", "cargo xtask test"))
        .write()?;
    let name = name.as_str();
    println!(
        "A filter is in filters/{name}: cargo xtask boot {name}, cargo xtask envoy {name} --check"
    );
    Ok(())
}
