//! `cargo whit` in a folder outside this workspace.

mod outside;

use outside::Outside;

/// Does with a new crate what its user does, and its CI.
fn begins(name: &str, flags: &str) {
    let outside = Outside::new(name);
    let out = outside.passes(".", &format!("cargo whit new {name} {flags}"));
    assert!(out.contains(&format!("A plugin is in {name}.")), "{out}");
    outside.share_target(name);

    let ci = std::fs::read_to_string(outside.path(name).join(".github/workflows/ci.yml"));
    let ci = ci.expect("a CI file");
    let steps = ci.lines().filter_map(|line| line.trim().strip_prefix("- run: cargo "));
    let steps: Vec<&str> = steps.filter(|step| !step.starts_with("install ")).collect();
    assert_eq!(steps.len(), 5, "{steps:?}");
    let out: String =
        steps.iter().map(|step| outside.passes(name, &format!("cargo {step}"))).collect();
    assert!(out.contains(&format!("target/filters/{name}.wasm: ")), "{out}");
    assert!(out.contains("a memory of 1 page") && !out.contains("FAILED"), "{out}");
    assert!(out.contains("| Envoy           | accepts |"), "{out}");
    assert!(outside.run(name, "cargo whit build").err.lines().all(|line| !line.contains("note")));

    let out = outside.passes(name, "cargo whit boot");
    assert!(out.lines().any(|line| line.starts_with(&format!("| {name}")) && line.ends_with("| yes         |")), "{out}");
    let out = outside.passes(name, "cargo whit trace");
    assert!(out.starts_with('#') && out.contains(": accepted"), "{out}");
    let out = outside.passes(name, &format!("cargo whit case cases.toml --plugin {name}"));
    assert!(out.contains(", 0 failed"), "{out}");

    if let Some(envoy) = outside.envoy() {
        let program = envoy.program().display();
        outside.passes(name, &format!("{program} --mode validate -c envoy.yaml"));
        let out = outside.passes(name, "cargo whit envoy --check");
        assert!(out.contains(", 0 failed"), "{out}");
    }
}

#[test]
fn a_new_plugin_for_http_passes_its_cases_at_once() {
    begins("begins-http", "");
}

#[test]
fn a_new_plugin_for_tcp_passes_its_cases_at_once() {
    begins("begins-tcp", "--tcp");
}

#[test]
fn a_new_plugin_beside_all_traffic_passes_its_cases_at_once() {
    begins("begins-background", "--background");
}

#[test]
fn a_plugin_goes_into_the_folder_that_is_chosen() {
    let outside = Outside::new("path");
    outside.passes(".", "cargo whit new a --path far/away");
    let files = [
        ".github",
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "build.rs",
        "cases.toml",
        "envoy.yaml",
        "src",
    ];
    assert_eq!(outside.entries("far/away"), files);
    assert_eq!(outside.entries("far"), ["away"], "nothing else stays");
}

#[test]
fn whit_comes_from_the_repository_that_is_chosen() {
    const URL: &str = "https://git.example/whit.git";
    let outside = Outside::new("git");
    outside.passes(".", &format!("cargo whit new a --git {URL}"));
    let read = |path| std::fs::read_to_string(outside.path(path)).expect("a file of the template");
    assert!(read("a/Cargo.toml").contains(&format!("\nwhit = {{ git = \"{URL}\" }}\n")));
    let install = format!("      - run: cargo install --locked --git '{URL}' xtask\n\n");
    assert!(read("a/.github/workflows/ci.yml").contains(&install));
}

#[test]
fn what_cannot_be_made_is_refused_and_nothing_is_left() {
    let outside = Outside::new("refusals");
    outside.file("there/mine", "untouched");
    outside.file("workspace/Cargo.toml", "[workspace]\nresolver = \"3\"\n");
    for (line, why) in [
        ("cargo whit new there", "there is there already"),
        ("cargo whit new a --path there", "there is there already"),
        ("cargo whit new a --path .", ". is there already"),
        ("cargo whit new 1a", "begins with a letter"),
        ("cargo whit new ../a", "begins with a letter"),
        ("cargo whit new match", "Rust's own"),
        ("cargo whit new whit", "a crate of that name already"),
        ("cargo whit new a --path workspace/a", "choose another folder with --path"),
        ("cargo whit new a --path workspace/b/a", "choose another folder with --path"),
        ("cargo whit new a --tcp --background", "cannot be used with"),
        ("cargo whit new a --git 'a b'", "no URL of a git repository"),
        ("cargo whit new", "<NAME>"),
    ] {
        let error = outside.refused(".", line);
        assert!(error.starts_with("error: ") && error.contains(why), "{line}\n{error}");
    }
    let under_a_file = outside.run(".", "cargo whit new a --path there/mine/a");
    assert_eq!(under_a_file.code, Some(1), "{}", under_a_file.err);

    assert_eq!(outside.entries("."), ["there", "workspace"]);
    assert_eq!(outside.entries("there"), ["mine"]);
    assert_eq!(outside.entries("workspace"), ["Cargo.toml"]);
}

/// A workspace with two plugins, and a package that is none.
fn workspace(outside: &Outside) {
    outside.file(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\", \"none\"]\n",
    );
    outside.file("none/Cargo.toml", "[package]\nname = \"none\"\nedition = \"2024\"\n");
    outside.file("none/src/lib.rs", "");
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");
    for name in ["one", "two"] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\nwhit = {{ path = {sdk:?} }}\n"
        );
        outside.file(&format!("{name}/Cargo.toml"), &manifest);
        outside.file(
            &format!("{name}/src/lib.rs"),
            "#![no_std]\nwhit::abi_version!(0_2_1);\nwhit::memory_allocate!(refuse);\n",
        );
    }
    outside.share_target(".");
}

#[test]
fn in_a_workspace_every_plugin_is_built_or_the_one_that_is_meant() {
    let outside = Outside::new("workspace");
    workspace(&outside);
    let built = |folder, line: &str| -> Vec<String> {
        let out = outside.passes(folder, line);
        let name = |line: &str| Some(line.split_once(".wasm: ")?.0.rsplit('/').next()?.to_owned());
        out.lines().filter_map(name).collect()
    };
    assert_eq!(built(".", "cargo whit build"), ["one", "two"]);
    assert_eq!(built("none", "cargo whit build"), ["one", "two"]);
    assert_eq!(built("two", "cargo whit build"), ["two"]);
    assert_eq!(built("two", "cargo whit build -p one"), ["one"]);

    let note = outside.run(".", "cargo whit build").err;
    let lines = "[profile.release]\nopt-level = \"z\"\nlto = \"fat\"\ncodegen-units = 1\npanic = \"abort\"\nstrip = \"symbols\"\n";
    assert!(note.contains("note: modules get smaller") && note.contains(lines), "{note}");

    // Those without cases must be accepted.
    let out = outside.passes(".", "cargo whit test --runner-only");
    assert!(
        out.starts_with("ok     one: GET /: accepted; 200, 12 bytes\nok     two: GET /"),
        "{out}"
    );

    let error = outside.refused(".", "cargo whit build -p three");
    assert!(
        error.contains("no plugin `three`") && error.contains("but these: one, two"),
        "{error}"
    );
    let error = outside.refused(".", "cargo whit envoy");
    assert!(error.contains("say which plugin: one, two"), "{error}");
}

#[test]
fn a_case_that_fails_or_a_module_that_envoy_refuses_is_a_failure() {
    let outside = Outside::new("failures");
    workspace(&outside);
    outside.file("one/cases/some.toml", "[[case]]\nname = \"a\"\nexpect.status = 500\n");
    let said = outside.run("one", "cargo whit test --runner-only");
    assert_eq!(said.code, Some(1), "{}", said.err);
    let error = "one/cases/some.toml:1:1: the status is 200 instead of 500";
    assert!(said.out.starts_with("FAILED a: ") && said.err.contains(error), "{said:?}");

    outside.file("one/src/lib.rs", "#![no_std]\nwhit::abi_version!(0_2_1);\n");
    let said = outside.run("one", "cargo whit check");
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.ends_with("error: one: Envoy refuses it\n"), "{}", said.err);
    // A module needs no workspace around it.
    let said = outside.run(
        "..",
        &format!("cargo whit check {}", outside.path("target/filters/one.wasm").display()),
    );
    assert!(said.out.starts_with("one.wasm: "), "{said:?}");
}

#[test]
fn where_there_is_no_plugin_it_says_so() {
    let outside = Outside::new("no-plugin");
    let said = outside.run(".", "cargo whit build");
    assert_eq!(said.code, Some(1));
    assert!(said.err.starts_with("error: could not find `Cargo.toml`"), "{}", said.err);
    outside.file("Cargo.toml", "[package]\nname = \"none\"\nedition = \"2024\"\n");
    outside.file("src/lib.rs", "");
    let error = outside.refused(".", "cargo whit build");
    assert!(error.contains("there is no plugin in") && error.contains("cdylib"), "{error}");
}
