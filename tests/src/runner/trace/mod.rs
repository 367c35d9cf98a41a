//! What crossed the boundary between a host and a plugin: every call, with what went in and what came
//! out.
//!
//! ```
//! use whit_test::trace::Value;
//! use whit_test::{Answer, Request, Vm};
//!
//! # fn main() -> Result<(), whit_test::Error> {
//! let module = wat::parse_str(
//!     r#"(module
//!         (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
//!         (memory (export "memory") 1)
//!         (data (i32.const 0) "hello")
//!         (func (export "proxy_abi_version_0_2_1"))
//!         (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
//!         (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
//!             (call $log (i32.const 2) (i32.const 0) (i32.const 5))))"#,
//! )
//! .expect("valid WAT");
//!
//! let plugin = Vm::new(&module)?.plugin().traced().start()?;
//! plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
//!
//! let trace = plugin.take_trace();
//! assert_eq!(
//!     trace.to_string(),
//!     "#2 proxy_on_request_headers(num_headers: 6, end_of_stream: true) -> CONTINUE\n  \
//!        proxy_log(log_level: INFO, message: \"hello\") -> OK\n"
//! );
//! let message = trace.hostcalls().next().and_then(|call| call.arg("message"));
//! assert_eq!(message, Some(&Value::Bytes(b"hello".to_vec())));
//! # Ok(())
//! # }
//! ```

mod decode;
mod recorder;
mod show;

pub(crate) use recorder::Recorder;

/// Calls in the order in which they were made. As text it is the same in every run, and for every build of
/// a plugin that does the same: an address is shown only where something is wrong with it, and long bytes
/// are shortened. Here they are whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// Calls of the plugin's functions that were not made from within a hostcall.
    pub callbacks: Vec<Callback>,
    /// How many calls are not kept: a trace holds some 64 MiB.
    pub dropped: u64,
}

/// A call of a function of the plugin: a callback, a start function, or the allocator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callback {
    /// The context that it is about; 0 for the VM itself.
    pub context_id: u32,
    /// The function's name; `(start)` for the start function that WebAssembly itself knows, which is here
    /// if it has called the host.
    pub name: &'static str,
    /// What it was given, but for the context.
    pub args: Vec<Arg>,
    /// What it returned, if it returns anything; or why it failed, in Envoy's words.
    pub result: Result<Option<Value>, String>,
    /// A fault stood in for it: it was not called.
    pub faulty: bool,
    /// What it called, in order.
    pub hostcalls: Vec<Hostcall>,
}

/// A call of a function of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hostcall {
    /// The function's name.
    pub name: &'static str,
    /// What the plugin handed over.
    pub args: Vec<Arg>,
    /// What it answered, if it answers anything; or why the host stopped the plugin in it.
    pub result: Result<Option<Value>, String>,
    /// What the plugin finds where the host was to write, if all went well.
    pub outputs: Vec<Arg>,
    /// A fault stood in for it: the host did nothing.
    pub faulty: bool,
    /// Calls back into the plugin: its allocator.
    pub callbacks: Vec<Callback>,
}

/// What a function was given or gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The spec's name of it. An address and a size are one thing, which has one name.
    pub name: &'static str,
    /// What it is.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A number.
    Number(u64),
    /// A number with a sign.
    Signed(i64),
    /// A truth value.
    Bool(bool),
    /// A number that has a name.
    Named {
        /// The number.
        number: u32,
        /// Its name, the spec's if it has one there.
        name: &'static str,
    },
    /// An address.
    Address(u32),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A serialized map: names and values.
    Pairs(Vec<(Vec<u8>, Vec<u8>)>),
    /// Bytes that are no serialized map, and should be: a host takes them for an empty one.
    Malformed(Vec<u8>),
    /// The path of a property: segments with NUL between them.
    Path(Vec<u8>),
    /// The cluster of a gRPC call, as a serialized `envoy.config.core.v3.GrpcService`.
    Cluster {
        /// The cluster's name.
        name: String,
        /// The whole message.
        message: Vec<u8>,
    },
    /// It should lie there, and that is not all in the memory.
    Outside {
        /// Where it should begin.
        address: u32,
        /// How many bytes it should have.
        size: u32,
    },
    /// Bytes that are not kept, for the trace is full.
    NotKept {
        /// How many there are.
        size: usize,
    },
}

impl Trace {
    pub(crate) fn followed_by(mut self, later: Self) -> Self {
        self.callbacks.extend(later.callbacks);
        self.dropped += later.dropped;
        self
    }

    /// All hostcalls, in the order in which they began.
    pub fn hostcalls(&self) -> impl Iterator<Item = &Hostcall> {
        fn collect<'a>(callbacks: &'a [Callback], all: &mut Vec<&'a Hostcall>) {
            for hostcall in callbacks.iter().flat_map(|callback| &callback.hostcalls) {
                all.push(hostcall);
                collect(&hostcall.callbacks, all);
            }
        }
        let mut all = Vec::new();
        collect(&self.callbacks, &mut all);
        all.into_iter()
    }
}

impl Callback {
    /// What it was given under this name.
    pub fn arg(&self, name: &str) -> Option<&Value> {
        find(&self.args, name)
    }
}

impl Hostcall {
    /// What the plugin handed over under this name.
    pub fn arg(&self, name: &str) -> Option<&Value> {
        find(&self.args, name)
    }

    /// What the plugin finds under this name.
    pub fn output(&self, name: &str) -> Option<&Value> {
        find(&self.outputs, name)
    }

    /// The number that it answered; `None` if it answers nothing, or has stopped the plugin.
    pub fn status(&self) -> Option<u32> {
        match self.result {
            Ok(Some(Value::Named { number, .. })) => Some(number),
            Ok(Some(Value::Number(number))) => u32::try_from(number).ok(),
            _ => None,
        }
    }
}

fn find<'a>(args: &'a [Arg], name: &str) -> Option<&'a Value> {
    args.iter().find(|arg| arg.name == name).map(|arg| &arg.value)
}
