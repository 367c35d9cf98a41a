//! One VM: an instance of a module, and calls into it.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::{Caller, Func, Memory, Store, Trap, Val, WasmBacktrace};

use super::abi::{self, AbiVersion, Status};
use super::code::{SharedCode, engine, not_initialized};
use super::error::Refusal;
use super::host::{Host, Restriction, Setup, Surroundings, VM_CONTEXT};

/// How many instructions one callback may run before it is stopped: about a second. Envoy has no
/// such limit.
pub(crate) const FUEL: u64 = 1_000_000_000;

/// What the hostcalls of one callback may cost the host: a byte moved is 1. Envoy has no such limit.
const BUDGET: u64 = 256 << 20;
/// A hostcall that moves nothing.
const HOSTCALL: u64 = 64;

/// A VM.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) store: Store<Host>,
    functions: HashMap<&'static str, Func>,
    pub(super) code: SharedCode,
    /// When it was made.
    pub(super) loaded: u64,
    pub(crate) fuel: u64,
}

impl Guest {
    /// Makes a VM of a module and runs its start functions: Envoy's `initialize`.
    pub(crate) fn initialize(
        code: &SharedCode,
        setup: &Arc<Setup>,
        surroundings: &Surroundings,
    ) -> Result<Self, Refusal> {
        let mut host = Host::new(code.loaded.abi, setup, surroundings);
        host.has_names = code.loaded.has_names;
        let mut store = Store::new(engine(), host);
        store.limiter(|host| &mut host.limits);
        store.set_fuel(FUEL).expect("the engine counts fuel");
        let instance = code.link(&mut store)?;
        // Whatever its name; of several, the last.
        let memory = instance.exports(&mut store).filter_map(|export| export.into_memory()).last();
        if memory.is_some() {
            store.data_mut().memory = memory;
        }
        let wanted = code.loaded.functions(|name| setup.may(name));
        let functions: HashMap<&'static str, Func> = wanted
            .found
            .into_iter()
            .filter_map(|name| Some((name, instance.get_func(&mut store, name)?)))
            .collect();
        let malloc = abi::ALLOCATORS
            .iter()
            .find_map(|allocator| Some((allocator.name, *functions.get(allocator.name)?)));
        store.data_mut().malloc = malloc;
        let loaded = surroundings.shared().now;
        let mut guest = Self { store, functions, code: Arc::clone(code), loaded, fuel: 0 };
        guest.start();
        if !wanted.wrong.is_empty() || guest.failed() {
            let mut log = wanted.wrong;
            log.append(&mut guest.store.data_mut().errors);
            return Err(not_initialized(log));
        }
        Ok(guest)
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
        let func = *self.functions.get(name)?;
        let host = self.store.data_mut();
        host.current = context_id;
        host.effective = 0;
        host.budget = BUDGET;
        let args: Vec<Val> = args.iter().map(|arg| Val::I32(arg.cast_signed())).collect();
        let mut results = [Val::I32(0)];
        let count = func.ty(&self.store).results().len();
        self.store.set_fuel(FUEL).expect("the engine counts fuel");
        let outcome = func.call(&mut self.store, &args, &mut results[..count]);
        self.fuel += FUEL - self.store.get_fuel().expect("the engine counts fuel");
        match outcome {
            Ok(()) => results[0].i32().map(i32::cast_unsigned),
            Err(error) => {
                let message = failure(name, &error, self.store.data().has_names);
                let host = self.store.data_mut();
                host.errors.push(message);
                host.failed = true;
                None
            }
        }
    }

    /// Pages of 64 KiB that the memory has now; 0 without one.
    pub(crate) fn pages(&self) -> u64 {
        self.store.data().memory.map_or(0, |memory| memory.size(&self.store))
    }
}

/// What Envoy logs when a call into the VM fails.
fn failure(function: &str, error: &wasmtime::Error, has_names: bool) -> String {
    let reason = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "Uncaught RuntimeError: unreachable",
        Some(Trap::MemoryOutOfBounds) => "Uncaught RuntimeError: memory access out of bounds",
        Some(Trap::TableOutOfBounds) => "Uncaught RuntimeError: table index is out of bounds",
        Some(Trap::IndirectCallToNull | Trap::BadSignature) => {
            "Uncaught RuntimeError: null function or function signature mismatch"
        }
        Some(Trap::IntegerDivisionByZero) => "Uncaught RuntimeError: divide by zero",
        Some(Trap::IntegerOverflow) => "Uncaught RuntimeError: divide result unrepresentable",
        Some(Trap::BadConversionToInteger) => {
            "Uncaught RuntimeError: float unrepresentable in integer range"
        }
        Some(Trap::StackOverflow) => "Uncaught RangeError: Maximum call stack size exceeded",
        Some(Trap::OutOfFuel) => {
            return format!("Function: {function} failed: stopped after {FUEL} instructions");
        }
        _ => match error.downcast_ref::<Stopped>() {
            Some(Stopped::Restricted) => "Uncaught Error: restricted_callback",
            Some(stopped) => return format!("Function: {function} failed: {stopped}"),
            None => return format!("Function: {function} failed: {}", error.root_cause()),
        },
    };
    let mut message = format!("Function: {function} failed: {reason}");
    if has_names && let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        message.push_str("\nProxy-Wasm plugin in-VM backtrace:");
        for (n, frame) in backtrace.frames().iter().enumerate() {
            let offset = frame.module_offset().unwrap_or_default();
            let name = frame.func_name().map_or_else(
                || format!("unknown(function index:{})", frame.func_index()),
                str::to_owned,
            );
            message.push_str(&format!("\n{n:>3}:  0x{offset:x} - {name}"));
        }
    }
    message
}

/// Why the host stopped the guest in a hostcall.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("restricted_callback")]
    Restricted,
    #[error("this runner does not offer {0}")]
    NotOffered(String),
    #[error("Envoy crashes here: {0}")]
    CrashesEnvoy(&'static str),
    #[error("stopped after hostcalls that moved {BUDGET} bytes")]
    OverBudget,
}

/// A hostcall's end other than OK.
#[derive(Debug)]
pub(crate) enum Fail {
    Status(Status),
    Stop(Stopped),
}

impl From<Stopped> for Fail {
    fn from(stopped: Stopped) -> Self {
        Self::Stop(stopped)
    }
}

impl From<Status> for Fail {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// A hostcall that runs, with access to the guest's memory.
pub(crate) struct Call<'a, 'b> {
    caller: &'a mut Caller<'b, Host>,
}

impl<'a, 'b> Call<'a, 'b> {
    /// Enters a hostcall; an error if it is restricted now.
    pub(crate) fn enter(
        caller: &'a mut Caller<'b, Host>,
        module: &str,
        name: &str,
    ) -> wasmtime::Result<Self> {
        caller.data_mut().hostcalls += 1;
        if !allowed(caller.data().restriction, module, name) {
            return Err(Stopped::Restricted.into());
        }
        let mut call = Self { caller };
        call.charge(HOSTCALL)?;
        Ok(call)
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    /// Whether the plugin may make this hostcall: if not, the host says so in its log. `kind` is what it
    /// calls such functions.
    pub(crate) fn may(&mut self, kind: &str, name: &str) -> bool {
        let host = self.host();
        let may = host.setup.may(name);
        if !may {
            host.errors.push(format!("Attempted call to restricted {kind} capability: {name}"));
        }
        may
    }

    /// Takes from what the callback may cost.
    fn charge(&mut self, cost: u64) -> Result<(), Stopped> {
        let host = self.caller.data_mut();
        host.budget = host.budget.checked_sub(cost).ok_or(Stopped::OverBudget)?;
        Ok(())
    }

    fn memory(&self) -> Result<Memory, Stopped> {
        let no_memory = "a hostcall uses the memory of a module that exports none";
        self.caller.data().memory.ok_or(Stopped::CrashesEnvoy(no_memory))
    }

    /// `size` bytes at `data`.
    pub(crate) fn read(&mut self, data: u32, size: u32) -> Result<Vec<u8>, Fail> {
        let memory = self.memory()?;
        let range = data as usize..data as usize + size as usize;
        if range.end > memory.data_size(&self.caller) {
            return Err(Status::InvalidMemoryAccess.into());
        }
        self.charge(u64::from(size))?;
        Ok(memory.data(&self.caller)[range].to_vec())
    }

    pub(crate) fn write(&mut self, data: u32, bytes: &[u8]) -> Result<(), Fail> {
        let memory = self.memory()?;
        self.charge(bytes.len() as u64)?;
        let written = memory.write(&mut self.caller, data as usize, bytes);
        Ok(written.map_err(|_| Status::InvalidMemoryAccess)?)
    }

    pub(crate) fn write_u32(&mut self, data: u32, value: u32) -> Result<(), Fail> {
        self.write(data, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, data: u32, value: u64) -> Result<(), Fail> {
        self.write(data, &value.to_le_bytes())
    }

    /// Hands bytes over: in memory that the guest allocates for them, their address and size in the
    /// out-parameters. For no bytes nothing is allocated.
    pub(crate) fn give(&mut self, bytes: &[u8], data_out: u32, size_out: u32) -> Result<(), Fail> {
        let data = if bytes.is_empty() {
            0
        } else {
            let data = self.allocate(bytes.len() as u32).ok_or(Status::InvalidMemoryAccess)?;
            self.write(data, bytes)?;
            data
        };
        self.write_u32(data_out, data)?;
        self.write_u32(size_out, bytes.len() as u32)
    }

    fn allocate(&mut self, size: u32) -> Option<u32> {
        let (name, malloc) = self.caller.data().malloc?;
        let host = self.caller.data_mut();
        let (restriction, current) = (host.restriction, host.current);
        host.restriction = Restriction::Allocating;
        host.current = VM_CONTEXT;
        let mut results = [Val::I32(0)];
        let outcome = malloc.call(&mut self.caller, &[Val::I32(size.cast_signed())], &mut results);
        let host = self.caller.data_mut();
        // Envoy lifts the restriction of a start function here as well.
        host.restriction =
            if restriction == Restriction::Starting { Restriction::None } else { restriction };
        host.current = current;
        match outcome {
            Ok(()) => results[0].i32().map(i32::cast_unsigned).filter(|data| *data != 0),
            Err(error) => {
                host.errors.push(failure(name, &error, host.has_names));
                host.failed = true;
                None
            }
        }
    }
}

/// Whether a hostcall may be made now.
fn allowed(restriction: Restriction, module: &str, name: &str) -> bool {
    match restriction {
        Restriction::None => true,
        Restriction::Starting if module == "env" => {
            matches!(name, "proxy_log" | "emscripten_notify_memory_growth")
        }
        Restriction::Starting => !matches!(
            name,
            "fd_close" | "fd_read" | "fd_seek" | "path_open" | "sched_yield" | "proc_exit"
        ),
        Restriction::Allocating => {
            matches!(name, "proxy_log" | "fd_write" | "clock_time_get" | "poll_oneoff")
        }
    }
}
