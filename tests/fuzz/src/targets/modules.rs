//! Modules of any bytes: the report on one says what becomes of it, its parts add up, and it does not harm the
//! runner.

use whit_test::Vm;
use whit_test::case::Case;
use whit_test::check::{Host, Report, Verdict};

pub(super) fn check(module: &[u8]) {
    let report = Report::of(module);
    assert_eq!(report.parts.iter().map(|part| part.bytes).sum::<usize>(), module.len());
    let refused = report.host(Host::Runner).verdict == Verdict::Refuses;
    match Vm::new(module) {
        Err(error) => assert!(refused, "{error}, but {report:?}"),
        Ok(vm) => {
            let (observed, _) = vm.observe(&Case::get());
            assert!(observed.refused.is_some() || !refused && observed.streams.len() == 1);
        }
    }
}
