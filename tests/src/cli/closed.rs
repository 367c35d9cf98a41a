//! Output that nobody reads any more.

use std::panic;
use std::process;

/// From now on the program ends without a word once its standard output is closed, as in `… | head`. `println!` knows
/// no other way to say that than a panic.
pub fn end_quietly() {
    const CLOSED: &str = "failed printing to stdout: Broken pipe";
    let otherwise = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some_and(|why| why.starts_with(CLOSED)) {
            process::exit(0);
        }
        otherwise(panic);
    }));
}
