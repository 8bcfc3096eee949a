//! The manifests in documents, `deploy/` and `examples/` can be copied: they
//! parse, and nothing is found in their objects of the judged kinds, those that
//! stand in a ConfigMap too. One that shows a mistake says so, in a comment like
//! `# denied: interactive-backoff` or `# warned: RULE, RULE`.

mod markdown;

use std::fs;

use markdown::{Document, files};
use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::{Options, Source, check};
use rayjob_policy_testkit::project;
use serde::Deserialize;
use yaml_serde::Value;

/// A text in YAML, and where it is.
struct Manifest {
    place: String,
    text: String,
}

fn manifests() -> Vec<Manifest> {
    let folders = ["docs", "deploy", "examples"].into_iter();
    let in_folders = folders.flat_map(|folder| files(folder, &[".yaml", ".yml"]));
    let read_file = |file: String| {
        let text = fs::read_to_string(project(&file));
        (text.expect("a file"), file)
    };
    let mut texts: Vec<_> = in_folders.map(read_file).collect();
    let mut documents = files("docs", &[".md"]);
    documents.extend(["README.md", "README.zh-CN.md", "deploy/README.md"].map(String::from));
    for file in documents {
        for block in Document::read(&file).blocks {
            if block.info.split(' ').next() == Some("yaml") {
                texts.push((block.text, format!("{file}:{}", block.line)));
            }
        }
    }
    texts
        .into_iter()
        .map(|(text, place)| read(place, text))
        .collect()
}

fn read(place: String, text: String) -> Manifest {
    for document in yaml_serde::Deserializer::from_str(&text) {
        Value::deserialize(document).unwrap_or_else(|error| panic!("{place}: {error}"));
    }
    Manifest { place, text }
}

/// What is found in a manifest, in the words of the comment: nothing, or the
/// worst level and all rules. And how many objects were judged.
fn found(manifest: &Manifest) -> (Option<String>, usize) {
    let checked = check(&Source::new(&manifest.text), &Options::default());
    assert!(
        checked.problems.is_empty(),
        "{}: {:?}",
        manifest.place,
        checked.problems
    );
    let findings = checked
        .documents
        .iter()
        .flat_map(|document| &document.findings);
    let findings: Vec<_> = findings.collect();
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    let word = findings
        .iter()
        .map(|finding| finding.level)
        .max()
        .map(|worst| match worst {
            Level::Deny => "denied",
            _ => "warned",
        });
    let said = word.map(|word| format!("# {word}: {}", rules.join(", ")));
    (said, checked.documents.len())
}

#[test]
fn nothing_is_found_in_manifests_but_what_they_say() {
    let mut judged = 0;
    let mut wrong = Vec::new();
    let manifests = manifests();
    // Some examples there are cut short; the catalogue has tests of its own.
    let whole = manifests
        .iter()
        .filter(|manifest| !manifest.place.starts_with("docs/rules"));
    for manifest in whole {
        let says = |line: &&str| line.starts_with("# denied: ") || line.starts_with("# warned: ");
        let said = manifest.text.lines().find(says);
        let (found, objects) = found(manifest);
        judged += objects;
        if said != found.as_deref() {
            wrong.push(format!("{}: {found:?}", manifest.place));
        }
    }
    assert!(judged > 35, "{judged} objects");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
