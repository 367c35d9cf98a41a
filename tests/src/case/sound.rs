//! What a case must not say, for nobody would read it: it would pass whatever is written there.

use super::{Case, CaseStream, Expect, Kind};

impl Case {
    /// What it says and nobody reads.
    pub(super) fn unsound(&self) -> Option<String> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Some(format!("no release of Envoy is since {since} and until {until}"));
        }
        if self.kind != Kind::Http && !self.streams.is_empty() {
            return Some("only a case of the kind `http` has streams".to_owned());
        }
        let in_stream = |(n, stream): (usize, &CaseStream)| {
            let wrong = stream.expect.unread(|about| stream.why_unread(about))?;
            Some(format!("stream {}: {wrong}", n + 1))
        };
        let wrong = self.expect.unread(|about| self.why_unread(about));
        wrong.or_else(|| self.streams.iter().enumerate().find_map(in_stream))
    }
}

/// What an expectation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// A response that ends.
    Response,
    /// What else becomes of an HTTP stream.
    Stream,
    /// A TCP connection.
    Connection,
    /// A plugin's refusal.
    Refusal,
    /// All else.
    Case,
}

impl Case {
    fn why_unread(&self, about: About) -> Option<&'static str> {
        match about {
            About::Refusal => None,
            _ if self.expect.refused.is_some() => {
                Some("a case whose plugin is refused expects `refused` and `boot_logs` only")
            }
            About::Response | About::Stream if !self.streams.is_empty() => {
                Some("each `[[case.stream]]` says what is expected of it")
            }
            About::Response | About::Stream if self.kind != Kind::Http => {
                Some("only a case of the kind `http` expects that")
            }
            About::Connection if self.kind != Kind::Tcp => {
                Some("only a case of the kind `tcp` expects that")
            }
            _ => None,
        }
    }
}

impl CaseStream {
    fn why_unread(&self, about: About) -> Option<&'static str> {
        match about {
            _ if self.closes => Some("nothing is expected of a stream that closes"),
            About::Response | About::Stream => None,
            _ => Some("it is not about one stream: say it in `case.expect`"),
        }
    }
}

impl Expect {
    /// The first expectation that nobody reads, and why.
    fn unread(&self, why: impl Fn(About) -> Option<&'static str>) -> Option<String> {
        let said = || {
            self.said().into_iter().filter_map(|(name, about, said)| said.then_some((name, about)))
        };
        let outside = || said().find_map(|(name, about)| Some((name, why(about)?)));
        let response = said().find(|(_, about)| *about == About::Response).map(|(name, _)| name);
        let (name, why) = outside().or(match response {
            Some(name) if self.no_answer => Some((name, "with `no_answer` there is no response")),
            Some(name) if self.broken => {
                Some((name, "with `broken` nothing is read of the response"))
            }
            _ if !self.log.is_empty() && !self.logs.is_empty() => {
                Some(("log", "`logs` stands instead of it"))
            }
            _ if self.no_upstream && self.upstream.is_some() => {
                Some(("no_upstream", "`upstream` says the contrary"))
            }
            _ if self.no_calls && !self.calls.is_empty() => {
                Some(("no_calls", "`calls` says the contrary"))
            }
            _ => None,
        })?;
        Some(format!("nobody reads `expect.{name}`: {why}"))
    }

    /// Each expectation, what it is about, and whether it is there.
    fn said(&self) -> [(&'static str, About, bool); 24] {
        use About::{Connection, Refusal, Response, Stream};
        // None is forgotten.
        let Self {
            refused,
            no_answer,
            broken,
            trap,
            errors,
            status,
            headers,
            like,
            absent,
            body,
            trailers,
            boot_logs,
            log,
            logs,
            shutdown_logs,
            upstream,
            no_upstream,
            receives,
            cluster,
            gets,
            calls,
            no_calls,
            filter_state,
            metrics,
        } = self;
        [
            ("refused", Refusal, refused.is_some()),
            ("boot_logs", Refusal, !boot_logs.is_empty()),
            ("status", Response, status.is_some()),
            ("headers", Response, !headers.is_empty()),
            ("like", Response, !like.is_empty()),
            ("absent", Response, !absent.is_empty()),
            ("body", Response, body.is_some()),
            ("trailers", Response, !trailers.is_empty()),
            ("no_answer", Stream, *no_answer),
            ("broken", Stream, *broken),
            ("upstream", Stream, upstream.is_some()),
            ("no_upstream", Stream, *no_upstream),
            ("filter_state", Stream, !filter_state.is_empty()),
            ("receives", Connection, receives.is_some()),
            ("cluster", Connection, cluster.is_some()),
            ("gets", Connection, gets.is_some()),
            ("trap", About::Case, trap.is_some()),
            ("errors", About::Case, !errors.is_empty()),
            ("log", About::Case, !log.is_empty()),
            ("logs", About::Case, !logs.is_empty()),
            ("shutdown_logs", About::Case, !shutdown_logs.is_empty()),
            ("calls", About::Case, !calls.is_empty()),
            ("no_calls", About::Case, *no_calls),
            ("metrics", About::Case, !metrics.is_empty()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaseFile;

    /// What is wrong with a case.
    fn wrong(case: &str) -> String {
        let text = format!("[[case]]\nname = 'a'\n\n[[case]]\nname = 'b'\n{case}\n");
        CaseFile::parse(&text).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_nobody_would_read_is_refused_with_its_place() {
        const STREAM: &str = "[[case.stream]]";
        for (case, name) in [
            (format!("expect.status = 200\n{STREAM}"), "status"),
            (format!("expect.filter_state = [['a', 'b']]\n{STREAM}"), "filter_state"),
            (format!("{STREAM}\ncloses = true\nexpect.no_upstream = true"), "no_upstream"),
            (
                format!("{STREAM}\n{STREAM}\nexpect.log = [{{ level = 'info', message = '' }}]"),
                "log",
            ),
            (format!("{STREAM}\nexpect.no_calls = true"), "no_calls"),
            (format!("{STREAM}\nexpect.metrics = [['a', 1]]"), "metrics"),
            (format!("{STREAM}\nexpect.trap = 'a'"), "trap"),
            (format!("{STREAM}\nexpect.refused = 'a'"), "refused"),
            ("expect.gets = 'a'".to_owned(), "gets"),
            ("kind = 'background'\nexpect.receives = 'a'".to_owned(), "receives"),
            ("kind = 'tcp'\nexpect.status = 200".to_owned(), "status"),
            ("kind = 'background'\nexpect.no_answer = true".to_owned(), "no_answer"),
            ("expect.refused = 'a'\nexpect.status = 200".to_owned(), "status"),
            ("expect.no_answer = true\nexpect.body = ''".to_owned(), "body"),
            ("expect.broken = true\nexpect.status = 200".to_owned(), "status"),
            (
                "expect.log = [{ level = 'info', message = '' }]\nexpect.logs = ['a']".to_owned(),
                "log",
            ),
            ("expect.no_upstream = true\nexpect.upstream = {}".to_owned(), "no_upstream"),
            ("expect.no_calls = true\nexpect.calls = [{ cluster = 'a' }]".to_owned(), "no_calls"),
        ] {
            let wrong = wrong(&case);
            let told = format!("nobody reads `expect.{name}`: ");
            assert!(wrong.contains("line 4, column 1") && wrong.contains(&told), "{case}: {wrong}");
        }
        let stream = wrong(&format!("{STREAM}\n{STREAM}\nexpect.gets = 'a'"));
        assert!(stream.contains("stream 2: nobody reads `expect.gets`"), "{stream}");
        let kind = wrong(&format!("kind = 'tcp'\n{STREAM}"));
        assert!(kind.contains("line 4, column 1") && kind.contains("has streams"), "{kind}");
    }

    #[test]
    fn what_is_read_is_taken() {
        for case in [
            "expect.status = 200\nexpect.trap = 'a'\nexpect.errors = ['b']",
            "expect.no_answer = true\nexpect.no_upstream = true\nexpect.no_calls = true",
            "expect.log = []\nexpect.logs = ['a']\n[[case.stream]]\nexpect.status = 200",
            "kind = 'tcp'\nexpect.gets = ''\nexpect.metrics = [['a', 1]]",
            "expect.refused = 'a'\nexpect.boot_logs = ['a']\n[[case.stream]]\ncloses = true",
        ] {
            assert_eq!(wrong(case), "", "{case}");
        }
    }

    #[test]
    fn a_case_that_is_of_no_release_and_a_file_without_cases_are_refused() {
        let never = wrong("since = '1.39'\nuntil = '1.38'");
        let told = "no release of Envoy is since 1.39 and until 1.38";
        assert!(never.contains("line 4, column 1") && never.contains(told), "{never}");
        let none = CaseFile::parse("case = []").expect_err("no case").to_string();
        assert!(none.contains("there is no case"), "{none}");
    }
}
