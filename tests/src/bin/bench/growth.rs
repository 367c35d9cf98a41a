//! What a stream takes among more and more of them, and a KiB of longer and longer bodies: figures that repeat
//! exactly, and that must stay the same.

use whit_test::{End, Http, Plugin, Vm};

use super::Subject;
use super::figures::{Figure, Group, Unit};

/// A filter whose streams each wait for a call, and whose variants are compared.
const CALLS: &str = "http-auth-random";
/// A guest whose streams have state, and wait for a call when the path says so; it reads bodies.
const STATE: &str = "mixed";
/// A filter that rewrites bodies while they pass.
const REWRITES: &str = "redact";
/// In what pieces a body comes.
const CHUNK: usize = 64 << 10;

#[derive(clap::Args)]
pub(crate) struct Most {
    /// How many streams there are at once, in the end
    #[arg(long, default_value_t = 100_000)]
    streams: usize,
    /// How many KiB a body has, in the end
    #[arg(long, default_value_t = 100_000)]
    kib: usize,
}

pub(crate) fn measure(subjects: &[Subject], most: &Most) -> Result<Vec<Group>, String> {
    let mut streams =
        Group::new("guest instructions a stream, by how many wait for a call at once", Unit::Count);
    let mut memory =
        Group::new("pages of 64 KiB a VM, by how many streams wait at once", Unit::Count);
    let mut bodies = Group::new("guest instructions a KiB, by how many a body has", Unit::Count);
    let mut body_memory =
        Group::new("pages of 64 KiB a VM, by how many KiB a body has", Unit::Count);
    for subject in subjects {
        let contender = if subject.filter == CALLS { &subject.variant } else { &subject.filter };
        let vm = subject.vm()?;
        if [CALLS, STATE].contains(&subject.filter.as_str()) {
            for count in decades(most.streams) {
                let (instructions, pages) = many(&plugin(subject, &vm)?, count)?;
                let what = count.to_string();
                streams.add(&what, Figure::exact(contender, instructions));
                memory.add(&what, Figure::exact(contender, pages));
            }
        }
        if [STATE, REWRITES].contains(&subject.filter.as_str()) {
            for kib in decades(most.kib) {
                let (instructions, pages) = long(&plugin(subject, &vm)?, kib)?;
                let what = kib.to_string();
                bodies.add(&what, Figure::exact(contender, instructions));
                body_memory.add(&what, Figure::exact(contender, pages));
            }
        }
    }
    Ok(vec![streams, memory, bodies, body_memory])
}

/// 1, 10, 100 and so on.
fn decades(most: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1_usize), |n| n.checked_mul(10)).take_while(move |n| *n <= most)
}

fn plugin(subject: &Subject, vm: &Vm) -> Result<Plugin, String> {
    let configuration = match subject.filter.as_str() {
        STATE => "word",
        REWRITES => r#"{ "request": true }"#,
        _ => "",
    };
    let plugin = vm.plugin().configuration(configuration);
    let plugin = plugin.cluster("auth").cluster("httpbin").start();
    plugin.map_err(|error| subject.said(&error))
}

fn open(plugin: &Plugin, path: &str, end: End) -> Http {
    let mut http = plugin.http();
    http.request_headers([(":method", "POST"), (":path", path), (":authority", "a")], end);
    http
}

/// So many streams at once, whose calls are answered in the order in which they were made: instructions a
/// stream, and pages. As many have been there before.
fn many(plugin: &Plugin, count: usize) -> Result<(f64, f64), String> {
    let mut instructions = 0;
    for _ in 0..2 {
        let before = plugin.stats();
        let streams: Vec<Http> = (0..count).map(|_| open(plugin, "/ask", End::Yes)).collect();
        for call in plugin.callouts() {
            call.reply(200, [("x", "y")], "2").map_err(|error| error.to_string())?;
        }
        for mut http in streams {
            http.response_headers([(":status", "200")], End::Yes);
            if http.response().is_none() {
                return Err(format!("of {count} streams, one is not answered"));
            }
        }
        instructions = plugin.stats().since(before).instructions;
        plugin.take_log();
    }
    Ok((instructions as f64 / count as f64, plugin.stats().pages as f64))
}

/// A body so long: instructions a KiB, without those of the headers, and pages.
fn long(plugin: &Plugin, kib: usize) -> Result<(f64, f64), String> {
    let mut http = open(plugin, "/", End::No);
    let before = plugin.stats();
    let (chunk, mut left, mut passed) = (text(), kib << 10, 0);
    while left > 0 {
        let size = left.min(CHUNK);
        http.request_body(&chunk[..size], End::No);
        left -= size;
        passed += http.take_upstream_body().len();
    }
    http.request_body(b"", End::Yes);
    passed += http.take_upstream_body().len();
    if passed != kib << 10 {
        return Err(format!("of a body of {kib} KiB, {passed} bytes have passed"));
    }
    let took = plugin.stats().since(before);
    Ok((took.instructions as f64 / kib as f64, took.pages as f64))
}

/// A chunk of prose, with a word that is looked for, an address and a card number in each KiB.
fn text() -> Vec<u8> {
    let mut kib = b"a word, jane.doe@example.com, 4111 1111 1111 1111; ".to_vec();
    kib.resize(1 << 10, b' ');
    kib.repeat(CHUNK >> 10)
}
