//! Plugins whose callbacks come in any order, about any context, under a host that answers with anything: none
//! traps, and none holds more memory the more often the same has happened.

use crate::built::plugin;
use crate::input::Input;
use crate::machine::Machine;

/// How often a script is played before a plugin is expected to have all that it needs, and then again.
const SETTLES: u32 = 4;
const AGAIN: u32 = 8;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let built = plugin(input.byte().into());
    let configuration = &built.configurations[input.below(built.configurations.len())];
    let is_repeated = input.byte() & 7 == 7;
    let mut machine = Machine::new(built, configuration.as_bytes());
    if !machine.boot() {
        return;
    }
    let script = input.rest();
    let keeps = machine.play(script);
    if keeps || !is_repeated {
        return;
    }
    let mut pages = 0;
    for _ in 0..SETTLES {
        machine.play(script);
        pages = machine.pages();
    }
    for _ in 0..AGAIN {
        machine.play(script);
    }
    assert_eq!(machine.pages(), pages, "{}: pages", built.name);
}
