//! A trace that grows.

use super::super::shape::Shape;
use super::super::trap::Stopped;
use super::decode::{Decoder, of_word};
use super::{Callback, Hostcall, Trace, Value};

/// How many bytes a trace keeps, more or less.
const ROOM: usize = 64 << 20;
/// What a call takes beside its bytes.
const CALL: usize = 512;

/// A trace of one VM. Calls that have not ended take turns: a callback, within it a hostcall, within that
/// the allocator.
#[derive(Debug)]
pub(crate) struct Recorder {
    trace: Trace,
    /// Those that have not ended, and whether there is room for them.
    callbacks: Vec<(Callback, bool)>,
    hostcalls: Vec<(Hostcall, bool)>,
    room: usize,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { trace: Trace::default(), callbacks: Vec::new(), hostcalls: Vec::new(), room: ROOM }
    }

    /// What has been recorded since the last time.
    pub(crate) fn take(&mut self) -> Trace {
        self.room = ROOM;
        std::mem::take(&mut self.trace)
    }

    /// A function of the guest is called.
    pub(crate) fn begin_callback(&mut self, context_id: u32, shape: &Shape, args: &[u32]) {
        let words: Vec<u64> = args.iter().copied().map(u64::from).collect();
        let args = Decoder { memory: &[], room: &mut self.room }.inputs(shape, &words);
        self.open(Callback { args, ..callback(context_id, shape.name) });
    }

    /// It returns, or fails.
    pub(crate) fn end_callback(&mut self, shape: &Shape, result: Result<u32, &str>, faulty: bool) {
        self.close_callback(value(shape, result.map_err(str::to_owned)), faulty);
    }

    /// The allocator returns an address, or fails.
    pub(crate) fn end_allocation(
        &mut self,
        shape: &Shape,
        size: u32,
        memory: &[u8],
        result: Result<u32, &str>,
        faulty: bool,
    ) {
        match result {
            Ok(address) if address as usize + size as usize > memory.len() => {
                self.close_callback(Ok(Some(Value::Outside { address, size })), faulty);
            }
            result => self.end_callback(shape, result, faulty),
        }
    }

    /// The instance is made, or is not: what its start function has called is over.
    pub(crate) fn instantiated(&mut self, failure: Option<String>) {
        if !self.callbacks.is_empty() {
            self.close_callback(failure.map_or(Ok(None), Err), false);
        }
    }

    fn close_callback(&mut self, result: Result<Option<Value>, String>, faulty: bool) {
        let Some((callback, kept)) = self.callbacks.pop() else { return };
        let calls = match self.hostcalls.last_mut() {
            Some((hostcall, _)) => &mut hostcall.callbacks,
            None => &mut self.trace.callbacks,
        };
        if kept {
            calls.push(Callback { result, faulty, ..callback });
        }
    }

    fn open(&mut self, callback: Callback) {
        let kept = self.keeps();
        self.callbacks.push((callback, kept));
    }

    /// A function of the host is called.
    pub(crate) fn begin_hostcall(&mut self, shape: &Shape, words: &[u64], memory: &[u8]) {
        if self.callbacks.is_empty() {
            self.open(callback(0, "(start)"));
        }
        let args = Decoder { memory, room: &mut self.room }.inputs(shape, words);
        let (outputs, callbacks) = (Vec::new(), Vec::new());
        let name = shape.name;
        let hostcall = Hostcall { name, args, result: Ok(None), outputs, faulty: false, callbacks };
        let kept = self.keeps();
        self.hostcalls.push((hostcall, kept));
    }

    /// It answers, or stops the guest.
    pub(crate) fn end_hostcall(
        &mut self,
        shape: &Shape,
        words: &[u64],
        memory: &[u8],
        result: Result<u32, &Stopped>,
        faulty: bool,
    ) {
        let Some((hostcall, kept)) = self.hostcalls.pop() else { return };
        let outputs = match result {
            Ok(0) => Decoder { memory, room: &mut self.room }.outputs(shape, words),
            Ok(_) | Err(_) => Vec::new(),
        };
        let result = value(shape, result.map_err(ToString::to_string));
        if let Some((callback, _)) = self.callbacks.last_mut().filter(|_| kept) {
            callback.hostcalls.push(Hostcall { result, outputs, faulty, ..hostcall });
        }
    }

    /// Whether there is room for another call.
    fn keeps(&mut self) -> bool {
        let left = self.room.checked_sub(CALL);
        self.room = left.unwrap_or(self.room);
        self.trace.dropped += u64::from(left.is_none());
        left.is_some()
    }
}

fn callback(context_id: u32, name: &'static str) -> Callback {
    let (args, hostcalls) = (Vec::new(), Vec::new());
    Callback { context_id, name, args, result: Ok(None), faulty: false, hostcalls }
}

fn value(shape: &Shape, result: Result<u32, String>) -> Result<Option<Value>, String> {
    let result = result?;
    Ok(shape.result.map(|kind| of_word(kind, result.into())))
}
