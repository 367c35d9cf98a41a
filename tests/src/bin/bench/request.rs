//! What a request takes of the guest once it is warm: figures that repeat exactly.

use whit_test::case::{Case, CaseFile, CaseStream, EnvoyVersion, Kind, Outcome};
use whit_test::{End, Plugin, Stats, Vm};

use super::Subject;
use super::figures::{Figure, Group, Unit};

/// How many requests come before those that count.
const WARM: u32 = 20;
/// How many count.
const COUNTED: u32 = 50;

/// The first case of each filter, again and again in one VM.
pub(crate) fn measure(subjects: &[Subject]) -> Result<Vec<Group>, String> {
    let mut groups = [
        "guest instructions a request",
        "hostcalls a request",
        "allocations a request that the host asks of the guest",
        "pages of 64 KiB a VM",
    ]
    .map(|title| Group::new(title, Unit::Count));
    for subject in subjects {
        let Some(case) = first_case(subject)? else { continue };
        let vm = subject.vm()?;
        let used = |times| used(&vm, &case, times).map_err(|error| subject.said(&error));
        let took = used(WARM + COUNTED)?.since(used(WARM)?);
        let a_request = |sum: u64| sum as f64 / f64::from(COUNTED);
        let figures = [
            a_request(took.instructions),
            a_request(took.hostcalls),
            a_request(took.allocations),
            took.pages as f64,
        ];
        for (group, figure) in groups.iter_mut().zip(figures) {
            group.add(&subject.filter, Figure::exact(&subject.variant, figure));
        }
    }
    Ok(groups.into())
}

/// The first one that all variants run, if its plugin starts.
fn first_case(subject: &Subject) -> Result<Option<Case>, String> {
    let cases = CaseFile::read(&subject.cases).map_err(|error| error.to_string())?.cases;
    let mut cases = cases.into_iter();
    let case = cases.find(|case| case.excused.is_empty() && case.is_of(EnvoyVersion::OF_RUNNER));
    Ok(case.filter(|case| case.expect.refused.is_none()))
}

/// What so many requests take, or ticks of a plugin that runs beside all traffic, or connections.
fn used(vm: &Vm, case: &Case, times: u32) -> Result<Stats, String> {
    let repeated = match case.kind {
        Kind::Http => {
            // After each, a moment in which calls are answered.
            let stream = case.streams().into_iter().next().unwrap_or_default();
            let streams = vec![CaseStream { waits: 1, ..stream }; times as usize];
            Case { streams, ..case.clone() }
        }
        Kind::Background => Case { ticks: times, ..case.clone() },
        Kind::Tcp => case.clone(),
    };
    let (observed, plugin) = vm.observe(&repeated);
    let plugin = plugin.ok_or_else(|| observed.to_string())?;
    if case.kind == Kind::Tcp {
        (1..times).for_each(|_| connect(&plugin, case));
    }
    let expected = |outcome: &Outcome| matches!(outcome, Outcome::Answered { status, .. } if Some(*status) == case.expect.status);
    let other = observed.streams.iter().find(|stream| !expected(&stream.outcome));
    match (other, plugin.errors().first()) {
        (Some(stream), _) => Err(format!("{}: {}", case.name, stream.outcome)),
        (None, Some(error)) => Err(error.clone()),
        (None, None) => Ok(plugin.stats().since(plugin.boot_stats())),
    }
}

/// A connection as that of the case: the client speaks, the cluster answers, and both end.
fn connect(plugin: &Plugin, case: &Case) {
    let first = case.clusters.first().map_or(Case::CLUSTER, |cluster| &cluster.name);
    let mut tcp = plugin.tcp(&format!("{}:50000", case.connection.from), first);
    tcp.downstream_data(&case.connection.sends, End::No);
    let cluster = tcp.cluster();
    let cluster = case.clusters.iter().find(|known| Some(&known.name) == cluster.as_ref());
    if let Some(says) = cluster.and_then(|cluster| cluster.says.as_ref()) {
        tcp.upstream_data(says, End::No);
    }
    tcp.downstream_data("", End::Yes);
    tcp.upstream_data("", End::Yes);
}
