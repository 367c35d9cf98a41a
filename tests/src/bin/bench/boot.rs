//! Compiling and starting modules.

use whit_test::Vm;

use super::Subject;
use super::figures::{Group, Unit};
use super::rounds::{self, Contender};

/// How many plugins are started in a round.
const STARTS: u32 = 10;

pub(crate) fn measure(subjects: &[Subject], count: usize) -> Result<Vec<Group>, String> {
    let mut modules = Vec::new();
    for subject in subjects {
        let vm = subject.vm()?;
        vm.plugin().start().map_err(|error| subject.said(&error))?;
        modules.push((subject, subject.module()?, vm));
    }
    let compile = modules.iter().map(|(subject, module, _)| {
        Contender::new(&subject.filter, &subject.variant, |took| took, || drop(Vm::new(module)))
    });
    let compile = rounds::run(
        Group::new("to check and compile a module", Unit::Nanoseconds),
        compile.collect(),
        count,
    );
    let start = modules.iter().map(|(subject, _, vm)| {
        let run = || (0..STARTS).for_each(|_| drop(vm.plugin().start()));
        Contender::new(&subject.filter, &subject.variant, |took| took / f64::from(STARTS), run)
    });
    let start = rounds::run(
        Group::new("to start a plugin of it, in four VMs as Envoy does", Unit::Nanoseconds),
        start.collect(),
        count,
    );
    Ok(vec![compile, start])
}
