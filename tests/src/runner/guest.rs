//! One VM: an instance of a module, and calls into it.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::{Func, Store, Val};

use super::abi::{self, AbiVersion};
use super::code::{SharedCode, engine, not_initialized};
use super::error::Refusal;
use super::host::{Host, Restriction, Setup, Surroundings, VM_CONTEXT};
use super::hostcalls::BUDGET;
use super::rig::Rig;
use super::shape::Shape;
use super::stack::Stack;
use super::stats::{Stats, Used};
use super::trace::Recorder;
use super::trap::reason;

/// How many instructions one callback may run before it is stopped: about a second. Envoy has no
/// such limit.
pub(crate) const FUEL: u64 = 1_000_000_000;

/// A VM.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) store: Store<Host>,
    pub(super) functions: HashMap<&'static str, Function>,
    pub(super) code: SharedCode,
    /// When it was made.
    pub(super) loaded: u64,
    pub(super) rig: Rig,
    /// What the last callback has used.
    pub(crate) last: Option<Used>,
    /// The stack to measure, once it is painted.
    pub(super) stack: Option<Stack>,
}

/// A function that the host calls.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) func: Func,
    pub(crate) shape: &'static Shape,
    /// The most that a call of it has used.
    pub(crate) most: Option<Stats>,
}

impl Guest {
    /// Makes a VM of a module and runs its start functions: Envoy's `initialize`.
    pub(crate) fn initialize(
        code: &SharedCode,
        setup: &Arc<Setup>,
        surroundings: &Surroundings,
        rig: &Rig,
    ) -> Result<Self, Refusal> {
        let mut host = Host::new(code.loaded.abi, setup, surroundings);
        host.has_names = code.loaded.has_names;
        host.trace = rig.traced.then(Recorder::new);
        let mut store = Store::new(engine(), host);
        store.limiter(|host| &mut host.limits);
        store.set_fuel(FUEL).expect("the engine counts fuel");
        let mut guest = Self {
            store,
            functions: HashMap::new(),
            code: Arc::clone(code),
            loaded: surroundings.shared().now,
            rig: rig.clone(),
            last: None,
            stack: None,
        };
        match guest.instantiate() {
            Ok(()) => Ok(guest),
            Err(refusal) => Err(refusal.traced(guest.take_trace())),
        }
    }

    fn instantiate(&mut self) -> Result<(), Refusal> {
        let store = &mut self.store;
        let instance = self.code.link(store);
        if let Some(trace) = &mut store.data_mut().trace {
            trace.instantiated(instance.as_ref().err().map(ToString::to_string));
        }
        let instance = instance?;
        // Whatever its name; of several, the last.
        let memory = instance.exports(&mut *store).filter_map(|export| export.into_memory()).last();
        if memory.is_some() {
            store.data_mut().memory = memory;
        }
        let setup = Arc::clone(&store.data().setup);
        let wanted = self.code.loaded.functions(|name| setup.may(name));
        for shape in wanted.found {
            if let Some(func) = instance.get_func(&mut *store, shape.name) {
                self.functions.insert(shape.name, Function { func, shape, most: None });
            }
        }
        let malloc = abi::ALLOCATORS
            .iter()
            .find_map(|allocator| self.functions.get(allocator.name))
            .map(|function| (function.shape, function.func));
        store.data_mut().malloc = malloc;
        let rig = self.rig.clone();
        self.equip(&rig);
        self.start();
        if !wanted.wrong.is_empty() || self.failed() {
            let mut log = wanted.wrong;
            log.append(&mut self.store.data_mut().errors);
            let refusal = not_initialized(log);
            return Err(match self.store.data().misuses.found().first() {
                Some(misuse) => refusal.help(misuse.to_string()),
                None => refusal,
            });
        }
        Ok(())
    }

    /// Runs the start functions.
    fn start(&mut self) {
        self.store.data_mut().restriction = Restriction::Starting;
        if self.exports("_initialize") {
            self.call(VM_CONTEXT, "_initialize", &[]);
            if self.exports("main") {
                self.call(VM_CONTEXT, "main", &[0, 0]);
            } else {
                self.call(VM_CONTEXT, "__main_void", &[]);
            }
        } else {
            self.call(VM_CONTEXT, "_start", &[]);
        }
        self.store.data_mut().restriction = Restriction::None;
    }

    pub(crate) fn exports(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    pub(crate) fn failed(&self) -> bool {
        self.store.data().failed
    }

    pub(crate) fn abi(&self) -> AbiVersion {
        self.store.data().abi
    }

    /// Calls an export in a context, in a dead VM as well. `None` if there is none, or if the call
    /// kills the VM; otherwise its result, 0 if it has none.
    pub(crate) fn call(
        &mut self,
        context_id: u32,
        name: &'static str,
        args: &[u32],
    ) -> Option<u32> {
        let function = self.functions.get(name)?;
        let host = self.store.data_mut();
        let before = host.used;
        host.current = context_id;
        host.misuses.callback = name;
        host.effective = 0;
        host.budget = BUDGET;
        host.looks = 0;
        if let Some(trace) = &mut host.trace {
            trace.begin_callback(context_id, function.shape, args);
        }
        let args: Vec<Val> = args.iter().map(|arg| Val::I32(arg.cast_signed())).collect();
        let mut results = [Val::I32(0)];
        let count = usize::from(function.shape.result.is_some());
        self.store.set_fuel(FUEL).expect("the engine counts fuel");
        let outcome = function.func.call(&mut self.store, &args, &mut results[..count]);
        let instructions = FUEL - self.store.get_fuel().expect("the engine counts fuel");
        let host = self.store.data_mut();
        host.used.instructions += instructions;
        let result = match outcome {
            Ok(()) => Ok(results[0].i32().map_or(0, i32::cast_unsigned)),
            Err(error) => {
                let reason = reason(&error, host.has_names);
                host.fail(name, &reason);
                Err(reason)
            }
        };
        if let Some(trace) = &mut host.trace {
            let result = result.as_ref().copied().map_err(String::as_str);
            trace.end_callback(function.shape, result, false);
        }
        self.account(context_id, name, before);
        result.ok()
    }

    /// Does not call an export, for what led to it was too much: that kills the VM as well.
    pub(crate) fn refuse(
        &mut self,
        context_id: u32,
        name: &'static str,
        args: &[u32],
        reason: &str,
    ) {
        let Some(function) = self.functions.get(name) else { return };
        let host = self.store.data_mut();
        host.fail(name, reason);
        if let Some(trace) = &mut host.trace {
            trace.begin_callback(context_id, function.shape, args);
            trace.end_callback(function.shape, Err(reason), false);
        }
    }
}
