//! Every point where memory can run out.

use std::collections::BTreeMap;

use whit_test::Fault;
use whit_test::case::Case;

use super::run::{Filter, Run, Struck};
use super::statuses::place;

/// Refuses allocations for the host, and growths of the memory. A hostcall without memory for its answer is one that
/// answers INVALID_MEMORY_ACCESS.
pub fn check(filter: &Filter) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &filter.cases {
        let before = filter.run(case, None).expect("no fault, no trap");
        if before.observed.refused.is_some() || before.trace.dropped > 0 {
            continue;
        }
        for time in allocations(&before) {
            let fault = Fault::allocator_refuses().nth(time);
            wrong.extend(strike(filter, &before, case, &fault).err());
        }
        for time in 1.. {
            let fault = Fault::memory_stops_growing().nth(time);
            match strike(filter, &before, case, &fault) {
                Ok(true) => {}
                Ok(false) => break,
                Err(why) => wrong.push(why),
            }
        }
    }
    wrong
}

/// The first two times of each place in a plugin's code that has memory allocated for it.
fn allocations(run: &Run) -> Vec<u64> {
    let calls =
        run.trace.callbacks.iter().flat_map(|callback| {
            callback.hostcalls.iter().map(move |hostcall| (callback, hostcall))
        });
    let mut places: BTreeMap<String, u32> = BTreeMap::new();
    let allocated = calls.filter(|(_, hostcall)| !hostcall.callbacks.is_empty());
    let wanted = (1..).zip(allocated).filter(|(_, (callback, hostcall))| {
        let times = places.entry(place(callback, hostcall)).or_default();
        *times += 1;
        *times <= 2
    });
    wanted.map(|(time, _)| time).collect()
}

/// Whether it has struck.
fn strike(filter: &Filter, before: &Run, case: &Case, fault: &Fault) -> Result<bool, String> {
    Ok(!matches!(filter.check(before, case, fault)?, Struck::Nowhere))
}
