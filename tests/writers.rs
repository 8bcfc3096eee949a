//! The table of writers in docs/writers.md agrees with the policy.

use std::collections::BTreeSet;
use std::fs;

use rayjob_policy_testkit::{Expect, vectors};

/// The prefix of the writers' cases.
const PREFIX: &str = "writer-";

/// The cases of the table, each with its verdict.
fn rows() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/writers.md");
    let page = fs::read_to_string(path).expect("docs/writers.md");
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| match cells(line).as_slice() {
        [_, _, _, verdict, case, _] => (case.trim_matches('`').to_owned(), verdict.clone()),
        _ => panic!("a row needs four cells: {line}"),
    })
    .collect()
}

fn verdict(expect: &Expect) -> &'static str {
    match (expect.allowed, expect.warnings.is_empty()) {
        (true, true) => "passes",
        (true, false) => "passes, with a warning",
        (false, _) => "denied",
    }
}

#[test]
fn every_row_has_a_case_with_its_verdict() {
    let vectors = vectors();
    for (case, says) in rows() {
        let file = format!("{PREFIX}{case}");
        let vector = vectors.iter().find(|vector| vector.file_name() == file);
        let vector = vector.unwrap_or_else(|| panic!("no case {file}.json"));
        assert_eq!(verdict(&vector.expect), says, "{case}");
    }
}

#[test]
fn every_case_of_a_writer_has_one_row() {
    let rows = rows();
    let cases: BTreeSet<_> = rows.iter().map(|(case, _)| case.clone()).collect();
    assert_eq!(cases.len(), rows.len(), "a case has two rows");
    let vectors = vectors();
    let names = vectors.iter().map(|vector| vector.file_name());
    let known = names.filter_map(|name| Some(name.strip_prefix(PREFIX)?.to_owned()));
    assert_eq!(cases, known.collect());
}
