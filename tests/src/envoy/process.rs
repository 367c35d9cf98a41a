//! An Envoy that runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{Config, Envoy, Error};

/// How long Envoy may take for a case.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running Envoy. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    config: PathBuf,
    /// Where it writes the address of its admin interface.
    admin_address: PathBuf,
    /// Where it writes what each stream's end tells.
    pub(crate) access_log: PathBuf,
    /// Its standard error. Envoy writes each line at once, so what it has logged is in the file.
    log: PathBuf,
    began: Instant,
}

impl Envoy {
    /// Writes a configuration as `NAME.yaml` into the folder of this Envoy.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, name: &str, config: &Config<'_>) -> Result<PathBuf, Error> {
        let path = self.folder.join(format!("{name}.yaml"));
        let failed = format!("cannot write {}", path.display());
        std::fs::create_dir_all(&self.folder).map_err(Error::io(failed.clone()))?;
        std::fs::write(&path, config.to_yaml()).map_err(Error::io(failed))?;
        Ok(path)
    }

    /// The command that runs Envoy with a configuration.
    pub fn command(&self, config: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(config);
        command.args(["--concurrency", "1", "--disable-hot-restart"]);
        command
    }

    pub(crate) fn start(&self, config: &Config<'_>) -> Result<Process, Error> {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = format!("run-{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
        let access_log = self.folder.join(format!("{run}.access"));
        let (names, _) = config.filter_state;
        let config = Config { filter_state: (names, &access_log), ..config.clone() };
        let config = self.write(&run, &config)?;
        let admin_address = config.with_extension("admin");
        let log = config.with_extension("log");
        // Of a process that had the same id once.
        let _ = std::fs::remove_file(&admin_address);
        let _ = std::fs::remove_file(&access_log);
        let stderr =
            File::create(&log).map_err(Error::io(format!("cannot write {}", log.display())))?;
        let child = self
            .command(&config)
            .arg("--admin-address-path")
            .arg(&admin_address)
            .args(["--log-format", "[%l][%n] %v", "--file-flush-interval-msec", "10"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(Error::io(format!("cannot run {}", self.program.display())))?;
        Ok(Process { child, config, admin_address, access_log, log, began: Instant::now() })
    }
}

impl Process {
    /// The address of the admin interface, once there is one; `None` if Envoy exits before.
    pub(crate) fn wait_for_admin(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Ok(address) = std::fs::read_to_string(&self.admin_address)
                && !address.is_empty()
            {
                return Ok(Some(address));
            }
            if self.exited()?.is_some() {
                return Ok(None);
            }
            self.give_up_in_time()?;
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// An error once Envoy has run for longer than any case takes.
    pub(crate) fn give_up_in_time(&self) -> Result<(), Error> {
        if self.began.elapsed() < PATIENCE {
            return Ok(());
        }
        Err(Error::Unexpected(format!("Envoy hangs:\n{}", telling(&self.log()))))
    }

    pub(crate) fn exited(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child.try_wait().map_err(Error::io("cannot wait for Envoy"))
    }

    /// An error that says so, if it has crashed.
    pub(crate) fn crash(&mut self) -> Result<Option<Error>, Error> {
        // It is a moment until a process that has closed its connections is gone.
        std::thread::sleep(Duration::from_millis(100));
        Ok(self.exited()?.map(|status| {
            Error::Unexpected(format!("Envoy crashes ({status}):\n{}", telling(&self.log())))
        }))
    }

    /// What it has logged so far: `[level][logger] message`, a message with all its lines.
    pub(crate) fn log(&self) -> Vec<String> {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let mut messages: Vec<String> = Vec::new();
        for line in String::from_utf8_lossy(&log).lines() {
            match messages.last_mut() {
                Some(message) if !begins_message(line) => {
                    message.push('\n');
                    message.push_str(line);
                }
                _ => messages.push(line.to_owned()),
            }
        }
        messages
    }

    /// Kills it, and returns all that it has logged.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.kill();
        self.log()
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Of a log, what tells why Envoy ends.
pub(crate) fn telling(log: &[String]) -> String {
    let tells = |line: &&String| {
        ["[critical]", "[error]"].iter().any(|level| line.starts_with(level))
            || line.contains("][wasm]")
    };
    log.iter().filter(tells).cloned().collect::<Vec<_>>().join("\n")
}

fn begins_message(line: &str) -> bool {
    let level =
        line.strip_prefix('[').and_then(|line| line.split_once("][")).map(|(level, _)| level);
    level.is_some_and(|level| {
        ["trace", "debug", "info", "warning", "error", "critical"].contains(&level)
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        for file in [&self.config, &self.admin_address, &self.access_log, &self.log] {
            let _ = std::fs::remove_file(file);
        }
    }
}
