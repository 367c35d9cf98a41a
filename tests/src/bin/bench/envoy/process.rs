//! An Envoy that is measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use whit_test::envoy::Envoy;

use super::load;

/// How long Envoy may take to serve.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running Envoy. It is killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// How long it took from its start until it answered.
    pub(crate) started_in: Duration,
    config: PathBuf,
}

impl Process {
    /// Starts one with this configuration, and waits until it answers.
    pub(crate) fn start(envoy: &Envoy, name: &str, config: &str) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("whit-bench-{}", std::process::id()));
        let said = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(said)?;
        let path = folder.join(format!("{name}.yaml"));
        fs::write(&path, config).map_err(said)?;
        let admin_path = path.with_extension("admin");
        let log_path = path.with_extension("log");
        let log = fs::File::create(&log_path).map_err(said)?;
        let _ = fs::remove_file(&admin_path);
        let began = Instant::now();
        let child = envoy
            .command(&path)
            .arg("--admin-address-path")
            .arg(&admin_path)
            .args(["--log-level", "error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot run Envoy: {error}"))?;
        let mut process =
            Self { child, address: String::new(), started_in: Duration::ZERO, config: path };
        loop {
            if began.elapsed() > PATIENCE || process.child.try_wait().map_err(said)?.is_some() {
                let log = fs::read_to_string(&log_path).unwrap_or_default();
                let end: Vec<&str> = log.lines().rev().take(5).collect();
                return Err(format!("Envoy does not serve {name}: {}", end.join("; ")));
            }
            if let Some(address) = listener(&admin_path) {
                process.address = address;
                if load::answers(&process.address) {
                    process.started_in = began.elapsed();
                    return Ok(process);
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The time that its threads have run.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        let tasks = PathBuf::from(format!("/proc/{}/task", self.child.id()));
        let said = |error: std::io::Error| format!("{}: {error}", tasks.display());
        let mut nanos = 0;
        for task in fs::read_dir(&tasks).map_err(said)? {
            // A thread may end while this reads.
            let stat = fs::read_to_string(task.map_err(said)?.path().join("schedstat"));
            let ran = stat.ok().and_then(|stat| stat.split(' ').next()?.parse::<u64>().ok());
            nanos += ran.unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The bytes of memory that it has.
    pub(crate) fn memory(&self) -> Result<u64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.map(|kib| kib << 10).ok_or_else(|| format!("{path} tells no VmRSS"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for extension in ["yaml", "admin", "log"] {
            let _ = fs::remove_file(self.config.with_extension(extension));
        }
    }
}

/// Where it listens, as its admin interface says; `None` as long as that does not answer.
fn listener(admin_path: &Path) -> Option<String> {
    let admin = fs::read_to_string(admin_path).ok().filter(|address| !address.is_empty())?;
    let listeners: serde_json::Value =
        serde_json::from_slice(&load::get(&admin, "/listeners?format=json").ok()?).ok()?;
    let socket = &listeners["listener_statuses"][0]["local_address"]["socket_address"];
    let port = socket["port_value"].as_u64().filter(|port| *port != 0)?;
    Some(format!("127.0.0.1:{port}"))
}
