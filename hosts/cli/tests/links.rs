//! The links in the documents lead somewhere.

mod markdown;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use markdown::{Document, files};
use rayjob_policy_core::rules;
use rayjob_policy_manifest::lint;
use rayjob_policy_testkit::project;

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    // What is under xtask/src becomes a part of documents.
    let files = files(".", &[".md"]).into_iter();
    let documents: HashMap<_, _> = files
        .filter(|file| !file.starts_with("xtask/src/"))
        .map(|file| (PathBuf::from(&file), Document::read(&file)))
        .collect();
    let mut broken = Vec::new();
    let mut checked = 0;
    for (file, document) in &documents {
        for link in &document.links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            if let Err(why) = follow(file, link, &documents) {
                broken.push(format!("{}: {link}: {why}", file.display()));
            }
        }
    }
    assert!(checked > 100, "{checked} links");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn whatever_a_report_names_has_a_heading_on_its_page() {
    let others = lint::OTHERS.iter().map(|other| other.id);
    for id in lint::ids().chain(others) {
        let place = rules::page_of(id);
        let (page, anchor) = place.split_once('#').expect("an anchor");
        let anchors = Document::read(page).anchors;
        assert!(anchors.iter().any(|known| known == anchor), "{place}");
    }
}

/// A claim in SECURITY.md names the test that shows it: `` [`name`](file) ``, for a part of
/// a test in Go `` `TestName/part_of_it` ``.
#[test]
fn the_tests_that_security_names_exist() {
    let text = std::fs::read_to_string(project("SECURITY.md")).expect("the page");
    let mut named = 0;
    for link in text.split("[`").skip(1) {
        let (name, rest) = link.split_once("`](").expect("a link");
        let (file, _) = rest.split_once(')').expect("its end");
        let tests = std::fs::read_to_string(project(file)).expect(file);
        let (test, part) = name.split_once('/').unwrap_or((name, ""));
        let is_test = match file.rsplit_once('.') {
            Some((_, "rs")) => tests.contains(&format!("fn {test}(")),
            Some((_, "go")) => tests.contains(&format!("func {test}(")),
            Some((_, "js")) => tests.contains(&format!("(\"{test}\"")),
            _ => continue,
        };
        let is_part =
            part.is_empty() || tests.contains(&format!("{{\"{}\"", part.replace('_', " ")));
        assert!(is_test && is_part, "{file} has no {name}");
        named += 1;
    }
    assert!(named > 20, "{named} tests");
    let (_, faults) = text.split_once("| fault |").expect("the table");
    let rows = faults
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    for row in rows {
        assert!(row.contains("[`"), "no test shows {row}");
    }
}

/// Where a link leads from a file.
fn follow(
    from: &Path,
    link: &str,
    documents: &HashMap<PathBuf, Document>,
) -> Result<(), &'static str> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => from.to_owned(),
        path => normal(&from.with_file_name("").join(path)).ok_or("outside of the project")?,
    };
    if !project(&target).exists() {
        return Err("no such file");
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let anchors = &documents.get(&target).ok_or("not a document")?.anchors;
    match anchors.iter().any(|known| known == anchor) {
        true => Ok(()),
        false => Err("no such heading"),
    }
}

/// A path without `..`, if it does not lead out.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if !normal.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            component => normal.push(component),
        }
    }
    Some(normal)
}
