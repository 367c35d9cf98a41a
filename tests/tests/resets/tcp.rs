//! TCP connections, step by step.

use whit_test::case::Case;
use whit_test::{End as Last, Plugin, Tcp};

use super::{End, Steps};

/// Runs a case's connection for so many steps, and lets it end. Returns how many steps it has taken.
pub fn run(plugin: &Plugin, case: &Case, steps: usize, end: End) -> usize {
    let mut steps = Steps::so_many(steps);
    if !steps.next() {
        return 0;
    }
    let cluster = case.clusters.first().map_or(Case::CLUSTER, |cluster| &cluster.name);
    let mut tcp = plugin.tcp(&format!("{}:50000", case.connection.from), cluster);
    let says = case.clusters.iter().find_map(|cluster| cluster.says.as_deref()).unwrap_or("pong");
    let (first, rest) = case.connection.sends.split_at(case.connection.sends.len() / 2);
    let sends: [&dyn Fn(&mut Tcp); 6] = [
        &|tcp| tcp.downstream_data(first, Last::No),
        &|tcp| tcp.upstream_data(says, Last::No),
        &|tcp| tcp.downstream_data(rest, Last::No),
        &|tcp| tcp.downstream_data("", Last::Yes),
        &|tcp| tcp.upstream_data(says, Last::No),
        &|tcp| tcp.upstream_data("", Last::Yes),
    ];
    for send in sends {
        if !steps.next() {
            break;
        }
        send(&mut tcp);
    }
    if let End::Upstream = end {
        tcp.upstream_breaks();
    }
    tcp.reset();
    steps.taken
}
