//! `docs/dependencies.md` lists what the modules consist of: those who put one in front
//! of their API server read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The crates with their repository and the modules that they are for.
type Crates = BTreeMap<String, (String, BTreeSet<&'static str>)>;

const MODULES: [(&str, &str); 2] = [
    ("Kubewarden", "rayjob-policy-kubewarden"),
    ("OPA", "rayjob-policy-opa"),
];

/// What a module hardly uses of its dependencies.
fn pruned(module: &str) -> &'static [&'static str] {
    match module {
        "Kubewarden" => &["kubewarden-policy-sdk"],
        _ => &[],
    }
}

/// The crates that cargo names for the modules, along some kinds of edges.
fn crates(edges: &str) -> Crates {
    let mut crates = Crates::new();
    for (module, package) in MODULES {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--package", package, "--edges", edges])
            .args(["--target", "wasm32-unknown-unknown", "--prefix", "none"])
            .args(["--no-dedupe", "--format", "{p} {r}"])
            // Of the SDK, the module has only a constant; the page says so.
            .args(pruned(module).iter().flat_map(|name| ["--prune", name]))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        for line in text.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let [name, .., repository] = words[..] else {
                panic!("{line}");
            };
            if name.starts_with("rayjob-policy-") {
                continue;
            }
            let entry = crates.entry(name.to_owned());
            let entry = entry.or_insert_with(|| (repository.to_owned(), BTreeSet::new()));
            entry.1.insert(module);
        }
    }
    crates
}

/// The crates of the table below a heading.
fn listed(heading: &str) -> Crates {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dependencies.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, section) = page.split_once(heading).expect("the heading");
    let section = section.split("\n## ").next().expect("a section");
    let mut crates = Crates::new();
    for row in section.lines().filter(|line| line.contains("| ")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, modules, why, keeper] = cells[..] else {
            panic!("{row}");
        };
        if name == "crate" {
            continue;
        }
        assert!(!why.is_empty() && !keeper.is_empty(), "{row}");
        let modules = match modules {
            "both" => MODULES.map(|(module, _)| module).into(),
            one => MODULES
                .map(|(module, _)| module)
                .into_iter()
                .filter(|module| *module == one)
                .collect(),
        };
        let (name, rest) = name
            .trim_start_matches('[')
            .trim_start_matches('`')
            .split_once('`')
            .expect("a name");
        let repository = rest.trim_start_matches("](").trim_end_matches(')');
        crates.insert(name.to_owned(), (repository.to_owned(), modules));
    }
    crates
}

#[test]
fn the_page_names_every_crate_of_the_modules() {
    let linked = crates("normal,no-proc-macro");
    assert!(!linked.is_empty());
    assert_eq!(listed("## In the modules"), linked);
    let mut compiling = crates("normal,build");
    compiling.retain(|name, _| !linked.contains_key(name));
    assert_eq!(listed("## When they are compiled"), compiling);
}
