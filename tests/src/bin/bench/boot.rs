//! Compiling and starting modules.

use whit_test::Vm;

use super::rounds::{self, Contender};
use super::{Measured, Subject};

/// How many plugins are started in a round.
const STARTS: u32 = 10;

pub(crate) fn measure(subjects: &[Subject], count: usize) -> Result<Vec<Measured>, String> {
    let mut modules = Vec::new();
    for Subject { name, path } in subjects {
        let bytes = std::fs::read(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let vm = Vm::new(&bytes).map_err(|error| format!("{name}: {error}"))?;
        vm.plugin().start().map_err(|error| format!("{name}: {error}"))?;
        modules.push((name, bytes, vm));
    }
    let mut compile: Vec<Contender<'_>> = modules
        .iter()
        .map(|(name, bytes, _)| Contender::new(format!("{name}: compile"), || drop(Vm::new(bytes))))
        .collect();
    rounds::run(&mut compile, count);
    let mut start: Vec<Contender<'_>> = modules
        .iter()
        .map(|(name, _, vm)| {
            Contender::new(format!("{name}: start a plugin, four VMs"), || {
                for _ in 0..STARTS {
                    drop(vm.plugin().start());
                }
            })
        })
        .collect();
    rounds::run(&mut start, count);
    let pairs = compile.iter().zip(&start);
    let measured =
        pairs.flat_map(|(compile, start)| [Measured::of(compile, 1), Measured::of(start, STARTS)]);
    Ok(measured.collect())
}
