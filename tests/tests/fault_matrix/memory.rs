//! Every point where memory can run out.

use std::collections::BTreeMap;
use std::time::Duration;

use whit_test::case::{Case, Kind};
use whit_test::{Answer, End, Fault, Headers, Http, Request};

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

/// Opens thousands of streams at once in a memory that does not grow: none traps, no stream passes then that would
/// not if there were memory, and when they are gone the next is answered as before.
pub fn check_crowd(filter: &Filter) -> Vec<String> {
    const STREAMS: usize = 20_000;
    let Some(case) = filter.cases.iter().find(|case| case.kind == Kind::Http) else {
        return Vec::new();
    };
    let (_, Ok(plugin)) = filter.vm.observe_with(case, |plugin| plugin) else { return Vec::new() };
    let next = || {
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
        exchange.response.and_then(|response| response.status())
    };
    let before = next();
    plugin.faults().inject(Fault::memory_stops_growing());
    let stream = case.streams().swap_remove(0);
    let request = stream.request;
    let open = |_| {
        let mut http = plugin.http();
        let mut headers = Headers::from([
            (":method", request.method.as_str()),
            (":path", &request.path),
            (":authority", "localhost"),
        ]);
        request.headers.iter().for_each(|(name, value)| headers.add(name, value));
        http.request_headers(headers, End::No);
        http
    };
    let streams: Vec<Http> = (0..STREAMS).map(open).collect();
    let within = next();
    drop(streams);
    plugin.faults().clear();
    plugin.advance(Duration::from_secs(60));
    let after = next();
    let mut wrong = plugin.errors();
    if before.is_some() != after.is_some() {
        wrong.push(format!("the next is {after:?}, not {before:?}"));
    }
    if before != Some(200) && within == Some(200) {
        wrong.push(format!("within the crowd a stream passes that does not otherwise: {before:?}"));
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
