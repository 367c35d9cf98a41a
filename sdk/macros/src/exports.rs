//! What a plugin exports, from what its `impl`s write.

use std::fmt::Write as _;

use crate::plugin::{Kind, Part, Plugin};
use crate::when::When;

/// A callback that one trait has, and whose export is one call.
struct Simple {
    name: &'static str,
    /// Which trait has it.
    kind: Kind,
    /// The parameters of its export, and its result.
    signature: &'static str,
    /// What the export passes on.
    arguments: &'static str,
}

const fn simple(
    kind: Kind,
    name: &'static str,
    signature: &'static str,
    arguments: &'static str,
) -> Simple {
    Simple { name, kind, signature, arguments }
}

const DATA: &str = "(context_id: u32, size: usize, end_of_stream: u32) -> u32";
const DATA_ARGUMENTS: &str = "context_id, size, end_of_stream";

const SIMPLE: [Simple; 15] = [
    simple(Kind::Http, "on_request_body", DATA, DATA_ARGUMENTS),
    simple(
        Kind::Http,
        "on_request_trailers",
        "(context_id: u32, _num_trailers: u32) -> u32",
        "context_id",
    ),
    simple(Kind::Http, "on_response_body", DATA, DATA_ARGUMENTS),
    simple(
        Kind::Http,
        "on_response_trailers",
        "(context_id: u32, _num_trailers: u32) -> u32",
        "context_id",
    ),
    simple(Kind::Http, "on_log", "(context_id: u32)", "context_id"),
    simple(Kind::Stream, "on_new_connection", "(context_id: u32) -> u32", "context_id"),
    simple(Kind::Stream, "on_downstream_data", DATA, DATA_ARGUMENTS),
    simple(
        Kind::Stream,
        "on_downstream_connection_close",
        "(context_id: u32, peer: u32)",
        "context_id, peer",
    ),
    simple(Kind::Stream, "on_upstream_data", DATA, DATA_ARGUMENTS),
    simple(
        Kind::Stream,
        "on_upstream_connection_close",
        "(context_id: u32, peer: u32)",
        "context_id, peer",
    ),
    simple(Kind::Stream, "on_log", "(context_id: u32)", "context_id"),
    simple(
        Kind::Plugin,
        "on_vm_start",
        "(context_id: u32, size: usize) -> u32",
        "context_id, size",
    ),
    simple(
        Kind::Plugin,
        "on_configure",
        "(context_id: u32, size: usize) -> u32",
        "context_id, size",
    ),
    simple(Kind::Plugin, "on_tick", "(context_id: u32)", "context_id"),
    simple(Kind::Plugin, "on_queue_ready", "(context_id: u32, queue: u32)", "context_id, queue"),
];

/// A callback about a callout, which a stream or the plugin may have made.
struct Answer {
    name: &'static str,
    signature: &'static str,
    /// What a stream's callback is passed; a plugin's has `context_id` before that.
    arguments: &'static str,
}

const HTTP_ANSWERS: [Answer; 1] = [Answer {
    name: "on_http_call_response",
    signature: "(context_id: u32, call: u32, num_headers: u32, body_size: usize, _num_trailers: u32)",
    arguments: "call, num_headers, body_size",
}];

/// The first two are exported together.
const GRPC_ANSWERS: [Answer; 4] = [
    Answer {
        name: "on_grpc_receive",
        signature: "(context_id: u32, call: u32, size: usize)",
        arguments: "call, size",
    },
    Answer {
        name: "on_grpc_close",
        signature: "(context_id: u32, call: u32, status: u32)",
        arguments: "call, status",
    },
    Answer {
        name: "on_grpc_receive_initial_metadata",
        signature: "(context_id: u32, call: u32, _num_elements: u32)",
        arguments: "call",
    },
    Answer {
        name: "on_grpc_receive_trailing_metadata",
        signature: "(context_id: u32, call: u32, _num_elements: u32)",
        arguments: "call",
    },
];

/// Everything that is added to the module.
pub(crate) fn exports(plugin: &Plugin) -> String {
    let mut source = String::from("::whit::__abi_version! {} ::whit::memory_allocate!(arena);");
    let emit = Emit { plugin };
    emit.places(&mut source);
    emit.headers(&mut source);
    emit.simple(&mut source);
    emit.answers(&mut source, "AnswersHttpCalls", &HTTP_ANSWERS, 1);
    emit.answers(&mut source, "AnswersGrpcCalls", &GRPC_ANSWERS, 2);
    emit.lifecycle(&mut source);
    source
}

struct Emit<'p> {
    plugin: &'p Plugin,
}

impl Emit<'_> {
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.plugin.stream.iter().chain(&self.plugin.plugin)
    }

    /// Whether streams read their plugin.
    fn reads(&self) -> bool {
        self.plugin.stream.as_ref().is_some_and(|stream| stream.reads.is_some())
    }

    /// Whether plugin contexts have values that are kept.
    fn keeps_plugins(&self) -> bool {
        self.reads() || self.plugin.plugin.as_ref().is_some_and(|plugin| !plugin.unit)
    }

    /// Whether streams have values that are kept.
    fn keeps_streams(&self) -> bool {
        self.reads() || self.plugin.stream.as_ref().is_some_and(|stream| !stream.unit)
    }

    /// Whether streams that wait for answers are noted: no value of theirs tells whether they are still there.
    fn is_noted(&self, part: &Part) -> bool {
        part.kind != Kind::Plugin && !self.keeps_streams()
    }

    /// How a value of a part is made.
    fn make(part: &Part) -> String {
        if part.unit {
            format!("(|| {})", part.name)
        } else {
            format!("<{} as ::core::default::Default>::default", part.name)
        }
    }

    /// The statics in which values are kept.
    fn places(&self, source: &mut String) {
        let (stream, plugin) = (&self.plugin.stream, &self.plugin.plugin);
        if let (true, Some(stream), Some(plugin)) = (self.reads(), stream, plugin) {
            let _ = write!(
                source,
                "::whit::family! {{ static __WHIT_CONTEXTS: Family<{}, {}>; }}",
                stream.name, plugin.name
            );
            return;
        }
        let mut place = |name: &str, value: String, heads: &str| {
            let _ = write!(
                source,
                "::whit::slots! {{ static {name}: Slots<{value}, ::whit::__::{heads}>; }}"
            );
        };
        if let Some(stream) = stream.as_ref().filter(|_| self.keeps_streams()) {
            place("__WHIT_STREAMS", stream.name.to_string(), "MANY");
        }
        if let Some(plugin) = plugin.as_ref().filter(|_| self.keeps_plugins()) {
            place("__WHIT_PLUGINS", plugin.name.to_string(), "FEW");
        }
    }

    /// What an export passes on for a part: where its values are.
    fn values(&self, part: &Part) -> String {
        let make = Self::make(part);
        if part.kind == Kind::Plugin {
            if self.reads() {
                return "::whit::__::Read(&__WHIT_CONTEXTS)".to_owned();
            }
            if self.keeps_plugins() {
                return format!("::whit::__::Kept(&__WHIT_PLUGINS, {make})");
            }
        } else if let (true, Some(plugin)) = (self.reads(), &self.plugin.plugin) {
            return format!(
                "::whit::__::Children {{ contexts: &__WHIT_CONTEXTS, make: {make}, make_plugin: {} }}",
                Self::make(plugin)
            );
        } else if self.keeps_streams() {
            return format!("::whit::__::Kept(&__WHIT_STREAMS, {make})");
        }
        let answered =
            |answer: &Answer| self.parts().any(|part| part.callback(answer.name).is_some());
        let kind = if self.keeps_plugins() || self.keeps_streams() {
            "Alone"
        } else if HTTP_ANSWERS.iter().chain(&GRPC_ANSWERS).any(answered) {
            "Asking"
        } else {
            "Unit"
        };
        format!("::whit::__::{kind}({})", part.name)
    }

    /// A call of the body of an export.
    fn call(&self, part: &Part, name: &str, arguments: &str) -> String {
        let module = part.kind.module();
        format!("::whit::__::{module}::{name}({}, {arguments})", self.values(part))
    }

    /// Headers, whose exports differ between ABI versions.
    fn headers(&self, source: &mut String) {
        let Some(part) = self.plugin.stream.as_ref().filter(|part| part.kind == Kind::Http) else {
            return;
        };
        for name in ["on_request_headers", "on_response_headers"] {
            if let Some(when) = part.callback(name) {
                let call = self.call(part, name, "context_id, end_of_stream");
                let _ = write!(
                    source,
                    "{when} ::whit::__export_headers! {{ proxy_{name}, |context_id, end_of_stream| {call} }}"
                );
            }
        }
    }

    fn simple(&self, source: &mut String) {
        for part in self.parts() {
            for Simple { name, signature, arguments, .. } in
                SIMPLE.iter().filter(|export| export.kind == part.kind)
            {
                if let Some(when) = part.callback(name) {
                    let call = self.call(part, name, arguments);
                    export(source, &when, name, signature, &call);
                    if *name == "on_vm_start" {
                        let _ = write!(source, "{when} ::whit::__one_vm_start! {{}}");
                    }
                }
            }
            if part.kind == Kind::Plugin
                && let Some(when) = part.callback("on_foreign_function")
            {
                let call = self.call(part, "on_foreign_function", "context_id, function_id, size");
                let signature = "(context_id: u32, function_id: u32, size: usize)";
                export(source, &when, "on_foreign_function", signature, &call);
            }
        }
    }

    /// Answers to callouts. Who writes one of them gets the first `always` of them.
    fn answers(&self, source: &mut String, marker: &str, answers: &[Answer], always: usize) {
        let names: Vec<&str> = answers.iter().map(|answer| answer.name).collect();
        // Those that write some of them, and when there are any.
        let parts: Vec<(&Part, When)> =
            self.parts().filter_map(|part| Some((part, part.any_of(&names)?))).collect();
        for (part, when) in &parts {
            let of_stream = part.kind != Kind::Plugin;
            let _ = write!(
                source,
                "{when} impl ::whit::__::{marker} for {} {{ const OF_STREAM: bool = {of_stream}; const NOTED: bool = {}; }}",
                part.name,
                self.is_noted(part),
            );
        }
        for (index, Answer { name, signature, arguments }) in answers.iter().enumerate() {
            let writers: Vec<(&Part, When)> = parts
                .iter()
                .filter_map(|(part, any)| {
                    let when = if index < always { Some(any.clone()) } else { part.callback(name) };
                    Some((*part, when?))
                })
                .collect();
            let call = |part: &Part| match part.kind {
                Kind::Plugin => self.call(part, name, &format!("context_id, {arguments}")),
                Kind::Http | Kind::Stream => self.call(part, name, arguments),
            };
            let body = match &writers[..] {
                [] => continue,
                [(part, _)] => format!("let _ = context_id; {};", call(part)),
                [(stream, of_stream), (plugin, of_plugin), ..] => format!(
                    "let _ = context_id; {of_stream} if {} {{ return; }} {of_plugin} {{ {}; }}",
                    call(stream),
                    call(plugin)
                ),
            };
            let Some(when) = writers.into_iter().map(|(_, when)| when).reduce(When::or) else {
                continue;
            };
            export(source, &when, name, signature, &body);
        }
    }

    /// Contexts come and go.
    fn lifecycle(&self, source: &mut String) {
        let written = |part: Option<&Part>, name: &str| {
            part.is_some_and(|part| part.callback(name).is_some())
        };
        let (stream, plugin) = (self.plugin.stream.as_ref(), self.plugin.plugin.as_ref());
        // A host calls these for contexts of both kinds.
        let notes = stream.is_some()
            && ["on_done", "on_delete"]
                .iter()
                .any(|name| written(stream, name) || written(plugin, name));
        let mine = |part: &Part| match (notes, part.kind) {
            (false, _) => "true",
            (true, Kind::Plugin) => "::whit::__::is_plugin_context(context_id)",
            (true, _) => "!::whit::__::is_plugin_context(context_id)",
        };

        let mut create = String::new();
        if notes {
            create += "::whit::__::note_context(context_id, parent_context_id);";
        }
        if let Some(stream) = stream.filter(|_| self.reads()) {
            let _ = write!(
                create,
                "::whit::__::adopt({}, context_id, parent_context_id);",
                self.values(stream)
            );
        }
        for part in self.parts() {
            if let Some(when) = part.callback("on_context_create") {
                let call = self.call(part, "on_context_create", "context_id");
                let kind = if part.kind == Kind::Plugin { "==" } else { "!=" };
                let _ = write!(create, "{when} if parent_context_id {kind} 0 {{ {call} }}");
            }
        }
        if !create.is_empty() {
            let signature = "(context_id: u32, parent_context_id: u32)";
            export(source, "", "on_context_create", signature, &create);
        }

        let mut done = String::new();
        for part in self.parts() {
            if let Some(when) = part.callback("on_done") {
                let call = self.call(part, "on_done", "context_id");
                let _ = write!(done, "{when} if {} {{ return {call}; }}", mine(part));
            }
        }
        if !done.is_empty() {
            done += " 1";
            export(
                source,
                "#[allow(unreachable_code)]",
                "on_done",
                "(context_id: u32) -> u32",
                &done,
            );
        }

        let mut delete = String::new();
        for part in self.parts() {
            if let Some(when) = part.callback("on_delete") {
                let call = self.call(part, "on_delete", "context_id");
                let _ = write!(delete, "{when} if {} {{ {call} }}", mine(part));
            }
        }
        if let Some(stream) = stream.filter(|_| self.keeps_streams()) {
            let values = self.values(stream);
            let _ = write!(delete, "::whit::__::forget_stream({values}, context_id);");
        }
        for part in stream.iter().filter(|part| self.is_noted(part)) {
            let answers = |answers: &[Answer]| {
                answers.iter().any(|answer| part.callback(answer.name).is_some())
            };
            if answers(&HTTP_ANSWERS) {
                delete += "::whit::__::forget_http_caller(context_id);";
            }
            if answers(&GRPC_ANSWERS) {
                delete += "::whit::__::forget_grpc_caller(context_id);";
            }
        }
        if let Some(plugin) = plugin.filter(|_| self.keeps_plugins() && !self.reads()) {
            let values = self.values(plugin);
            let _ = write!(delete, "::whit::__::forget_plugin({values}, context_id);");
        }
        if notes {
            delete += "::whit::__::forget_context(context_id);";
        }
        if !delete.is_empty() {
            export(source, "", "on_delete", "(context_id: u32)", &delete);
        }
    }
}

fn export(
    source: &mut String,
    attributes: impl std::fmt::Display,
    name: &str,
    signature: &str,
    body: &str,
) {
    let _ = write!(
        source,
        "{attributes} #[unsafe(no_mangle)] extern \"C-unwind\" fn proxy_{name}{signature} {{ {body} }}"
    );
}
