//! A host as proxy-wasm/test-framework is one: each test compiles its module and has one VM, calls the callbacks
//! itself, and has staged what each hostcall must be given and what it answers. It is on no registry, so
//! this is its way of working, without what it prints.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{Caller, Engine, Error, Extern, Func, Instance, Module, Result, Store, Val};
use whit_test::Trace;
use whit_test::trace::{Callback, Hostcall, Value};

type Staged = Arc<Mutex<VecDeque<Hostcall>>>;

/// A module in its VM.
pub(crate) struct Tester {
    store: Store<()>,
    instance: Instance,
    staged: Staged,
}

impl Tester {
    /// Compiles a module, and starts it as a plugin without configuration.
    pub(crate) fn start(module: &[u8]) -> Result<Self> {
        let engine = Engine::default();
        let module = Module::new(&engine, module)?;
        let mut store = Store::new(&engine, ());
        let staged = Staged::default();
        let mut imports = Vec::new();
        for import in module.imports() {
            let function = import.ty().func().cloned();
            let function =
                function.ok_or_else(|| Error::msg(format!("{} is no function", import.name())))?;
            let (name, staged) = (import.name().to_owned(), Arc::clone(&staged));
            imports.push(Extern::from(Func::new(
                &mut store,
                function,
                move |caller, words, results| {
                    let status = answer(caller, &name, words, &staged)?;
                    results.iter_mut().for_each(|result| *result = Val::I32(status));
                    Ok(())
                },
            )));
        }
        let instance = Instance::new(&mut store, &module, &imports)?;
        let mut tester = Self { store, instance, staged };
        tester.call("proxy_on_context_create", &[1, 0])?;
        tester.call("proxy_on_vm_start", &[1, 0])?;
        tester.call("proxy_on_configure", &[1, 0])?;
        Ok(tester)
    }

    /// Calls what a traced request has called, and expects the hostcalls that it has made.
    pub(crate) fn request(&mut self, trace: &Trace) -> Result<()> {
        for Callback { context_id, name, args, hostcalls, .. } in &trace.callbacks {
            lock(&self.staged).extend(hostcalls.iter().cloned());
            let args = args.iter().filter_map(|arg| number(&arg.value));
            let words: Vec<i32> = [context_id.cast_signed()].into_iter().chain(args).collect();
            self.call(name, &words)?;
            if let Some(left) = lock(&self.staged).pop_front() {
                return Err(Error::msg(format!("{name} has not called {}", left.name)));
            }
        }
        Ok(())
    }

    /// Calls a callback, if it is exported.
    fn call(&mut self, name: &str, words: &[i32]) -> Result<()> {
        let Some(callback) = self.instance.get_func(&mut self.store, name) else { return Ok(()) };
        let words: Vec<Val> = words.iter().copied().map(Val::I32).collect();
        let mut results = vec![Val::I32(0); callback.ty(&self.store).results().len()];
        callback.call(&mut self.store, &words, &mut results)
    }
}

fn lock(staged: &Staged) -> MutexGuard<'_, VecDeque<Hostcall>> {
    staged.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A hostcall: it must be the one that is staged, which says what it answers.
fn answer(mut caller: Caller<'_, ()>, name: &str, words: &[Val], staged: &Staged) -> Result<i32> {
    let unexpected = || Error::msg(format!("{name} is called otherwise than expected"));
    let hostcall = lock(staged).pop_front().filter(|hostcall| hostcall.name == name);
    let hostcall = hostcall.ok_or_else(unexpected)?;
    let mut words = words.iter().filter_map(Val::i32);
    let mut word = || words.next().ok_or_else(unexpected);
    for arg in &hostcall.args {
        match bytes(&arg.value) {
            None => {
                if Some(word()?) != number(&arg.value) {
                    return Err(unexpected());
                }
            }
            Some(expected) => {
                let (address, size) = (word()?.cast_unsigned() as usize, word()?.cast_unsigned());
                let memory = memory(&mut caller)?.data(&caller);
                let given = memory.get(address..).and_then(|bytes| bytes.get(..size as usize));
                if given != Some(&expected) {
                    return Err(unexpected());
                }
            }
        }
    }
    for output in &hostcall.outputs {
        match bytes(&output.value) {
            None => {
                let number = number(&output.value).ok_or_else(unexpected)?;
                write(&mut caller, word()?, &number.to_le_bytes())?;
            }
            Some(bytes) => {
                let (address, size) = (word()?, word()?);
                let length = bytes.len() as i32;
                let allocate = caller.get_export("proxy_on_memory_allocate");
                let allocate = allocate.and_then(Extern::into_func).ok_or_else(unexpected)?;
                let place = allocate.typed::<i32, i32>(&caller)?.call(&mut caller, length)?;
                write(&mut caller, place, &bytes)?;
                write(&mut caller, address, &place.to_le_bytes())?;
                write(&mut caller, size, &length.to_le_bytes())?;
            }
        }
    }
    Ok(hostcall.status().map_or(0, u32::cast_signed))
}

fn memory(caller: &mut Caller<'_, ()>) -> Result<wasmtime::Memory> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| Error::msg("no memory is exported"))
}

fn write(caller: &mut Caller<'_, ()>, address: i32, bytes: &[u8]) -> Result<()> {
    Ok(memory(caller)?.write(caller, address.cast_unsigned() as usize, bytes)?)
}

/// A value that is one word.
fn number(value: &Value) -> Option<i32> {
    match *value {
        Value::Number(number) => Some(number as i32),
        Value::Signed(number) => Some(number as i32),
        Value::Bool(yes) => Some(yes.into()),
        Value::Named { number, .. } => Some(number.cast_signed()),
        _ => None,
    }
}

/// A value that lies in memory.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::Pairs(pairs) => {
            let mut bytes = (pairs.len() as u32).to_le_bytes().to_vec();
            for size in pairs.iter().flat_map(|(name, value)| [name.len(), value.len()]) {
                bytes.extend((size as u32).to_le_bytes());
            }
            for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
                bytes.extend(text);
                bytes.push(0);
            }
            Some(bytes)
        }
        _ => None,
    }
}
