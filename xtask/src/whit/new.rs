//! `cargo whit new`: a plugin in a crate of its own.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::profile;
use crate::new::{Folder, What};
use crate::{Usage, cargo};

/// Make a crate with a plugin that builds, boots and passes its cases
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    /// The folder to make [default: the name, in the current folder]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// The git repository that the crate and its CI get Whit from, instead of the checkout that this program was
    /// installed from
    #[arg(long, value_name = "URL")]
    git: Option<String>,
}

/// The checkout that this program was built from. As long as `whit` is on no registry, new crates have it
/// from there: their Cargo.toml and their CI say so, and nothing else.
const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");

pub fn run(args: &Args) -> Result<()> {
    let name = args.what.name()?;
    let path = args.path.clone().unwrap_or_else(|| name.as_str().into());
    let folder = Folder::new(&path)?;
    outside_of_workspaces(&path)?;
    let whit = match &args.git {
        Some(url) => Whit::in_git(url)?,
        None => Whit::in_checkout()?,
    };

    let template = args.what.template();
    let fill = |text| template.fill(text, &name);
    let manifest = fill(include_str!("../../templates/crate/manifest.toml"))
        .replace("@profile@", profile::PROFILE)
        .replace("@whit@", &whit.dependency);
    let ci = include_str!("../../templates/crate/ci.yml").replace("@install@", &whit.install);
    folder
        .file("Cargo.toml", manifest)
        .file("build.rs", include_str!("../../templates/crate/build.rs"))
        .file("src/lib.rs", fill(template.source))
        .file("cases.toml", fill(template.cases))
        .file("envoy.yaml", fill(template.envoy))
        .file("README.md", fill(include_str!("../../templates/crate/README.md")))
        .file(".gitignore", include_str!("../../templates/crate/gitignore"))
        .file(".github/workflows/ci.yml", ci)
        .write()?;
    println!("A plugin is in {}. There, see it pass its cases: cargo whit test", path.display());
    Ok(())
}

/// Where a crate has Whit from.
struct Whit {
    /// The line of its Cargo.toml.
    dependency: String,
    /// The steps of its CI that install `cargo whit`, and see to it that the line holds there.
    install: String,
}

impl Whit {
    fn in_git(url: &str) -> Result<Self> {
        if url.is_empty()
            || url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'\\".contains(c))
        {
            let why = "a URL has no spaces, quotes or backslashes";
            return Err(Usage(format!("{url:?} is no URL of a git repository: {why}")).into());
        }
        Ok(Self {
            dependency: format!("whit = {{ git = {url:?} }}"),
            install: include_str!("../../templates/crate/install_from_git.yml")
                .replace("@url@", url),
        })
    }

    fn in_checkout() -> Result<Self> {
        let checkout = Path::new(CHECKOUT).parent().unwrap_or(Path::new(CHECKOUT));
        if !checkout.join("sdk/Cargo.toml").is_file() {
            let why = "the crate `whit` is on no registry yet, and what this program was installed from is gone";
            let what = format!(
                "put it back at {}, or install from elsewhere, or use --git",
                checkout.display()
            );
            return Err(Usage(format!("{why}: {what}")).into());
        }
        Ok(Self {
            dependency: format!(
                "whit = {{ path = {:?} }}",
                checkout.join("sdk").display().to_string()
            ),
            install: include_str!("../../templates/crate/install_from_checkout.yml")
                .replace("@checkout@", &checkout.display().to_string()),
        })
    }
}

/// A member's profile, lock file and target folder are the workspace's: what is written here would not hold.
fn outside_of_workspaces(path: &Path) -> Result<()> {
    let path = std::path::absolute(path)?;
    let Some(parent) = path.ancestors().skip(1).find(|parent| parent.is_dir()) else {
        return Ok(());
    };
    let mut locate = cargo::cargo(["locate-project", "--workspace", "--message-format", "plain"]);
    let located = locate.current_dir(parent).output();
    let Some(located) = located.ok().filter(|located| located.status.success()) else {
        return Ok(());
    };
    let manifest = String::from_utf8_lossy(&located.stdout).trim_end().to_owned();
    let text = std::fs::read_to_string(&manifest).unwrap_or_default();
    if text.lines().any(|line| line.trim_start().starts_with("[workspace")) {
        let why = "a crate of its own cannot be within a workspace";
        let error = format!(
            "{why}, and that of {manifest} is around {}: choose another folder with --path",
            path.display()
        );
        return Err(Usage(error).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    /// What plugins here and elsewhere are told of their stack.
    #[test]
    fn the_stack_is_as_large_as_in_this_repository() {
        let flag = "link-arg=-zstack-size=4096\"";
        assert!(include_str!("../../templates/crate/build.rs").contains(flag));
        assert!(include_str!("../../../.cargo/config.toml").contains(flag));
    }
}
