//! `cargo xtask`, the commands of this repository, and `cargo whit`, those of them that are for anybody's own
//! plugins. What both have has a file of its own here; the rest is in `repository` and in `whit`.

mod boot;
mod build;
mod cargo;
mod case;
mod check;
// The programs behind these commands end so too.
#[path = "../../tests/src/cli/closed.rs"]
mod closed;
mod end;
mod envoy;
mod host;
mod new;
mod plugin;
mod prune;
#[cfg(feature = "cargo-xtask")]
mod repository;
mod run;
mod trace;
mod wasm;
mod watch;
#[cfg(feature = "cargo-whit")]
mod whit;
mod workspace;

use end::Usage;

#[cfg(feature = "cargo-xtask")]
pub use repository::main as cargo_xtask;
#[cfg(feature = "cargo-whit")]
pub use whit::main as cargo_whit;
