//! Requests through modules: what the runner takes for a stream, and for callbacks and hostcalls.

use whit_test::{Answer, Plugin, Request, Vm};

use super::rounds::{self, Contender};
use super::{Measured, Subject};

/// How many requests there are in a round.
const REQUESTS: u32 = 1000;

pub(crate) fn measure(subjects: &[Subject], count: usize) -> Result<Vec<Measured>, String> {
    let (request, answer) = (Request::get("/"), Answer::direct(200, "hello world\n"));
    let mut plugins: Vec<(String, Plugin)> = Vec::new();
    for Subject { name, path } in subjects {
        let said = |error: whit_test::Error| format!("{name}: {error}");
        let plugin = Vm::load(path).map_err(said)?.plugin().start().map_err(said)?;
        let callbacks = calls_of_a_request(&plugin, &request, &answer);
        plugins.push((format!("{name}: a request ({callbacks} hostcalls)"), plugin));
    }
    let mut requests: Vec<Contender<'_>> = plugins
        .iter()
        .map(|(name, plugin)| {
            let (request, answer) = (&request, &answer);
            Contender::new(name, move || {
                for _ in 0..REQUESTS {
                    plugin.exchange(request, answer);
                }
                // It would grow.
                plugin.take_log();
            })
        })
        .collect();
    rounds::run(&mut requests, count);
    Ok(requests.iter().map(|contender| Measured::of(contender, REQUESTS)).collect())
}

fn calls_of_a_request(plugin: &Plugin, request: &Request, answer: &Answer) -> u64 {
    let before = plugin.stats().hostcalls;
    plugin.exchange(request, answer);
    plugin.stats().hostcalls - before
}
