//! KubeRay's own code, asked now.

use std::process::Command;

use anyhow::{Context, Result, bail};
use rayjob_policy_conformance::case::{Answer, Case};
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

/// What a release says of an object.
#[derive(Deserialize)]
pub struct Verdict {
    /// The answer to the object as it is written; none for a kind that the release
    /// does not have.
    pub kuberay: Option<Answer>,
    /// What the API server refuses: `path: reason`.
    #[serde(default)]
    pub apiserver: Vec<String>,
    /// The answer to the object as it is stored, if it is another.
    pub stored: Option<Answer>,
    /// The object as it is stored, if it is.
    object: Option<Value>,
    error: Option<String>,
}

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

    /// What the release says of questions, each `{object, gates}` in one line.
    ///
    /// # Errors
    /// If the program fails or could not judge an object.
    pub fn verdicts(&mut self, questions: &[Vec<u8>]) -> Result<Vec<Verdict>> {
        let lines = self.program.ask(questions)?;
        let verdict = |line: &String| {
            let verdict: Verdict = serde_json::from_str(line).context("no verdict")?;
            match verdict.error {
                Some(error) => bail!("KubeRay {} could not be asked: {error}", self.release),
                None => Ok(verdict),
            }
        };
        lines.iter().map(verdict).collect()
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
        let verdicts = self.verdicts(&lines)?;
        let mut cases = Vec::new();
        for (Fresh { object, gates }, verdict) in objects.into_iter().zip(verdicts) {
            let as_stored = verdict.stored.or_else(|| verdict.kuberay.clone());
            let stored = verdict.object.filter(|_| verdict.apiserver.is_empty());
            let stored = stored
                .zip(as_stored)
                .filter(|(stored, _)| *stored != object);
            let answers = [verdict.kuberay.map(|answer| (object, answer)), stored];
            for (object, answer) in answers.into_iter().flatten() {
                if !matches!(answer, Answer::Unreadable(_)) {
                    let mut case = Case::new(object, gates.clone());
                    case.kuberay.insert(self.release.to_string(), answer);
                    cases.push(case);
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
