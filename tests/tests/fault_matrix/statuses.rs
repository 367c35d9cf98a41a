//! Every hostcall with every status.

use std::collections::{BTreeMap, BTreeSet};

use whit_test::Fault;
use whit_test::trace::{Callback, Hostcall};

use super::filters;
use super::run::{Filter, Struck};

/// Those of the spec, and two that no host has.
const ALL: [u32; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 77, u32::MAX];
/// One that is an error everywhere.
const ONE: [u32; 1] = [10];

/// Strikes each hostcall of each case: with every status where a filter comes to a place for the first time,
/// and with one in each other case that comes there.
pub fn check(filter: &Filter) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut places, mut excepted) = (BTreeSet::new(), BTreeSet::new());
    for case in &filter.cases {
        let before = filter.run(case, None).expect("no fault, no trap");
        // Of a trace that is not whole nobody knows the times.
        if before.observed.refused.is_some() || before.trace.dropped > 0 {
            continue;
        }
        let mut times: BTreeMap<&str, u64> = BTreeMap::new();
        let mut here = BTreeSet::new();
        for callback in &before.trace.callbacks {
            for hostcall in &callback.hostcalls {
                let time = times.entry(hostcall.name).or_default();
                *time += 1;
                let place = place(callback, hostcall);
                // Once in a case: loops make the same call again and again.
                if !here.insert(place.clone()) {
                    continue;
                }
                let statuses = if places.insert(place) { &ALL[..] } else { &ONE[..] };
                for status in statuses {
                    let fault = Fault::hostcall(hostcall.name, *status).nth(*time);
                    match filter.check(&before, case, &fault) {
                        Ok(Struck::Somewhere) => {}
                        Ok(Struck::Excepted(place)) => drop(excepted.insert(place)),
                        Ok(Struck::Nowhere) => {
                            wrong.push(format!("{fault:?} has not struck: {}", case.name));
                        }
                        Err(why) => wrong.push(why),
                    }
                }
            }
        }
    }
    let unused = filters::places(&filter.name).filter(|place| !excepted.contains(place));
    wrong.extend(unused.map(|place| format!("exception {place} has held nowhere: remove it")));
    wrong
}

/// What tells one hostcall of a plugin's code from another.
pub fn place(callback: &Callback, hostcall: &Hostcall) -> String {
    const TELL: [&str; 8] = [
        "map_id",
        "buffer_id",
        "path",
        "metric_type",
        "name",
        "log_level",
        "stream_type",
        "status_code",
    ];
    let is_field = |name| name == "key" && hostcall.name.contains("header_map");
    let tells = hostcall.args.iter().filter(|arg| TELL.contains(&arg.name) || is_field(arg.name));
    let values: Vec<_> = tells.map(|arg| &arg.value).collect();
    format!("{} {} {values:?}", callback.name, hostcall.name)
}
