//! Configurations: whatever one says, the plugin starts or refuses.

use crate::built::plugin;
use crate::input::Input;
use crate::machine::Machine;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let built = plugin(input.byte().into());
    Machine::new(built, input.rest()).boot();
}
