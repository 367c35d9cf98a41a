//! The connection of a case about TCP, on the runner.

use super::plugin::Plugin;
use super::tcp::Tcp;
use super::way::End;
use crate::case::{Case, SeenConnection};

/// The connection of a case about TCP.
pub(crate) fn converse(plugin: &Plugin, others: &[Plugin], case: &Case) -> SeenConnection {
    let first = case.clusters.first().map_or(Case::CLUSTER, |cluster| &cluster.name);
    let from = format!("{}:50000", case.connection.from);
    let mut tcp = plugin.tcp_with(others, &from, first);
    let sends = &case.connection.sends;
    if !sends.is_empty() {
        tcp.downstream_data(sends, End::No);
    }
    let name = tcp.cluster();
    let cluster = case.clusters.iter().find(|cluster| Some(&cluster.name) == name.as_ref());
    let mut said = false;
    let mut say = |tcp: &mut Tcp| {
        let something = sends.is_empty() || !tcp.upstream().0.is_empty();
        let says = cluster.and_then(|cluster| cluster.says.as_ref()).filter(|_| something && !said);
        if let Some(says) = says {
            said = true;
            tcp.upstream_data(says, End::No);
            if cluster.is_some_and(|cluster| cluster.ends) {
                tcp.upstream_data("", End::Yes);
            }
        }
    };
    say(&mut tcp);
    if !case.connection.resets {
        tcp.downstream_data("", End::Yes);
        say(&mut tcp);
        let ended = tcp.upstream().1 && !tcp.downstream().1;
        if ended && cluster.is_some() {
            tcp.upstream_data("", End::Yes);
        }
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (received, got) = (text(tcp.downstream().0), text(tcp.upstream().0));
    SeenConnection { received, cluster: name, got }
}
