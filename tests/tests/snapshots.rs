//! Traces of filters, and that they are the same however a filter is built. The snapshots in `snapshots/` are
//! accepted with `INSTA_UPDATE=always`.

mod common;

use common::{module, root};
use whit_test::case::{Case, CaseFile};
use whit_test::trace::Trace;
use whit_test::{Error, PluginBuilder, Stats, Vm, observe_with};

fn cases(filter: &str) -> Vec<Case> {
    let path = root().join(format!("filters/{filter}/cases.toml"));
    CaseFile::read(path).unwrap_or_else(|error| panic!("{error}")).cases
}

fn vm(build: &str) -> Vm {
    Vm::load(module(&format!("filters/{build}"))).expect("a built module")
}

/// What a build of a filter does in a case.
fn trace(build: &Vm, case: &Case) -> Trace {
    match build.observe_with(case, PluginBuilder::traced).1 {
        Ok(plugin) => plugin.take_trace(),
        Err(Error::Refused(refusal)) => refusal.trace().expect("it got as far as a VM").clone(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn callouts_and_allocations_stand_where_they_happen() {
    let case = &cases("http-auth-random")[1];
    insta::assert_snapshot!("http-auth-random", trace(&vm("http-auth-random.wasm"), case));
}

#[test]
fn maps_have_names_and_values() {
    let case = &cases("http-headers")[0];
    insta::assert_snapshot!("http-headers", trace(&vm("http-headers.wasm"), case));
}

#[test]
fn properties_have_paths_with_dots() {
    let case = &cases("filter-metadata")[0];
    insta::assert_snapshot!("filter-metadata", trace(&vm("filter-metadata.wasm"), case));
}

#[test]
fn targets_of_grpc_calls_can_be_recognised() {
    let trace = trace(&vm("grpc-auth-random.wasm"), &cases("grpc-auth-random")[0]).to_string();
    assert!(trace.contains("proxy_grpc_call(upstream_name: cluster \"grpcbin\""), "{trace}");
}

/// Pruning changes nothing that a host can see.
#[test]
fn every_build_of_a_filter_has_the_same_trace() {
    for filter in root().join("filters").read_dir().expect("the folder of the filters") {
        let folder = filter.expect("an entry").path();
        if !folder.join("cases.toml").is_file() {
            continue;
        }
        let name = folder.file_name().expect("a name").to_string_lossy();
        let builds = (vm(&format!("{name}.wasm")), vm(&format!("{name}.plain.wasm")));
        for case in cases(&name) {
            let pruned = trace(&builds.0, &case).to_string();
            let plain = trace(&builds.1, &case).to_string();
            assert_eq!(pruned, plain, "{name}: {}", case.name);
        }
    }
}

/// Nor does tracing, whatever a guest does.
#[test]
fn tracing_changes_nothing() {
    let probes = root().join("tests/probes").read_dir().expect("the folder of the probes");
    let mut traced = 0;
    for probe in probes.map(|entry| entry.expect("an entry").path()) {
        if probe.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        let module = wat::parse_file(&probe).expect("a valid probe");
        let cases = CaseFile::read(probe.with_extension("toml")).expect("cases").cases;
        for case in cases {
            let (plain, plugin) = observe_with(&module, &case, |plugin| plugin);
            let stats = plugin.map(|plugin| plugin.stats()).ok();
            let watched = |plugin: PluginBuilder| plugin.traced().stack_measured();
            let (observed, plugin) = observe_with(&module, &case, watched);
            let name = format!("{}: {}", probe.display(), case.name);
            assert_eq!(plain, observed, "{name}");
            if let Ok(plugin) = &plugin {
                let watched = Stats { stack_bytes: None, ..plugin.stats() };
                assert_eq!(stats, Some(watched), "{name}");
                traced += plugin.take_trace().hostcalls().count();
            }
        }
    }
    assert!(traced > 1000, "{traced}");
}
