//! What the policy answers.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};
use rayjob_policy_conformance::case::Question;
use rayjob_policy_core::admit::admit;
use rayjob_policy_testkit::project;
use serde::Deserialize;

use crate::program::Program;

/// An answer of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyAnswer {
    /// Whether the object is refused.
    pub denied: bool,
    /// The rules that found something.
    pub ids: Vec<String>,
}

/// What stands for the rule if the object could not be read.
pub const UNREADABLE: &str = "(unreadable)";

impl PolicyAnswer {
    /// The answer of the core to a question in JSON.
    pub fn to(question: &[u8]) -> Self {
        let verdict = admit(question);
        Self::new(verdict.allowed, verdict.finding_ids().as_deref())
    }

    /// Whether the policy could read the object.
    pub fn is_readable(&self) -> bool {
        !self.ids.iter().any(|id| id == UNREADABLE)
    }

    fn new(accepted: bool, findings: Option<&str>) -> Self {
        let ids: Vec<_> = findings
            .into_iter()
            .flat_map(|ids| ids.split(','))
            .map(Into::into)
            .collect();
        Self {
            denied: !accepted,
            ids: match ids.is_empty() && !accepted {
                true => vec![UNREADABLE.into()],
                false => ids,
            },
        }
    }
}

/// The policy in one of its forms.
pub enum Policy {
    /// The core itself.
    Core,
    /// The built module, in the engine that Kubewarden uses.
    Module(Program),
}

/// What is read of a `ValidationResponse`.
#[derive(Deserialize)]
struct Response {
    accepted: bool,
    audit_annotations: Option<AuditAnnotations>,
}

#[derive(Deserialize)]
struct AuditAnnotations {
    findings: Option<String>,
}

impl Policy {
    /// Returns the core, or starts the module that `cargo xtask build` wrote.
    ///
    /// # Errors
    /// If the host of the module cannot be started.
    pub fn new(wasm: bool) -> Result<Self> {
        if !wasm {
            return Ok(Self::Core);
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut judge = Command::new(cargo);
        judge
            .current_dir(project(""))
            .args(["run", "--quiet", "--release"])
            .args(["--package", "rayjob-policy-e2e", "--bin", "judge"]);
        Ok(Self::Module(Program::start(&mut judge)?))
    }

    /// The answers to some questions.
    ///
    /// # Errors
    /// If the module is not built or fails.
    pub fn answers(&mut self, questions: &[Question<'_>]) -> Result<Vec<PolicyAnswer>> {
        let lines = questions.iter().map(|question| question.to_json());
        self.answers_to(&lines.collect::<Result<Vec<_>>>()?)
    }

    /// The answers to some questions in JSON.
    ///
    /// # Errors
    /// If the module is not built or fails.
    pub fn answers_to(&mut self, lines: &[Vec<u8>]) -> Result<Vec<PolicyAnswer>> {
        match self {
            Self::Core => Ok(lines.iter().map(|line| PolicyAnswer::to(line)).collect()),
            Self::Module(program) => {
                let answers = program.ask(lines)?;
                answers.iter().map(|line| read(line)).collect()
            }
        }
    }

    /// Ends the module.
    ///
    /// # Errors
    /// If it failed.
    pub fn finish(self) -> Result<()> {
        match self {
            Self::Core => Ok(()),
            Self::Module(program) => program.finish(),
        }
    }
}

fn read(response: &str) -> Result<PolicyAnswer> {
    let response: Response = serde_json::from_str(response).context("no ValidationResponse")?;
    let findings = response.audit_annotations.and_then(|all| all.findings);
    Ok(PolicyAnswer::new(response.accepted, findings.as_deref()))
}
