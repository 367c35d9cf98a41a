//! A hostcall that runs.

use wasmtime::{Caller, Func, Memory, Trap, Val};

use super::super::abi::Status;
use super::super::fault::Allocator;
use super::super::host::{Host, Restriction, VM_CONTEXT};
use super::super::shape::{Kind, Shape};
use super::super::trace::Recorder;
use super::super::trap::{Fail, Stopped, reason};
use super::ENV;

/// What the hostcalls of one callback may cost the host: a byte moved is 1. Envoy has no such limit.
pub(crate) const BUDGET: u64 = 256 << 20;
/// A hostcall that moves nothing.
const HOSTCALL: u64 = 512;
/// What a hostcall leaves to do after the callback, or a call to a cluster.
pub(super) const LEFT_TO_DO: u64 = 16 << 10;

/// WASI's status of a function that the plugin may not use.
const NOTCAPABLE: u32 = 76;

/// How a hostcall begins.
enum Begun {
    Runs,
    /// The plugin may not make it: the status that says so.
    Denied(u32),
    /// A fault answers with this status.
    Faulty(u32),
}

/// A hostcall that runs, with access to the guest's memory.
pub(crate) struct Call<'a, 'b> {
    caller: &'a mut Caller<'b, Host>,
}

impl<'a, 'b> Call<'a, 'b> {
    /// Runs a hostcall of this shape, with these arguments, unless it is restricted now.
    pub(crate) fn run(
        caller: &'a mut Caller<'b, Host>,
        module: &str,
        shape: &'static Shape,
        words: &[u64],
        body: impl FnOnce(&mut Self) -> Result<u32, Stopped>,
    ) -> wasmtime::Result<u32> {
        let mut call = Self { caller };
        call.record(|trace, memory| trace.begin_hostcall(shape, words, memory));
        let (result, faulty) = match call.begin(module, shape) {
            Ok(Begun::Runs) => (body(&mut call), false),
            Ok(Begun::Denied(status)) => (Ok(status), false),
            Ok(Begun::Faulty(status)) => (Ok(status), true),
            Err(stopped) => (Err(stopped), false),
        };
        call.record(|trace, memory| {
            trace.end_hostcall(shape, words, memory, result.as_ref().copied(), faulty);
        });
        Ok(result?)
    }

    /// Tells the trace, if there is one.
    fn record(&mut self, tell: impl FnOnce(&mut Recorder, &[u8])) {
        if self.caller.data().trace.is_none() {
            return;
        }
        let (memory, host) = match self.caller.data().memory {
            Some(memory) => {
                let (memory, host) = memory.data_and_store_mut(&mut *self.caller);
                (&*memory, host)
            }
            None => (&[][..], self.caller.data_mut()),
        };
        if let Some(trace) = &mut host.trace {
            tell(trace, memory);
        }
    }

    fn begin(&mut self, module: &str, shape: &Shape) -> Result<Begun, Stopped> {
        let name = shape.name;
        let host = self.host();
        host.used.hostcalls += 1;
        host.misuses.hostcall = name;
        host.misuses.allocated = None;
        if !allowed(host.restriction, module, name) {
            host.misuses.not_now();
            return Err(Stopped::Restricted);
        }
        self.charge(HOSTCALL)?;
        if !self.may(module, name)? {
            let denied = match shape.result {
                Some(Kind::Errno) => NOTCAPABLE,
                _ => Status::InternalFailure as u32,
            };
            return Ok(Begun::Denied(denied));
        }
        Ok(self.host().limits.faults.hostcall(name).map_or(Begun::Runs, Begun::Faulty))
    }

    /// Whether the plugin may make this hostcall: if not, the host says so in its log. Envoy's own are no
    /// capabilities.
    fn may(&mut self, module: &str, name: &str) -> Result<bool, Stopped> {
        let kind = match module {
            ENV if name.starts_with("proxy_") => "proxy-wasm",
            ENV => return Ok(true),
            _ => "WASI",
        };
        let host = self.host();
        let may = host.setup.may(name);
        if !may {
            let error = format!("Attempted call to restricted {kind} capability: {name}");
            host.kept.add(error.len())?;
            host.errors.push(error);
        }
        Ok(may)
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    /// Takes from what the callback may cost.
    pub(crate) fn charge(&mut self, cost: u64) -> Result<(), Stopped> {
        self.host().charge(cost)
    }

    fn memory(&self) -> Result<Memory, Stopped> {
        let no_memory = "a hostcall uses the memory of a module that exports none";
        self.caller.data().memory.ok_or(Stopped::CrashesEnvoy(no_memory))
    }

    /// `size` bytes at `data`.
    pub(crate) fn read(&mut self, data: u32, size: u32) -> Result<Vec<u8>, Fail> {
        let memory = self.memory()?;
        let range = data as usize..data as usize + size as usize;
        let memory_size = memory.data_size(&self.caller);
        if range.end > memory_size {
            self.host().misuses.outside(data, size as usize, memory_size);
            return Err(Status::InvalidMemoryAccess.into());
        }
        self.charge(u64::from(size))?;
        Ok(memory.data(&self.caller)[range].to_vec())
    }

    pub(crate) fn write(&mut self, data: u32, bytes: &[u8]) -> Result<(), Fail> {
        self.charge(bytes.len() as u64)?;
        self.put(data, bytes)
    }

    /// Writes bytes that are paid for.
    fn put(&mut self, data: u32, bytes: &[u8]) -> Result<(), Fail> {
        let memory = self.memory()?;
        if memory.write(&mut self.caller, data as usize, bytes).is_err() {
            let memory_size = memory.data_size(&self.caller);
            self.host().misuses.outside(data, bytes.len(), memory_size);
            return Err(Status::InvalidMemoryAccess.into());
        }
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, data: u32, value: u32) -> Result<(), Fail> {
        self.write(data, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, data: u32, value: u64) -> Result<(), Fail> {
        self.write(data, &value.to_le_bytes())
    }

    /// Hands bytes over: in memory that the guest allocates for them, their address and size in the
    /// out-parameters. For no bytes nothing is allocated. They cost the same if the guest refuses them, for
    /// they have been copied already.
    pub(crate) fn give(&mut self, bytes: &[u8], data_out: u32, size_out: u32) -> Result<(), Fail> {
        self.charge(bytes.len() as u64)?;
        let data = if bytes.is_empty() {
            0
        } else {
            let data = self.allocate(bytes.len() as u32).ok_or(Status::InvalidMemoryAccess)?;
            self.host().misuses.allocated = Some(data);
            self.put(data, bytes)?;
            data
        };
        self.write_u32(data_out, data)?;
        self.write_u32(size_out, bytes.len() as u32)
    }

    pub(crate) fn allocate(&mut self, size: u32) -> Option<u32> {
        let (shape, malloc) = self.host().malloc?;
        self.record(|trace, _| trace.begin_callback(VM_CONTEXT, shape, &[size]));
        let fault = self.host().limits.faults.allocator();
        let outcome = match fault {
            None => self.call_allocator(malloc, size),
            Some(Allocator::Refuses) => Ok(0),
            Some(Allocator::Traps) => Err(Trap::UnreachableCodeReached.into()),
        };
        let host = self.host();
        let result = outcome.map_err(|error| {
            let reason = reason(&error, host.has_names);
            host.fail(shape.name, &reason);
            reason
        });
        self.record(|trace, memory| {
            let result = result.as_ref().copied().map_err(String::as_str);
            trace.end_allocation(shape, size, memory, result, fault.is_some());
        });
        result.ok().filter(|data| *data != 0)
    }

    fn call_allocator(&mut self, malloc: Func, size: u32) -> wasmtime::Result<u32> {
        let host = self.host();
        host.used.allocations += 1;
        host.used.allocated_bytes += u64::from(size);
        let (restriction, current) = (host.restriction, host.current);
        let (callback, hostcall) = (host.misuses.callback, host.misuses.hostcall);
        if let Some((shape, _)) = host.malloc {
            host.misuses.callback = shape.name;
        }
        host.restriction = Restriction::Allocating;
        host.current = VM_CONTEXT;
        let mut results = [Val::I32(0)];
        let outcome = malloc.call(&mut self.caller, &[Val::I32(size.cast_signed())], &mut results);
        let host = self.host();
        // Envoy lifts the restriction of a start function here as well.
        host.restriction =
            if restriction == Restriction::Starting { Restriction::None } else { restriction };
        host.current = current;
        (host.misuses.callback, host.misuses.hostcall) = (callback, hostcall);
        outcome.map(|()| results[0].i32().map_or(0, i32::cast_unsigned))
    }
}

/// Whether a hostcall may be made now.
fn allowed(restriction: Restriction, module: &str, name: &str) -> bool {
    match restriction {
        Restriction::None => true,
        Restriction::Starting if module == ENV => {
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
