//! One VM: an instance of a module, and calls into it.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::{Func, Store, Val};

use super::abi::{self, AbiVersion};
use super::code::{Functions, SharedCode, engine, not_initialized};
use super::error::Refusal;
use super::failure::{STACK_OVERFLOW, reason};
use super::host::{Host, Restriction, Setup, Surroundings, VM_CONTEXT};
use super::hostcalls::BUDGET;
use super::rig::Rig;
use super::shape::Shape;
use super::stack::{self, Stack};
use super::stats::{Stats, Used};
use super::trace::{Recorder, Trace};

/// How many instructions one callback may run before it is stopped: about a second. Envoy has no
/// such limit.
pub(crate) const FUEL: u64 = 1_000_000_000;

/// A VM.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) store: Store<Host>,
    functions: HashMap<&'static str, Function>,
    /// What the last callback has used.
    pub(crate) last: Option<Used>,
    /// The stack to measure, once it is painted.
    stack: Option<Stack>,
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
        let mut host = Host::new(code.abi, setup, surroundings);
        host.has_names = code.has_names();
        host.trace = rig.traced.then(Recorder::new);
        let mut store = Store::new(engine(), host);
        store.limiter(|host| &mut host.faults);
        store.set_fuel(FUEL).expect("the engine counts fuel");
        let mut guest = Self { store, functions: HashMap::new(), last: None, stack: None };
        match guest.instantiate(code, rig) {
            Ok(()) => Ok(guest),
            Err(refusal) => Err(refusal.traced(guest.take_trace())),
        }
    }

    /// From now on a test wants this.
    pub(crate) fn equip(&mut self, rig: &Rig) {
        let host = self.store.data_mut();
        if rig.traced && host.trace.is_none() {
            host.trace = Some(Recorder::new());
        }
        rig.faults.iter().cloned().for_each(|fault| host.faults.arm(fault));
        if self.stack.is_none() {
            self.stack = rig.stack;
            if let Some(stack) = self.stack_memory() {
                stack::paint(stack);
            }
        }
    }

    /// The stack to measure, where it lies in the memory.
    fn stack_memory(&mut self) -> Option<&mut [u8]> {
        let Some(Stack::Below(top)) = self.stack else { return None };
        let memory = self.store.data().memory?;
        memory.data_mut(&mut self.store).get_mut(..top as usize)
    }

    /// How much of its stack a call has used that has just returned.
    fn stack_used(&mut self) -> Option<u64> {
        match self.stack? {
            Stack::None => Some(0),
            Stack::Below(_) => self.stack_memory().map(|memory| stack::used(memory) as u64),
            Stack::Elsewhere => None,
        }
    }

    fn instantiate(&mut self, code: &SharedCode, rig: &Rig) -> Result<(), Refusal> {
        let store = &mut self.store;
        let instance = code.link(store);
        if let Some(trace) = &mut store.data_mut().trace {
            trace.instantiated(instance.as_ref().err().map(ToString::to_string));
        }
        let instance = instance?;
        // Whatever its name.
        let memory = instance.exports(&mut *store).find_map(|export| export.into_memory());
        if memory.is_some() {
            store.data_mut().memory = memory;
        }
        let functions = Functions::find(store, &instance, code.abi);
        let malloc = abi::ALLOCATORS
            .iter()
            .find_map(|allocator| functions.found.get(allocator.name))
            .map(|function| (function.shape, function.func));
        store.data_mut().malloc = malloc;
        self.functions = functions.found;
        self.equip(rig);
        self.start();
        if !functions.wrong.is_empty() {
            return Err(not_initialized(functions.wrong));
        }
        if self.failed() {
            return Err(not_initialized(std::mem::take(&mut self.store.data_mut().errors)));
        }
        Ok(())
    }

    /// What has been recorded since the last time; `None` if nothing is.
    pub(crate) fn take_trace(&mut self) -> Option<Trace> {
        self.store.data_mut().trace.as_mut().map(Recorder::take)
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
        host.effective = 0;
        host.budget = BUDGET;
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

    /// A call has ended: what it has used is what was used since then.
    fn account(&mut self, context_id: u32, name: &'static str, before: Stats) {
        let stack_bytes = self.stack_used();
        let used = Stats { stack_bytes, ..self.stats().since(before) };
        let last = Used { callback: name, stats: used };
        self.last = Some(last);
        if let Some(function) = self.functions.get_mut(name) {
            function.most = Some(function.most.unwrap_or_default().most(used));
        }
        let host = self.store.data_mut();
        host.used.stack_bytes = host.used.stack_bytes.max(stack_bytes);
        let context = host.contexts.get(&context_id);
        if let Some(info) = context.and_then(|context| context.info.as_ref()) {
            info.borrow_mut().last = Some(last);
        }
    }

    /// What has been used since the VM was made.
    pub(crate) fn stats(&self) -> Stats {
        let pages = self.store.data().memory.map_or(0, |memory| memory.size(&self.store));
        Stats { pages, ..self.store.data().used }
    }

    pub(crate) fn instructions(&self) -> u64 {
        self.store.data().used.instructions
    }

    /// The most that a call of an export has used; `None` if there was none.
    pub(crate) fn most(&self, name: &str) -> Option<Used> {
        let function = self.functions.get(name)?;
        Some(Used { callback: function.shape.name, stats: function.most? })
    }

    /// Does not call an export, for calls are too deep: that kills the VM as well.
    pub(crate) fn overflow(&mut self, context_id: u32, name: &'static str, args: &[u32]) {
        let Some(function) = self.functions.get(name) else { return };
        let host = self.store.data_mut();
        host.fail(name, STACK_OVERFLOW);
        if let Some(trace) = &mut host.trace {
            trace.begin_callback(context_id, function.shape, args);
            trace.end_callback(function.shape, Err(STACK_OVERFLOW), false);
        }
    }
}
