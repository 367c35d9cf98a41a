//! The filter `rate-limit`: what several workers share, and what a million keys leave behind.

mod common;

use std::sync::Barrier;

use common::module;
use whit_test::{End, Fault, Plugin, PluginBuilder, Process, Status, Vm};

const BUILDS: [&str; 2] = ["filters/rate-limit.wasm", "filters/rate-limit.official-tuned.wasm"];
const VM_ID: &str = "limits";

fn plugin(build: &str, configuration: &str) -> PluginBuilder {
    let vm = Vm::load(module(build)).expect("a module").vm_id(VM_ID);
    let configuration = configuration.replace('\'', "\"");
    vm.plugin().configuration(configuration)
}

/// The status that a request gets; 200 if it passes.
fn ask(plugin: &Plugin, key: &[u8]) -> u32 {
    let mut http = plugin.http();
    let headers: [(&[u8], &[u8]); 4] =
        [(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a"), (b"x-api-key", key)];
    http.request_headers(headers, End::Yes);
    let status = match http.upstream() {
        Some(_) => 200,
        None => http.local_reply().expect("an answer").status,
    };
    http.close();
    status
}

#[test]
fn workers_that_hammer_one_key_let_exactly_the_burst_pass() {
    const BURST: usize = 5000;
    const WORKERS: usize = 4;
    let limit = format!(
        "{{ 'name': 'a', 'requests': 1, 'per': 'day', 'burst': {BURST}, 'header': 'x-api-key' }}"
    );
    for build in BUILDS {
        let process = Process::default();
        // As in Envoy, where one starts before all others.
        let first = plugin(build, &limit).process(&process).start().expect("it starts");
        let begin = Barrier::new(WORKERS);
        let passed: Vec<usize> = std::thread::scope(|threads| {
            let worker = || {
                let plugin = plugin(build, &limit).process(&process).start().expect("it starts");
                begin.wait();
                (0..BURST).filter(|_| ask(&plugin, b"one") == 200).count()
            };
            let workers: Vec<_> = (0..WORKERS).map(|_| threads.spawn(worker)).collect();
            workers.into_iter().map(|worker| worker.join().expect("no panic")).collect()
        });
        assert_eq!(passed.iter().sum::<usize>(), BURST, "{build}: {passed:?}");
        assert!(passed.iter().filter(|passed| **passed > 0).count() > 1, "{build}: {passed:?}");
        assert_eq!(first.metric("rate_limit.allowed"), Some(BURST as u64));
        assert_eq!(first.metric("rate_limit.limited"), Some(((WORKERS - 1) * BURST) as u64));
        assert_eq!(first.metric("rate_limit.errors"), Some(0));
    }
}

/// A million keys; `WHIT_REQUESTS` says how many else.
#[test]
fn a_million_keys_leave_as_many_values_as_there_are_slots() {
    let keys = std::env::var("WHIT_REQUESTS").map_or(1_000_000, |n| n.parse().expect("a number"));
    let limit = "{ 'name': 'a', 'requests': 1, 'per': 'day', 'header': 'x-api-key', 'slots': 64 }";
    let process = Process::default();
    let plugin = plugin(BUILDS[0], limit).process(&process).start().expect("it starts");
    let bytes = |process: &Process| -> usize {
        process.shared_data(VM_ID).iter().map(|(key, value)| key.len() + value.len()).sum()
    };
    let (values, before) = (process.shared_data(VM_ID).len(), bytes(&process));
    assert_eq!(values, 64 + 1);
    let passed =
        (0..keys).filter(|key| ask(&plugin, format!("key {key}").as_bytes()) == 200).count();
    assert_eq!(passed, 64, "each bucket lets one pass");
    assert_eq!((process.shared_data(VM_ID).len(), bytes(&process)), (values, before));
    assert_eq!(plugin.stats().pages, 1);
}

#[test]
fn the_seed_and_the_slots_outlive_the_plugin() {
    let limit = |slots: u32| {
        format!(
            "{{ 'name': 'a', 'requests': 1, 'per': 'day', 'header': 'x-api-key', 'slots': {slots} }}"
        )
    };
    for build in BUILDS {
        let process = Process::default();
        let start =
            |slots| plugin(build, &limit(slots)).process(&process).start().expect("it starts");
        assert_eq!(ask(&start(8), b"one"), 200);
        let data = process.shared_data(VM_ID);
        // A plugin that starts later finds its buckets as they are.
        assert_eq!(ask(&start(8), b"one"), 429);
        let made =
            |(key, value): &(Vec<u8>, Vec<u8>)| (key.clone(), value.get(..16).map(<[u8]>::to_vec));
        assert!(process.shared_data(VM_ID).iter().map(made).eq(data.iter().map(made)));
        // More slots are added, and fewer leave the others where they are.
        start(12);
        assert_eq!(process.shared_data(VM_ID).len(), 12 + 1);
        start(2);
        assert_eq!(process.shared_data(VM_ID).len(), 12 + 1);
    }
}

#[test]
fn other_workers_may_be_faster_ninety_nine_times() {
    let configure = |on_failure: &str| {
        format!(
            "{{ 'name': 'a', 'requests': 1, 'per': 'day', 'burst': 9, 'header': 'x-api-key', 'on_failure': '{on_failure}' }}"
        )
    };
    let mismatch = || Fault::hostcall("proxy_set_shared_data", Status::CasMismatch as u32);
    for (on_failure, failed) in [("allow", 200), ("deny", 503)] {
        let plugin = plugin(BUILDS[0], &configure(on_failure)).start().expect("it starts");
        (1..=99).for_each(|n| plugin.faults().inject(mismatch().nth(n)));
        assert_eq!((ask(&plugin, b"one"), plugin.faults().struck()), (200, 99));
        plugin.faults().clear();
        plugin.faults().inject(mismatch());
        assert_eq!(ask(&plugin, b"one"), failed);
        plugin.faults().clear();
        for hostcall in [
            "proxy_get_shared_data",
            "proxy_set_shared_data",
            "proxy_get_current_time_nanoseconds",
            "proxy_get_header_map_pairs",
        ] {
            for status in [Status::NotFound, Status::InternalFailure] {
                plugin.faults().inject(Fault::hostcall(hostcall, status as u32));
                assert_eq!(ask(&plugin, b"one"), failed, "{hostcall}");
                plugin.faults().clear();
            }
        }
        plugin.faults().inject(Fault::allocator_refuses());
        assert_eq!(ask(&plugin, b"one"), failed);
        plugin.faults().clear();
        // One token is gone, and no failure has taken another.
        assert_eq!((0..9).filter(|_| ask(&plugin, b"one") == 200).count(), 8);
        assert_eq!(plugin.metric("rate_limit.errors"), Some(10));
        assert_eq!(plugin.errors(), [""; 0]);
    }
}

#[test]
fn a_key_may_be_any_bytes() {
    let limit =
        "{ 'name': 'a', 'requests': 1, 'per': 'day', 'header': 'x-api-key', 'slots': 65536 }";
    let plugin = plugin(BUILDS[0], limit).start().expect("it starts");
    for key in [&[0xff; 60_000][..], b"\xc3", b"\xc3\x28", b" ", b","] {
        assert_eq!((ask(&plugin, key), ask(&plugin, key)), (200, 429), "{} bytes", key.len());
    }
}
