//! An Envoy that runs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Config, Envoy, Error};

/// How long Envoy may take to serve, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lines of Envoy's log, `[level][logger] message`; those of one message joined.
type Log = Arc<Mutex<Vec<String>>>;

/// A running Envoy. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: Log,
    reader: Option<JoinHandle<()>>,
    admin_address: PathBuf,
    config: PathBuf,
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
        let config = self.write(&run, config)?;
        let admin_address = config.with_extension("admin");
        let mut child = self
            .command(&config)
            .arg("--admin-address-path")
            .arg(&admin_address)
            .args(["--log-format", "[%l][%n] %v"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io(format!("cannot run {}", self.program.display())))?;
        let log = Log::default();
        let reader = child.stderr.take().map(|stderr| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || collect(BufReader::new(stderr), &log))
        });
        Ok(Process { child, log, reader, admin_address, config })
    }
}

fn collect(stderr: impl BufRead, log: &Log) {
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        match log.last_mut() {
            Some(message) if !begins_message(&line) => {
                message.push('\n');
                message.push_str(&line);
            }
            _ => log.push(line),
        }
    }
}

fn begins_message(line: &str) -> bool {
    ["trace", "debug", "info", "warning", "error", "critical"].iter().any(|level| {
        line.strip_prefix('[')
            .and_then(|line| line.strip_prefix(level))
            .is_some_and(|line| line.starts_with("]["))
    })
}

impl Process {
    /// The address of the admin interface, once there is one; `None` if Envoy exits before.
    pub(crate) fn wait_for_admin(&mut self) -> Result<Option<String>, Error> {
        let began = Instant::now();
        loop {
            if let Ok(address) = std::fs::read_to_string(&self.admin_address)
                && !address.is_empty()
            {
                return Ok(Some(address));
            }
            if self.exited()?.is_some() {
                return Ok(None);
            }
            if began.elapsed() > PATIENCE {
                return Err(Error::Unexpected(format!(
                    "Envoy does not start:\n{}",
                    self.log().join("\n")
                )));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn exited(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child.try_wait().map_err(Error::io("cannot wait for Envoy"))
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Kills it, and returns all that it has logged.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.kill();
        self.log()
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_file(&self.admin_address);
        let _ = std::fs::remove_file(&self.config);
    }
}
