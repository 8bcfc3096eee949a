//! KubeRay's own code, asked now.

use std::process::Command;

use anyhow::{Context, Result, bail};
use rayjob_policy_conformance::case::Case;
use rayjob_policy_core::release::Release;
use rayjob_policy_testkit::project;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::generate::Fresh;
use crate::program::Program;

/// The programs under `conformance/oracle/` that tell what a release of KubeRay says.
pub struct Oracle {
    release: Release,
    program: Program,
}

/// What is read of an answer; `conformance/oracle/README.md` tells what the fields mean.
#[derive(Deserialize)]
struct Verdict {
    kuberay: Option<Vec<String>>,
    #[serde(default)]
    apiserver: Vec<String>,
    stored: Option<Vec<String>>,
    object: Option<Value>,
    error: Option<String>,
}

/// KubeRay's answer to an object that the operator cannot decode.
const UNREADABLE: &str = "unreadable";

impl Oracle {
    /// Whether the programs can be built at all.
    pub fn is_buildable() -> bool {
        Command::new("go")
            .arg("version")
            .output()
            .is_ok_and(|said| said.status.success())
    }

    /// Builds and starts the program of a release.
    ///
    /// # Errors
    /// If it cannot be built, such as when its modules cannot be had.
    pub fn start(release: Release) -> Result<Self> {
        let program = project(format!("target/oracle/{release}"));
        let built = Command::new("go")
            .current_dir(project(format!("conformance/oracle/v{release}")))
            .args(["build", "-o"])
            .arg(&program)
            .arg("./verdict")
            .output()?;
        if !built.status.success() {
            let complaint = String::from_utf8_lossy(&built.stderr);
            let last = complaint
                .lines()
                .map(str::trim)
                .rfind(|line| !line.is_empty());
            bail!("{}", last.unwrap_or("go build failed"));
        }
        let program = Program::start(Command::new(program).arg("-objects"))?;
        Ok(Self { release, program })
    }

    /// What the release says of objects: of each as it is written, and of each
    /// as the API server stores it. What cannot be compared is left out: an
    /// object that the operator could not decode, or that the API server
    /// refuses.
    ///
    /// # Errors
    /// If the program fails or could not judge an object.
    pub fn ask(&mut self, objects: Vec<Fresh>) -> Result<Vec<Case>> {
        let lines: Vec<_> = objects.iter().map(line).collect();
        let answers = self.program.ask(&lines)?;
        let mut cases = Vec::new();
        for (Fresh { object, gates }, answer) in objects.into_iter().zip(answers) {
            let verdict: Verdict = serde_json::from_str(&answer).context("no verdict")?;
            if let Some(error) = verdict.error {
                bail!("KubeRay {} could not be asked: {error}", self.release);
            }
            let as_stored = verdict
                .stored
                .as_ref()
                .or(verdict.kuberay.as_ref())
                .cloned();
            let stored = verdict.object.filter(|_| verdict.apiserver.is_empty());
            let stored = stored
                .zip(as_stored)
                .filter(|(stored, _)| *stored != object);
            let answers = [verdict.kuberay.map(|ids| (object, ids)), stored];
            for (object, ids) in answers.into_iter().flatten() {
                if !ids.iter().any(|id| id == UNREADABLE) {
                    cases.push(Case::new(object, gates.clone(), self.release, ids));
                }
            }
        }
        Ok(cases)
    }

    /// What the release says of one object as it is written, if that can be
    /// compared.
    ///
    /// # Errors
    /// If the program fails or could not judge the object.
    pub fn ask_one(&mut self, fresh: Fresh) -> Result<Option<Case>> {
        let object = fresh.object.clone();
        let cases = self.ask(vec![fresh])?;
        Ok(cases.into_iter().find(|case| case.object == object))
    }
}

/// The question about an object. The API server gives it a name before the
/// operator sees it.
fn line(fresh: &Fresh) -> Vec<u8> {
    let mut object = fresh.object.clone();
    let metadata = &object["metadata"];
    let is_named = match &metadata["name"] {
        Value::Null => false,
        Value::String(name) => !name.is_empty(),
        _ => true,
    };
    let prefix = metadata["generateName"].as_str().unwrap_or_default();
    if !is_named && !prefix.is_empty() {
        let kept = &prefix.as_bytes()[..prefix.len().min(58)];
        object["metadata"]["name"] = format!("{}xxxxx", String::from_utf8_lossy(kept)).into();
    }
    json!({"object": object, "gates": fresh.gates})
        .to_string()
        .into_bytes()
}
