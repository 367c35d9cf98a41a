//! The filter `tcp-guard` with connections at the same time.

mod common;

use common::module;
use whit_test::{End, Fault, Plugin, Tcp, Vm};

fn guard(configuration: &str) -> Plugin {
    let vm = Vm::load(module("filters/tcp-guard.wasm")).expect("a module");
    vm.plugin().configuration(configuration).cluster("a").start().expect("it starts")
}

fn metric(plugin: &Plugin, name: &str) -> u64 {
    plugin.metric(&format!("tcp_guard.{name}")).expect("it is defined")
}

fn end(mut tcp: Tcp) {
    tcp.downstream_data(b"", End::Yes);
    tcp.upstream_data(b"", End::Yes);
    assert!(tcp.is_closed());
}

#[test]
fn there_are_as_many_connections_as_may_be() {
    let plugin = guard(r#"{ "connections": 2 }"#);
    let connect = || plugin.tcp("1.2.3.4:5", "a");
    let (first, second, third) = (connect(), connect(), connect());
    assert_eq!([&first, &second, &third].map(Tcp::is_closed), [false, false, true]);
    assert_eq!(third.cluster(), None);
    end(first);
    let fourth = connect();
    assert!(!fourth.is_closed() && connect().is_closed());
    // One is broken, and the other's upstream breaks it.
    fourth.reset();
    let mut second = second;
    second.upstream_breaks();
    assert_eq!(metric(&plugin, "open"), 0);
    let (one, other) = (connect(), connect());
    assert!(!one.is_closed() && !other.is_closed());
    assert_eq!((metric(&plugin, "open"), metric(&plugin, "denied_connections")), (2, 2));
}

#[test]
fn an_address_is_who_it_is_in_every_spelling() {
    let plugin = guard(r#"{ "connections": 9, "connections_of_address": 1, "slots": 4096 }"#);
    let open = |from: &str| {
        let tcp = plugin.tcp(from, "a");
        let open = !tcp.is_closed();
        (open, tcp)
    };
    let (first, _kept) = open("1.2.3.4:5");
    assert!(first && !open("1.2.3.4:6").0 && !open("[::ffff:1.2.3.4]:7").0 && open("1.2.3.5:6").0);
    // Of IPv6 the first 64 bits count.
    let (first, _kept) = open("[2001:db8::1]:5");
    assert!(first && !open("[2001:db8::2]:5").0 && open("[2001:db8:0:1::1]:5").0);
    // Who is denied for his address takes no place among all.
    assert_eq!((metric(&plugin, "denied_of_address"), metric(&plugin, "open")), (3, 2));
    let others: Vec<_> = (0..7).map(|n| open(&format!("9.9.9.{n}:1"))).collect();
    assert!(others.iter().all(|(open, _)| *open) && !open("8.8.8.8:1").0);
    assert!(!open("/tmp/socket").0 && metric(&plugin, "denied_unknown") == 1);
}

/// Connections of sixteen addresses come and go by chance, through two plugins that count together.
#[test]
fn counts_are_exact() {
    const CONFIGURATION: &str =
        r#"{ "connections": 20, "connections_of_address": 3, "slots": 4, "ipv6_bits": 128 }"#;
    let one = guard(CONFIGURATION);
    let other = one.beside().configuration(CONFIGURATION).start().expect("it starts");
    let mut open: Vec<Tcp> = Vec::new();
    let mut random = 1_u64;
    for n in 0..20_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let chance = (random >> 33) as usize;
        if chance.is_multiple_of(2) && !open.is_empty() {
            let tcp = open.swap_remove(chance / 2 % open.len());
            if n % 2 == 0 { tcp.reset() } else { end(tcp) }
        } else {
            let plugin = if n % 3 == 0 { &one } else { &other };
            let tcp = plugin.tcp(&format!("[::{:x}]:1", chance / 2 % 16), "a");
            if !tcp.is_closed() {
                open.push(tcp);
            }
        }
        // Four slots of three each.
        assert!(open.len() <= 12);
        assert_eq!(metric(&one, "open"), open.len() as u64);
    }
    open.clear();
    // All places are free again, and no more.
    let full: Vec<Tcp> = (0..64).map(|n| one.tcp(&format!("[::{n:x}]:1"), "a")).collect();
    assert_eq!(full.iter().filter(|tcp| !tcp.is_closed()).count(), 12);
    assert_eq!((metric(&one, "failed"), one.stats().pages), (0, 1));
}

/// Others change what is shared just before: the count is read again.
#[test]
fn a_count_that_another_has_changed_is_counted_again() {
    const CAS_MISMATCH: u32 = 8;
    let mismatch = || Fault::hostcall("proxy_set_shared_data", CAS_MISMATCH);
    let plugin = guard(r#"{ "connections": 1 }"#);
    let connect = || plugin.tcp("1.2.3.4:5", "a");
    plugin.faults().inject(mismatch().once());
    let tcp = connect();
    assert!(!tcp.is_closed() && connect().is_closed());
    plugin.faults().inject(mismatch().once());
    tcp.reset();
    assert!(!connect().is_closed(), "its place is free");
    // Where nothing can be counted, nobody is let in.
    plugin.faults().inject(mismatch());
    assert!(connect().is_closed());
    assert_eq!((metric(&plugin, "failed"), metric(&plugin, "denied_connections")), (1, 1));
}
