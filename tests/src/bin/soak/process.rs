//! The Envoy that is soaked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use whit_test::envoy::Envoy;

use crate::log::Log;

/// How long Envoy may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running Envoy. It is killed when dropped.
pub(crate) struct Process {
    child: Child,
    admin: PathBuf,
    pub(crate) log: Log,
}

impl Process {
    /// Starts one with several workers, and a configuration that is written into this folder.
    pub(crate) fn start(
        envoy: &Envoy,
        folder: &Path,
        bootstrap: &str,
        workers: u32,
        drains: Duration,
    ) -> Result<Self, String> {
        let (path, admin) = (folder.join("envoy.yaml"), folder.join("admin"));
        let written = fs::write(&path, bootstrap);
        written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let _ = fs::remove_file(&admin);
        let mut child = Command::new(envoy.program())
            .arg("-c")
            .arg(&path)
            .arg("--admin-address-path")
            .arg(&admin)
            .args(["--concurrency", &workers.to_string(), "--disable-hot-restart"])
            // A listener that was replaced ends its connections then. No request takes as long.
            .args(["--drain-time-s", &drains.as_secs().to_string()])
            .args(["--log-level", "warning", "--component-log-level", "wasm:info"])
            .args(["--log-format", "[%l][%n] %v"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", envoy.program().display()))?;
        let stderr = child.stderr.take().ok_or("Envoy has no standard error")?;
        Ok(Self { child, admin, log: Log::read(stderr) })
    }

    /// The address of its admin interface, once there is one.
    pub(crate) async fn wait_for_admin(&mut self) -> Result<String, String> {
        let began = Instant::now();
        loop {
            self.lives()?;
            let address = fs::read_to_string(&self.admin).unwrap_or_default();
            if !address.is_empty() {
                return Ok(address);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("Envoy does not start in {} s", PATIENCE.as_secs()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// An error if it does not.
    pub(crate) fn lives(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                // What it said last may still be on its way.
                std::thread::sleep(Duration::from_millis(200));
                let lines = self.log.seen().lines.join("\n");
                Err(format!("Envoy has ended ({status}):\n{lines}"))
            }
            Err(error) => Err(format!("cannot wait for Envoy: {error}")),
        }
    }

    /// How many MiB of memory it has.
    pub(crate) fn mebibytes(&self) -> Result<u64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.map(|kib| kib >> 10).ok_or_else(|| format!("{path} tells no VmRSS"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
