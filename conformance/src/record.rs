//! `cargo conformance record`: adds recorded cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rayjob_policy_conformance::case::{self, Answer, Case};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::rules;
use rayjob_policy_testkit::project;

use crate::compare::BATCH;
use crate::fresh::is_strange;
use crate::generate::{Fresh, Generator};
use crate::oracle::{self, Oracle};

/// Asks every release of KubeRay about an object, prints the answers and the rules that they
/// name, and adds both to the project's recorded cases. A release that cannot be built is left
/// out, and a line says so.
///
/// # Errors
/// If there is no such `rule`, the file is not JSON, no release has an answer, the object is
/// recorded already, no rule has the text of an answer, or no answer names `rule`.
pub fn run(object: &Path, rule: Option<&str>, gates: &[(Gate, bool)]) -> Result<()> {
    let is_known = |id: &str| rules::all().any(|rule| rule.id == id);
    if let Some(rule) = rule {
        ensure!(is_known(rule), "no rule has the ID {rule}");
    }
    let name = || object.display().to_string();
    let text = fs::read(object).with_context(name)?;
    let written = serde_json::from_slice(&text).with_context(name)?;
    let gates = gates
        .iter()
        .map(|&(gate, on)| (gate.name().into(), on.into()));
    let mut cases = unknown(vec![Case::new(written, gates.collect())])?;
    ensure!(!cases.is_empty(), "{}: recorded already", name());
    answer(&mut cases)?;
    let mut named = BTreeSet::new();
    for case in &cases {
        for (release, answer) in &case.kuberay {
            let rules = answer.rules(case.kind());
            let ids: String = rules.iter().map(|id| format!(" [{id}]")).collect();
            println!("KubeRay {release}: {}{ids}", serde_json::to_string(answer)?);
            named.extend(rules);
        }
        ensure!(!case.kuberay.is_empty(), "no release has an answer");
    }
    ensure!(
        named.iter().all(|id| is_known(id)),
        "not recorded: the `messages` of no rule fit such a text"
    );
    if let Some(rule) = rule {
        ensure!(
            named.contains(rule),
            "not recorded: no release names {rule}"
        );
    }
    case::append(&project(case::FILE), &cases)
}

/// Does so with `count` new objects of a kind for each release, and prints only their number.
///
/// # Errors
/// If an example of the catalogue is not JSON, or a release fails.
pub fn run_fresh(kind: Kind, count: usize, seed: u64) -> Result<()> {
    let mut cases = Vec::new();
    for release in Release::ALL {
        let objects = Generator::of_kinds(seed, release, vec![kind])?.take(count);
        cases.extend(objects.map(|Fresh { object, gates }| Case::new(object, gates)));
    }
    let mut cases = unknown(cases)?;
    answer(&mut cases)?;
    // What the operator cannot read is no question about its rules.
    let is_unreadable = |answer: &Answer| matches!(answer, Answer::Unreadable(_));
    let mut can_be_compared = Vec::new();
    for case in cases {
        if !case.kuberay.values().any(is_unreadable) && !is_strange(&case)? {
            can_be_compared.push(case);
        }
    }
    let cases = can_be_compared;
    println!("{} objects of the kind {}", cases.len(), kind.as_str());
    case::append(&project(case::FILE), &cases)
}

/// Those of the cases that are not recorded yet, each once.
fn unknown(cases: Vec<Case>) -> Result<Vec<Case>> {
    let mut known = case::read(&project(case::FILE))?;
    let recorded = known.len();
    for case in cases {
        let is_same = |known: &Case| known.object == case.object && known.gates == case.gates;
        if !known.iter().any(is_same) {
            known.push(case);
        }
    }
    Ok(known.split_off(recorded))
}

/// Adds the answers of every release that can be built.
fn answer(cases: &mut [Case]) -> Result<()> {
    for release in Release::ALL {
        let mut oracle = match Oracle::start(release) {
            Ok(oracle) => oracle,
            Err(error) => {
                println!("KubeRay {release}: left out, {error}");
                continue;
            }
        };
        for batch in cases.chunks_mut(BATCH) {
            let question = |case: &Case| {
                oracle::line(&Fresh {
                    object: case.object.clone(),
                    gates: case.gates.clone(),
                })
            };
            let lines: Vec<_> = batch.iter().map(question).collect();
            for (case, verdict) in batch.iter_mut().zip(oracle.verdicts(&lines)?) {
                verdict.add_to(case, release);
            }
        }
    }
    Ok(())
}
