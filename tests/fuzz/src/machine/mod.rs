//! A VM whose host answers with anything, and calls in any order.
//!
//! Whatever it does, a plugin on Whit neither traps nor runs for ever, says nothing to the host that would split a
//! header, and, when all streams are gone, holds no more memory than after the last time.

mod answers;
mod feedback;
mod host;
mod words;

use wasmtime::{Instance, Linker, Store, Val};

use crate::built::Built;
use crate::hostcalls::HOSTCALLS;
use crate::input::Input;
use host::Host;

/// Instructions that one callback may take.
const MOST_FUEL: u64 = 200_000_000;

/// The plugin context.
const PLUGIN: u32 = 1;

/// A plugin's VM.
pub(crate) struct Machine {
    name: &'static str,
    store: Store<Host>,
    instance: Instance,
    /// The callbacks that the plugin has, each with how many arguments it takes.
    callbacks: Vec<(String, usize)>,
}

impl Machine {
    /// A VM whose host is as hosts are.
    pub(crate) fn new(built: &Built, configuration: &[u8]) -> Self {
        let mut store = Store::new(built.module.engine(), Host::new(configuration.to_vec()));
        store.limiter(|host| &mut host.limits);
        store.set_fuel(MOST_FUEL).expect("fuel is consumed");
        let mut linker = Linker::new(built.module.engine());
        for import in built.module.imports() {
            let known = HOSTCALLS
                .iter()
                .find(|(module, name, _)| (*module, *name) == (import.module(), import.name()));
            let Some((module, name, parts)) = known else { panic!("{}: {import:?}", built.name) };
            let ty = import.ty().func().expect("a function").clone();
            let call = |caller: wasmtime::Caller<'_, Host>, args: &[Val], results: &mut [Val]| {
                answers::answer(caller, name, parts, args, results)
            };
            linker.func_new(module, name, ty, call).expect("each once");
        }
        let instance = linker.instantiate(&mut store, &built.module).expect("it is instantiated");
        let callbacks = built.module.exports().filter_map(|export| {
            let count = export.ty().func()?.params().len();
            let is_callback = export.name().starts_with("proxy_on_")
                && export.name() != "proxy_on_memory_allocate";
            is_callback.then(|| (export.name().to_owned(), count))
        });
        let callbacks = callbacks.collect();
        Self { name: built.name, store, instance, callbacks }
    }

    /// Starts and configures the plugin, on a host that is as hosts are. `false`: it refuses.
    pub(crate) fn boot(&mut self) -> bool {
        let size = self.store.data().configuration.len() as u32;
        self.call("proxy_on_context_create", &[PLUGIN, 0]);
        self.call("proxy_on_vm_start", &[PLUGIN, 0]) != Some(0)
            && self.call("proxy_on_configure", &[PLUGIN, size]) != Some(0)
    }

    /// Plays a script: callbacks, and what the host answers during them. Then the host ends what has begun.
    /// `true`: the plugin may keep something for ever, for it was configured again.
    pub(crate) fn play(&mut self, script: &[u8]) -> bool {
        let mut keeps = false;
        self.store.data_mut().begin(script);
        while !self.store.data().is_over() {
            let callbacks = &self.callbacks;
            let (which, args) = self.store.data_mut().take(|input| chosen(callbacks, input));
            let Some((name, _)) = which.and_then(|which| self.callbacks.get(which)) else { break };
            let name = name.clone();
            keeps |= matches!(&*name, "proxy_on_configure" | "proxy_on_vm_start")
                || name == "proxy_on_context_create" && args.get(1) == Some(&0);
            self.call(&name, &args);
        }
        self.end();
        keeps
    }

    /// Pages of the memory.
    pub(crate) fn pages(&mut self) -> u64 {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.map_or(0, |memory| memory.size(&self.store))
    }

    /// No call is left without an answer, and no stream is left.
    fn end(&mut self) {
        for token in std::mem::take(&mut self.store.data_mut().calls) {
            self.call("proxy_on_http_call_response", &[PLUGIN, token, 0, 0, 0]);
            self.call("proxy_on_grpc_close", &[PLUGIN, token, 14]);
        }
        for context in words::CONTEXTS.into_iter().filter(|context| *context != PLUGIN) {
            self.call("proxy_on_delete", &[context]);
        }
        self.store.data_mut().calls.clear();
    }

    /// What a callback returns, if the plugin has it.
    fn call(&mut self, name: &str, args: &[u32]) -> Option<u32> {
        let function = self.instance.get_func(&mut self.store, name)?;
        self.store.set_fuel(MOST_FUEL).expect("fuel is consumed");
        let values: Vec<Val> = args.iter().map(|arg| Val::I32(arg.cast_signed())).collect();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        if let Err(trap) = function.call(&mut self.store, &values, &mut results) {
            panic!("{}: {name}({args:?}): {trap:?}", self.name);
        }
        let fuel = MOST_FUEL - self.store.get_fuel().unwrap_or(MOST_FUEL);
        feedback::note((self.name, name, fuel.checked_ilog2()));
        let result = results.first().and_then(Val::i32)?.cast_unsigned();
        if ["headers", "body", "trailers", "data"].iter().any(|part| name.ends_with(part)) {
            assert!(result <= 4, "{}: {name} returned {result}, which is no action", self.name);
        }
        Some(result)
    }
}

/// A callback, and arguments.
fn chosen(callbacks: &[(String, usize)], input: &mut Input<'_>) -> (Option<usize>, Vec<u32>) {
    if callbacks.is_empty() {
        return (None, Vec::new());
    }
    let which = input.below(callbacks.len());
    let mut args = vec![input.one(&words::CONTEXTS)];
    while args.len() < callbacks[which].1 {
        args.push(words::number(input));
    }
    args.truncate(callbacks[which].1);
    (Some(which), args)
}
