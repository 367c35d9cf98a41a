//! Runs tests.

use super::expect::check_all;
use super::input::Input;
use super::matcher::all_shown;
use super::plan::{Env, Phase, Test};
use super::text::Remark;
use crate::runner::{Left, Steps, Tester, Way};
use crate::{LogLevel, LogLine, Place, Plugin, Vm};

/// What came of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// The expectations that do not hold.
    pub failures: Vec<Remark>,
    /// What the plugin has logged, in order, as far as the suite's level shows it.
    pub log: Vec<String>,
}

/// A test under way.
struct Run<'a> {
    level: LogLevel,
    plugin: &'a Plugin,
    /// The plugin has answered the stream: nothing more comes of it.
    replied: bool,
    ran: &'a mut Ran,
}

/// What a context has logged.
type Log = Vec<Vec<u8>>;

/// What ends a test at once: the VM has failed.
struct Over;

/// Runs a test with a plugin of its own.
pub(super) fn run(env: &Env, test: &Test, vm: &Vm, configuration: &[u8]) -> Ran {
    let mut ran = Ran::default();
    let level = env.log_level;
    match vm.plugin().configuration(configuration).time(env.time).log_level(level).start() {
        Ok(plugin) => {
            let run = Run { level, plugin: &plugin, replied: false, ran: &mut ran };
            // What is wrong is among the failures.
            let _ = run.test(test);
        }
        Err(error) => {
            let what = format!("expected a plugin that starts, found: {error}");
            ran.failures.push(Remark::new(test.place, what));
        }
    }
    ran
}

impl Run<'_> {
    fn test(mut self, test: &Test) -> Result<(), Over> {
        let plugin_context = self.plugin.context_id();
        let log = self.log("plugin_init", test.place, plugin_context)?;
        self.ran.failures.extend(check_all("log line", &test.plugin_init, &log));

        let tester = Tester { properties: test.properties.clone() };
        let mut steps = Steps::begin(self.plugin, tester);
        let stream_context = steps.context_id();
        let log = self.log("stream_init", test.place, stream_context)?;
        self.ran.failures.extend(check_all("log line", &test.stream_init, &log));

        for phase in &test.phases {
            let (left, log) = self.phase(phase, &mut steps)?;
            self.ran.failures.extend(phase.expect.check(phase.place, &left, &log));
        }

        steps.end();
        let log = self.log("stream_destroy", test.place, stream_context)?;
        self.ran.failures.extend(check_all("log line", &test.stream_destroy, &log));
        self.plugin.shut_down();
        self.log("the plugin's end", test.place, plugin_context)?;
        Ok(())
    }

    fn phase(&mut self, phase: &Phase, steps: &mut Steps) -> Result<(Left, Log), Over> {
        match &phase.input {
            Input::Headers(headers) => {
                let call = |steps: &mut Steps| steps.headers(phase.way, headers.clone());
                let (mut left, log) = self.step(phase, steps, call)?;
                if let Some(reply) = &left.reply {
                    left.headers = reply.headers.clone();
                    left.body = reply.body.clone();
                }
                Ok((left, log))
            }
            // Nothing counts but the body, and what the last chunk's callback logs.
            Input::Body(chunks) => {
                let (mut body, mut log) = (Vec::new(), Log::new());
                for (n, chunk) in chunks.iter().enumerate() {
                    let end = n + 1 == chunks.len();
                    let call = |steps: &mut Steps| steps.body(phase.way, chunk.clone(), end);
                    let (left, of_chunk) = self.step(phase, steps, call)?;
                    body.extend(left.body);
                    log = of_chunk;
                }
                Ok((Left { body, ..Left::default() }, log))
            }
        }
    }

    /// A callback, unless the stream has been answered.
    fn step(
        &mut self,
        phase: &Phase,
        steps: &mut Steps,
        call: impl FnOnce(&mut Steps) -> Left,
    ) -> Result<(Left, Log), Over> {
        if self.replied {
            return Ok((Left::default(), Log::new()));
        }
        let left = call(steps);
        let log = self.log(phase.name, phase.place, steps.context_id())?;
        // The tester takes no answer to a response's body.
        let answers = !matches!((phase.way, &phase.input), (Way::Response, Input::Body(_)));
        self.replied = answers && left.reply.is_some();
        Ok((left, log))
    }

    /// What a context has logged since this was last asked. Ends the test if the VM has failed.
    fn log(&mut self, phase: &str, place: Place, context_id: u32) -> Result<Log, Over> {
        let shown = |line: &LogLine| line.level >= self.level;
        let lines: Vec<_> = self.plugin.take_log().into_iter().filter(shown).collect();
        self.ran.log.extend(lines.iter().map(|line| line.message.clone()));
        let own = lines.into_iter().filter(|line| line.context_id == context_id);
        let log: Log = own.map(|line| line.message.into_bytes()).collect();
        let Some(error) = self.plugin.errors().pop() else { return Ok(log) };
        let error = error.lines().next().unwrap_or_default();
        let logged = all_shown(&log);
        let what =
            format!("expected a plugin that runs, found in {phase}: {error} (logged: {logged})");
        self.ran.failures.push(Remark::new(place, what));
        Err(Over)
    }
}
