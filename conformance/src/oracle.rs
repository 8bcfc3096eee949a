//! KubeRay's own code, asked now.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use rayjob_policy_conformance::case::{Answer, Case};
use rayjob_policy_conformance::children::{self, KUBERNETES, Refusal};
use rayjob_policy_core::release::Release;
use rayjob_policy_testkit::project;
use serde::Deserialize;
use serde::de::IgnoredAny;
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
    kuberay: Option<Answer>,
    /// What the API server refuses: `path: reason`.
    #[serde(default)]
    apiserver: Vec<String>,
    /// The answer to the object as it is stored, if it is another.
    stored: Option<Answer>,
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
        let program = Program::start(verdict(release)?.arg("-objects"))?;
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

    /// What the release says of objects, in a form that can be recorded: of each as it is
    /// written, what the API server refuses of it, and what the release says of it as it is
    /// stored. An object of a kind that the release does not have is left out.
    ///
    /// # Errors
    /// If the program fails or could not judge an object.
    pub fn ask(&mut self, objects: Vec<Fresh>) -> Result<Vec<Answered>> {
        let lines: Vec<_> = objects.iter().map(line).collect();
        let verdicts = self.verdicts(&lines)?;
        let asked = |(fresh, verdict): (Fresh, Verdict)| {
            let mut case = Case::new(fresh.object, fresh.gates);
            let stored = verdict.object.clone();
            verdict.add_to(&mut case, self.release);
            (!case.kuberay.is_empty()).then_some(Answered { case, stored })
        };
        let asked = objects.into_iter().zip(verdicts).filter_map(asked);
        Ok(asked.collect())
    }

    /// What the release says of one object as it is written, if that can be
    /// compared.
    ///
    /// # Errors
    /// If the program fails or could not judge the object.
    pub fn ask_one(&mut self, fresh: Fresh) -> Result<Option<Case>> {
        let asked = self.ask(vec![fresh])?.pop();
        Ok(asked.and_then(|asked| asked.written(self.release)))
    }
}

impl Verdict {
    /// Adds the answers of a release to a case, unless the release does not have its kind.
    pub fn add_to(self, case: &mut Case, release: Release) {
        let Some(answer) = self.kuberay else { return };
        let release = release.to_string();
        case.kuberay.insert(release.clone(), answer);
        if !self.apiserver.is_empty() {
            case.apiserver.insert(release.clone(), self.apiserver);
        }
        if let Some(answer) = self.stored {
            case.stored.insert(release, answer);
        }
    }
}

/// What a release says of an object.
pub struct Answered {
    /// The object as it is written, with all answers.
    pub case: Case,
    /// The object as it is stored, if it is.
    stored: Option<Value>,
}

impl Answered {
    /// The object as it is written, and as it is stored if that is another object, each as one
    /// that is written. One that the operator could not decode, or that the API server refuses,
    /// cannot be compared so.
    pub fn apart(&self, release: Release) -> impl Iterator<Item = Case> {
        let stored = self
            .stored
            .as_ref()
            .filter(|_| self.case.apiserver.is_empty());
        let stored = stored.filter(|stored| **stored != self.case.object);
        let stored = stored.and_then(|stored| {
            let question = self.case.questions().next()?;
            answered(stored, &self.case, release, question.stored)
        });
        self.written(release).into_iter().chain(stored)
    }

    fn written(&self, release: Release) -> Option<Case> {
        let question = self.case.questions().next()?;
        answered(&self.case.object, &self.case, release, question.kuberay)
    }
}

/// A case of an object with one answer, unless the operator could not decode the object.
fn answered(object: &Value, of: &Case, release: Release, answer: &Answer) -> Option<Case> {
    let mut case = Case::new(object.clone(), of.gates.clone());
    case.kuberay.insert(release.to_string(), answer.clone());
    (!matches!(answer, Answer::Unreadable(_))).then_some(case)
}

/// Builds the program that tells what a release says.
fn verdict(release: Release) -> Result<Command> {
    let module = format!("v{release}");
    build(&module, &[], "./verdict", &release.to_string())
}

/// Builds the program that plays lives of RayJobs on a release's controller.
///
/// # Errors
/// If it cannot be built, such as when its modules cannot be had.
pub fn life(release: Release) -> Result<Command> {
    build(
        &format!("v{release}"),
        &[],
        "./life",
        &format!("life-{release}"),
    )
}

/// Builds a program of a module under `conformance/oracle/`.
fn build(module: &str, flags: &[String], package: &str, name: &str) -> Result<Command> {
    let program = project(format!("target/oracle/{name}"));
    let built = Command::new("go")
        .current_dir(project(format!("conformance/oracle/{module}")))
        .args(["build", "-o"])
        .arg(&program)
        .args(flags)
        .arg(package)
        .output()?;
    if !built.status.success() {
        let complaint = String::from_utf8_lossy(&built.stderr);
        let last = complaint
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty());
        bail!("{}", last.unwrap_or("go build failed"));
    }
    Ok(Command::new(program))
}

/// The programs that make the children of objects with KubeRay's own functions and tell what
/// Kubernetes refuses of them.
pub struct ChildrenOracle {
    release: Release,
    verdict: Program,
    kubernetes: Vec<(&'static str, Program)>,
}

/// What is read of a verdict with children. The children go to Kubernetes as they are.
#[derive(Deserialize)]
struct Made {
    children: Option<Vec<IgnoredAny>>,
    /// The object as it is stored.
    object: Option<Value>,
    error: Option<String>,
}

/// What a release of Kubernetes says of the children of an object.
#[derive(Deserialize)]
struct Asked {
    refusals: Option<Vec<Fault>>,
    error: Option<String>,
}

/// A fault of a child, as the program tells it.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    child: String,
    child_path: String,
    #[serde(rename = "type")]
    kind: String,
    by: Option<String>,
}

impl ChildrenOracle {
    /// Builds and starts the programs for a release of KubeRay and both of Kubernetes.
    ///
    /// # Errors
    /// If one cannot be built, such as when its modules cannot be had.
    pub fn start(release: Release) -> Result<Self> {
        let kubernetes = |version: &'static str| {
            let flags = match version == KUBERNETES[0] {
                true => vec![],
                false => vec![format!("-modfile=v{version}.mod")],
            };
            let name = format!("kubernetes-{version}");
            let mut program = build("kubernetes", &flags, ".", &name)?;
            Ok((version, Program::start(&mut program)?))
        };
        Ok(Self {
            release,
            verdict: Program::start(verdict(release)?.args(["-objects", "-children"]))?,
            kubernetes: KUBERNETES
                .into_iter()
                .map(kubernetes)
                .collect::<Result<_>>()?,
        })
    }

    /// The children of each object, as the program tells them; nothing of one of which no child is
    /// made.
    ///
    /// # Errors
    /// If a program fails.
    pub fn made(&mut self, objects: &[Fresh]) -> Result<Vec<Option<Value>>> {
        let lines: Vec<_> = objects.iter().map(line).collect();
        let made = self.verdict.ask(&lines)?;
        let children = |line: &String| {
            let mut made: Value = serde_json::from_str(line).context("no verdict")?;
            Ok(made.get_mut("children").map(Value::take))
        };
        made.iter().map(children).collect()
    }

    /// Each object as the API server stores it, and what becomes of its children; nothing of one
    /// that it does not store or the operator refuses, of which no child is made.
    ///
    /// # Errors
    /// If a program fails or could not judge an object.
    pub fn ask(&mut self, objects: Vec<Fresh>) -> Result<Vec<Option<children::Case>>> {
        let lines: Vec<_> = objects.iter().map(line).collect();
        let made = self.verdict.ask(&lines)?;
        let sent: Vec<_> = made.iter().map(|line| line.clone().into_bytes()).collect();
        let mut answers = Vec::new();
        for (version, program) in &mut self.kubernetes {
            answers.push((*version, program.ask(&sent)?));
        }
        let mut cases = Vec::new();
        for (index, (object, made)) in objects.into_iter().zip(&made).enumerate() {
            let made: Made = serde_json::from_str(made).context("no verdict")?;
            ensure!(
                made.error.is_none(),
                "KubeRay {}: {:?}: {}",
                self.release,
                made.error,
                object.object
            );
            let mut faults: Vec<(Fault, Vec<&str>)> = Vec::new();
            for (version, answers) in &answers {
                let asked: Asked = serde_json::from_str(&answers[index]).context("no answer")?;
                ensure!(
                    asked.error.is_none(),
                    "Kubernetes {version}: {:?}: {}",
                    asked.error,
                    object.object
                );
                for fault in asked.refusals.into_iter().flatten() {
                    match faults.iter_mut().find(|(known, _)| *known == fault) {
                        Some((_, versions)) if versions.contains(version) => {}
                        Some((_, versions)) => versions.push(version),
                        None => faults.push((fault, vec![version])),
                    }
                }
            }
            let stored = made.object.filter(|_| made.children.is_some());
            let stored = stored.map(|stored| Fresh {
                object: stored,
                gates: object.gates,
            });
            cases.push(stored.map(|stored| self.case(stored, faults)));
        }
        Ok(cases)
    }

    /// An object with what was found of its children.
    fn case(&self, fresh: Fresh, faults: Vec<(Fault, Vec<&str>)>) -> children::Case {
        let refusals = faults.into_iter().map(|(fault, versions)| {
            let mut or = children::places(&fresh.object, &fault.child, &fault.child_path);
            let path = match or.is_empty() {
                true => String::new(),
                false => or.remove(0),
            };
            Refusal {
                path,
                or,
                child: fault.child,
                child_path: fault.child_path,
                kind: fault.kind,
                kubernetes: match versions[..] {
                    [only] => Some(only.into()),
                    _ => None,
                },
                by: fault.by,
            }
        });
        let release = self.release.to_string();
        let refusals = Some(refusals.collect());
        children::Case {
            operator: [(release.clone(), Some(Vec::new()))].into(),
            children: [(release, refusals)].into(),
            about: Vec::new(),
            object: fresh.object,
            gates: fresh.gates,
        }
    }
}

/// The question about an object. The API server gives it a name before the
/// operator sees it.
pub fn line(fresh: &Fresh) -> Vec<u8> {
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
