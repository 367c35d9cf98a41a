//! A folder outside this workspace, with `cargo whit` at hand as after `cargo install`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use whit_test::envoy::Envoy;

/// A folder of its own, which goes with this value.
pub struct Outside {
    folder: PathBuf,
    envoy: Option<Envoy>,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Outside {
    /// A folder for the test of this name.
    pub fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("whit-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let envoy =
            Envoy::find_or_skip(&tmp().join("../envoy")).unwrap_or_else(|error| panic!("{error}"));
        Self { folder, envoy }
    }

    pub fn envoy(&self) -> Option<&Envoy> {
        self.envoy.as_ref()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A file with this text.
    pub fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// The names of all that is in a folder.
    pub fn entries(&self, name: &str) -> Vec<String> {
        let entries = self.path(name).read_dir().expect("a folder");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
        names.sort();
        names
    }

    /// Lets a crate share what cargo has built with those of other tests and of earlier runs.
    pub fn share_target(&self, name: &str) {
        let shared = tmp().join("outside");
        fs::create_dir_all(&shared).expect("a folder");
        symlink(shared, self.path(name).join("target")).expect("a link");
    }

    /// Runs a line of shell in a folder.
    pub fn run(&self, folder: &str, line: &str) -> Said {
        let bin = Path::new(env!("CARGO_BIN_EXE_cargo-whit")).parent().expect("a folder");
        let path = std::env::var_os("PATH").expect("a PATH");
        let path = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell.current_dir(self.path(folder)).args(["-c", line]);
        shell.env("PATH", std::env::join_paths(path).expect("a PATH"));
        shell.env_remove("CARGO_TARGET_DIR");
        if let Some(envoy) = self.envoy() {
            shell.env("ENVOY", envoy.program());
        }
        let output = shell.output().expect("a shell");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a line that must succeed, and returns what it printed.
    pub fn passes(&self, folder: &str, line: &str) -> String {
        let said = self.run(folder, line);
        assert_eq!(said.code, Some(0), "{line}\n{}{}", said.out, said.err);
        said.out
    }

    /// Runs a line that is refused, and returns why.
    pub fn refused(&self, folder: &str, line: &str) -> String {
        let said = self.run(folder, line);
        assert_eq!(said.code, Some(2), "{line}\n{}{}", said.out, said.err);
        said.err
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn tmp() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
