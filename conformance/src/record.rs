//! `cargo conformance record`: adds a recorded case.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rayjob_policy_conformance::case::{self, Case};
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_testkit::project;

use crate::oracle::Oracle;

/// Asks every release of KubeRay about an object, prints the answers and the rules that they
/// name, and adds both to the project's recorded cases. A release that cannot be built is left
/// out, and a line says so.
///
/// # Errors
/// If the file is not JSON, no release has an answer, or the object is recorded already.
pub fn run(object: &Path, gates: &[(Gate, bool)]) -> Result<()> {
    let name = || object.display().to_string();
    let text = fs::read(object).with_context(name)?;
    let written = serde_json::from_slice(&text).with_context(name)?;
    let gates = gates
        .iter()
        .map(|&(gate, on)| (gate.name().into(), on.into()));
    let mut case = Case::new(written, gates.collect());
    let file = project(case::FILE);
    let is_same = |known: &Case| known.object == case.object && known.gates == case.gates;
    ensure!(
        !case::read(&file)?.iter().any(is_same),
        "{}: recorded already",
        name()
    );
    let question = case.to_string().into_bytes();
    for release in Release::ALL {
        let mut oracle = match Oracle::start(release) {
            Ok(oracle) => oracle,
            Err(error) => {
                println!("KubeRay {release}: left out, {error}");
                continue;
            }
        };
        for verdict in oracle.verdicts(std::slice::from_ref(&question))? {
            let Some(answer) = verdict.kuberay else {
                println!("KubeRay {release}: left out, it does not have this kind");
                continue;
            };
            let ids: String = answer
                .rules(case.kind())
                .iter()
                .map(|id| format!(" [{id}]"))
                .collect();
            let text = serde_json::to_string(&answer)?;
            println!("KubeRay {release}: {text}{ids}");
            let release = release.to_string();
            case.kuberay.insert(release.clone(), answer);
            if !verdict.apiserver.is_empty() {
                case.apiserver.insert(release.clone(), verdict.apiserver);
            }
            if let Some(answer) = verdict.stored {
                case.stored.insert(release, answer);
            }
        }
    }
    ensure!(!case.kuberay.is_empty(), "no release has an answer");
    case::append(&file, &case)
}
