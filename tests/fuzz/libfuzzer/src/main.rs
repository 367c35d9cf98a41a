//! Any target under libFuzzer: the one that `WHIT_FUZZ_TARGET` names.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use whit_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("WHIT_FUZZ_TARGET").expect("WHIT_FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("WHIT_FUZZ_TARGET is a target")
});

fuzz_target!(|bytes: &[u8]| (TARGET.check)(bytes));
