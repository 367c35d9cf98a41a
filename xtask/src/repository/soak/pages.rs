//! Modules that publish how many pages of memory they have, as the gauge `whit.pages.NAME`.
//!
//! That is done to the modules that are shipped, and not by the SDK, so that they do not get a byte larger, and
//! what is soaked is what is shipped: all of it stays, and `proxy_on_log`, which ends each stream, also records
//! the memory's size. It does so in more memory than none: the 40 bytes at address 0 are put back afterwards.
//! All VMs of a filter have one gauge, which is that of the largest.

use anyhow::{Context as _, Result};
use walrus::ir::{BinaryOp, LoadKind, MemArg, StoreKind, UnaryOp, Value};
use walrus::{
    ConstExpr, ExportItem, FunctionBuilder, FunctionId, GlobalId, InstrSeqBuilder, LocalId,
    MemoryId, ModuleConfig, ValType,
};

const CALLBACK: &str = "proxy_on_log";
const GAUGE: i32 = 1;
/// The words at address 0 that are borrowed: four for the name, and one for what the host returns.
const WORDS: usize = 5;
const RETURNED: i32 = 32;

/// The same module, which publishes its pages.
pub fn publish(module: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse(module)
        .with_context(|| format!("{name} is no module"))?;
    let gauge = format!("whit.pages.{name}");
    let words = words(&gauge).with_context(|| format!("{gauge} is longer than 32 bytes"))?;
    let memory = module.memories.iter().next();
    let memory = memory.with_context(|| format!("{name} has no memory"))?.id();

    let mut import = |name, params: &[ValType]| {
        let function = module.types.add(params, &[ValType::I32]);
        module.add_import_func("env", name, function).0
    };
    let (i32, i64) = (ValType::I32, ValType::I64);
    let host = Host {
        define: import("proxy_define_metric", &[i32, i32, i32, i32]),
        get: import("proxy_get_metric", &[i32, i32]),
        record: import("proxy_record_metric", &[i32, i64]),
        memory,
        // -1: not defined yet.
        metric: module.globals.add_local(i32, true, false, ConstExpr::Value(Value::I32(-1))),
    };
    let own = module.exports.iter().find(|export| export.name == CALLBACK);
    let own = own.and_then(|export| match export.item {
        ExportItem::Function(function) => Some((export.id(), function)),
        _ => None,
    });

    let context = module.locals.add(i32);
    let borrowed: Vec<LocalId> = (0..WORDS).map(|_| module.locals.add(i64)).collect();
    let mut function = FunctionBuilder::new(&mut module.types, &[i32], &[]);
    let mut body = function.func_body();
    if let Some((_, own)) = own {
        body.local_get(context).call(own);
    }
    for (word, local) in borrowed.iter().enumerate() {
        host.load(&mut body, word).local_set(*local);
    }
    host.publish(&mut body, &words, gauge.len());
    for (word, local) in borrowed.iter().enumerate() {
        body.i32_const(0).local_get(*local).store(memory, STORE, at(word));
    }
    let callback = function.finish(vec![context], &mut module.funcs);
    if let Some((export, _)) = own {
        module.exports.delete(export);
    }
    module.exports.add(CALLBACK, callback);
    let module = module.emit_wasm();
    wasmparser::validate(&module)
        .context("a module that publishes its pages is invalid: this is its own fault")?;
    Ok(module)
}

/// The name, as the first words.
fn words(name: &str) -> Option<[i64; WORDS - 1]> {
    let mut words = [0; WORDS - 1];
    let mut bytes = name.as_bytes().chunks(8);
    for (word, bytes) in words.iter_mut().zip(&mut bytes) {
        let mut whole = [0; 8];
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        *word = i64::from_le_bytes(whole);
    }
    bytes.next().is_none().then_some(words)
}

const LOAD: LoadKind = LoadKind::I64 { atomic: false };
const STORE: StoreKind = StoreKind::I64 { atomic: false };

const fn at(word: usize) -> MemArg {
    MemArg { align: 8, offset: word as u64 * 8 }
}

/// What the code needs of the module.
struct Host {
    define: FunctionId,
    get: FunctionId,
    record: FunctionId,
    memory: MemoryId,
    /// The gauge's id.
    metric: GlobalId,
}

impl Host {
    fn load<'a, 'b>(
        &self,
        body: &'a mut InstrSeqBuilder<'b>,
        word: usize,
    ) -> &'a mut InstrSeqBuilder<'b> {
        body.i32_const(0).load(self.memory, LOAD, at(word))
    }

    /// Defines the gauge, unless it is, and raises it to the memory's pages.
    fn publish(&self, body: &mut InstrSeqBuilder<'_>, name: &[i64], size: usize) {
        body.global_get(self.metric).i32_const(-1).binop(BinaryOp::I32Eq);
        body.if_else(
            None,
            |body| {
                for (word, bytes) in name.iter().enumerate() {
                    body.i32_const(0).i64_const(*bytes).store(self.memory, STORE, at(word));
                }
                body.i32_const(GAUGE).i32_const(0).i32_const(size as i32).i32_const(RETURNED);
                body.call(self.define).drop();
                let whole = LoadKind::I32 { atomic: false };
                let place = MemArg { align: 4, offset: RETURNED as u64 };
                body.i32_const(0).load(self.memory, whole, place).global_set(self.metric);
            },
            |_| {},
        );
        body.global_get(self.metric).i32_const(RETURNED).call(self.get).drop();
        self.load(body, WORDS - 1);
        self.pages(body);
        body.binop(BinaryOp::I64LtU);
        body.if_else(
            None,
            |body| {
                body.global_get(self.metric);
                self.pages(body);
                body.call(self.record).drop();
            },
            |_| {},
        );
    }

    fn pages(&self, body: &mut InstrSeqBuilder<'_>) {
        body.memory_size(self.memory).unop(UnaryOp::I64ExtendUI32);
    }
}

#[cfg(test)]
mod tests {
    use super::publish;

    fn published(wat: &str) -> Result<String, String> {
        let module = wat::parse_str(wat).expect("the test's WAT is right");
        let published = publish(&module, "mine").map_err(|error| error.to_string())?;
        let face = crate::wasm::summary(&published).expect("a valid module");
        Ok(format!(
            "exports {} imports {} pages {}",
            face.exports.join(","),
            face.imports.join(","),
            face.pages.unwrap_or(0)
        ))
    }

    const IMPORTS: &str = "env.proxy_define_metric,env.proxy_get_metric,env.proxy_record_metric";

    #[test]
    fn a_module_gets_the_callback_or_keeps_its_own_within() {
        let memory = r#"(memory (export "memory") 3)"#;
        let own = r#"(func (export "proxy_on_log") (param i32))"#;
        for module in [memory.to_owned(), format!("{memory} {own}")] {
            assert_eq!(
                published(&format!("(module {module})")),
                Ok(format!("exports memory,proxy_on_log imports {IMPORTS} pages 3")),
                "{module}"
            );
        }
    }

    #[test]
    fn what_cannot_publish_says_why() {
        assert_eq!(published("(module)"), Err("mine has no memory".to_owned()));
        let long = "a".repeat(22);
        let error = publish(&wat::parse_str("(module)").expect("WAT"), &long).expect_err("long");
        assert_eq!(error.to_string(), format!("whit.pages.{long} is longer than 32 bytes"));
    }
}
