//! Modules made at random do the same before and after: what they return, where they trap, what they ask the host,
//! and what they leave in memory. `PRUNE_MODULES` says how many; without it, two hundred.

mod source;
mod values;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use wasmtime::{Caller, Config, Engine, Instance, Linker, Module, OptLevel, Store, Trap};

use self::source::{FUNCTIONS, STATICS, Source};
use super::testing::linked;

const MODULES: u64 = 200;

#[test]
fn random_modules_do_the_same_before_and_after() {
    let modules = std::env::var("PRUNE_MODULES")
        .map_or(MODULES, |modules| modules.parse().expect("PRUNE_MODULES is a number"));
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::None);
    let engine = Engine::new(&config).expect("an engine");
    let mut smaller = 0;
    for seed in 0..modules {
        let wat = Source::module(seed);
        let before = wat::parse_str(&wat).expect("the WAT is right");
        let (_, relocations) = linked(&wat, &STATICS);
        let after = super::pruned(&before, Some(&relocations)).expect("prune");
        wasmparser::validate(&after).unwrap_or_else(|error| panic!("{error}, of {seed}:\n{wat}"));
        // Without relocations nothing is rewritten.
        let plain = super::pruned(&before, None).expect("prune");
        smaller += u64::from(after.len() < plain.len());
        let (expected, found) = (Run::of(&engine, &before), Run::of(&engine, &after));
        assert!(expected == found, "{seed}: {found:?} instead of {expected:?}, of\n{wat}");
    }
    assert!(smaller > modules / 2, "{smaller} of {modules} got smaller");
    println!("{smaller} of {modules} got smaller");
}

/// What a module did.
#[derive(Debug, Default, PartialEq)]
struct Run {
    /// What each call returned, or why it stopped.
    returned: Vec<Result<i32, Trap>>,
    /// What the host was asked.
    asked: Vec<i32>,
    /// What was in memory at the end, in short.
    memory: u64,
}

impl Run {
    fn of(engine: &Engine, module: &[u8]) -> Self {
        let module = Module::new(engine, module).expect("a valid module");
        let mut store = Store::new(engine, Self::default());
        let mut linker = Linker::new(engine);
        linker
            .func_wrap("env", "ask", |mut caller: Caller<'_, Self>, what: i32| {
                let asked = &mut caller.data_mut().asked;
                asked.push(what);
                what.rotate_left(5) ^ asked.len() as i32
            })
            .expect("a name of its own");
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        for (first, second) in [(0, 0), (1, -1), (7, 300), (i32::MIN, 64), (-1, 0x5a5a_5a5a)] {
            Self::call(&mut store, instance, first, second);
        }
        let memory = instance.get_memory(&mut store, "memory").expect("a memory").data(&store);
        let mut hasher = DefaultHasher::new();
        // Statics may have moved.
        memory[..STATICS[0].0 as usize].hash(&mut hasher);
        Self { memory: hasher.finish(), ..store.into_data() }
    }

    fn call(store: &mut Store<Self>, instance: Instance, first: i32, second: i32) {
        for function in 0..FUNCTIONS {
            let name = format!("f{function}");
            let Ok(function) = instance.get_typed_func::<(i32, i32, i64), i32>(&mut *store, &name)
            else {
                continue;
            };
            let refuel = instance.get_typed_func::<(), ()>(&mut *store, "refuel").expect("it");
            refuel.call(&mut *store, ()).expect("no trap");
            let arguments = (first, second, i64::from(first) * 0x1_0001);
            let returned = function
                .call(&mut *store, arguments)
                .map_err(|error| error.downcast::<Trap>().expect("a trap"));
            store.data_mut().returned.push(returned);
        }
    }
}
