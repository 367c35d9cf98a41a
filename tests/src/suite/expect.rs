//! What must come of a callback.

use super::input::key;
use super::matcher::{Matcher, shown};
use super::plan::Plan;
use super::schema;
use super::text::{Once, Placed, Remark};
use crate::runner::Left;
use crate::{LocalReply, Place};

/// What must come of a phase.
#[derive(Debug)]
pub(super) struct Expect {
    has_header: Vec<(Placed<String>, Vec<u8>)>,
    no_header: Vec<Placed<String>>,
    headers: Vec<Matcher>,
    body: Vec<Matcher>,
    immediate: Option<Placed<schema::Immediate>>,
    log: Vec<Matcher>,
}

impl Expect {
    pub(super) fn of(plan: &mut Plan<'_>, expect: schema::Expectation) -> Result<Self, Remark> {
        let mut has_header = Vec::new();
        for Placed { place, value: header } in expect.has_header {
            let name = Placed { place, value: key(place, &header)? };
            has_header.push((name, header.value.map(|value| value.value).unwrap_or_default()));
        }
        let mut no_header = Vec::new();
        for Placed { place, value: header } in expect.no_header {
            plan.ignore(&header.value, "value", "`no_header` is about every value");
            no_header.push(Placed { place, value: key(place, &header)? });
        }
        Ok(Self {
            has_header,
            no_header,
            headers: Matcher::all(plan, &expect.headers)?,
            body: Matcher::all(plan, &expect.body)?,
            immediate: expect.immediate,
            log: Matcher::all(plan, &expect.log)?,
        })
    }

    /// Of what is expected where there is only a log.
    pub(super) fn log_of(
        plan: &mut Plan<'_>,
        phase: &str,
        expect: Once<schema::Expectation>,
    ) -> Result<Vec<Matcher>, Remark> {
        let Self { has_header, no_header, headers, body, immediate, log } =
            Self::of(plan, expect.map(|expect| expect.value).unwrap_or_default())?;
        let first = |matchers: &[Matcher]| matchers.first().map(|matcher| matcher.place);
        for (place, name) in [
            (has_header.first().map(|(name, _)| name.place), "has_header"),
            (no_header.first().map(|name| name.place), "no_header"),
            (first(&headers), "headers"),
            (first(&body), "body"),
            (immediate.map(|immediate| immediate.place), "immediate"),
        ] {
            if let Some(place) = place {
                plan.ignore_at(place, name, &format!("of `{phase}` only the log is looked at"));
            }
        }
        Ok(log)
    }

    /// What does not hold of what a phase has left. `place` is the phase's.
    pub(super) fn check(&self, place: Place, left: &Left, log: &[Vec<u8>]) -> Vec<Remark> {
        let mut failures = Vec::new();
        for (Placed { place, value: name }, value) in &self.has_header {
            let found = left.headers.get(name);
            if found != Some(value) {
                let found = found.map_or_else(|| "none of that name".to_owned(), shown);
                let what =
                    format!("expected the header {name:?} with {}, found {found}", shown(value));
                failures.push(Remark::new(*place, what));
            }
        }
        for Placed { place, value: name } in &self.no_header {
            if let Some(found) = left.headers.get(name) {
                let what = format!("expected no header {name:?}, found one with {}", shown(found));
                failures.push(Remark::new(*place, what));
            }
        }
        let line = |(name, value): (&[u8], &[u8])| [name, b": ", value].concat();
        let lines: Vec<Vec<u8>> = left.headers.iter().map(line).collect();
        let body = std::slice::from_ref(&left.body);
        failures.extend(check_all("header", &self.headers, &lines));
        failures.extend(check_all("body", &self.body, body));
        failures.extend(self.check_reply(place, left));
        failures.extend(check_all("log line", &self.log, log));
        failures
    }

    fn check_reply(&self, place: Place, left: &Left) -> Vec<Remark> {
        let reply = left.reply.as_ref().filter(|reply| reply.status > 0);
        let found = match reply {
            Some(LocalReply { status, body, .. }) => format!("one: {status} {}", shown(body)),
            None if left.stops => "a stream that stops without one".to_owned(),
            None => "a stream that goes on".to_owned(),
        };
        let Some(Placed { place, value: expect }) = &self.immediate else {
            if !left.stops && reply.is_none() {
                return Vec::new();
            }
            let what = format!("expected no immediate response, found {found}");
            return vec![Remark::new(place, what)];
        };
        let Some(reply) = reply else {
            let what = format!("expected an immediate response, found {found}");
            return vec![Remark::new(*place, what)];
        };
        let mut failures = Vec::new();
        let mut check = |expected: &Once<u32>, what: &str, found: u32| {
            if let Some(Placed { place, value }) = expected
                && *value != found
            {
                let what = format!("expected the {what} {value}, found {found}");
                failures.push(Remark::new(*place, what));
            }
        };
        check(&expect.http_status, "HTTP status", reply.status);
        check(&expect.grpc_status, "gRPC status", reply.grpc_status.cast_unsigned());
        if let Some(Placed { place, value }) = &expect.details
            && *value != reply.details
        {
            let what = format!("expected the details {value:?}, found {:?}", reply.details);
            failures.push(Remark::new(*place, what));
        }
        failures
    }
}

/// What of these does not hold of any text.
pub(super) fn check_all(what: &str, matchers: &[Matcher], texts: &[Vec<u8>]) -> Vec<Remark> {
    matchers.iter().filter_map(|matcher| matcher.check(what, texts)).collect()
}
