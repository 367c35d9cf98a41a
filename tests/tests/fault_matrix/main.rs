//! Every filter on Whit, as it is shipped, under a host that fails: whatever a hostcall answers, and wherever memory
//! runs out, nothing traps, the next stream passes, and the outcome is the one in the tables:
//! [`classes`] for what a status means and what becomes of an error, [`effects`] for how that shows, and
//! [`filters`] for filters that do otherwise, with the reason.

#[path = "../common/mod.rs"]
mod common;

mod classes;
mod effects;
mod filters;
mod memory;
mod run;
mod statuses;

use libtest_mimic::{Arguments, Trial};
use run::Filter;

fn main() {
    let mut trials = Vec::new();
    for entry in common::root().join("filters").read_dir().expect("a folder") {
        let folder = entry.expect("an entry").path();
        if !folder.join("cases.toml").exists() {
            continue;
        }
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        for (what, check) in [
            ("statuses", statuses::check as fn(&Filter) -> Vec<String>),
            ("memory", memory::check),
            ("crowd", memory::check_crowd),
        ] {
            let filter = name.clone();
            let test = move || match check(&Filter::load(&filter)).as_slice() {
                [] => Ok(()),
                wrong => Err(wrong.join("\n").into()),
            };
            trials.push(Trial::test(format!("{name}: {what}"), test));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
