//! What the policy answers.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, thread};

use anyhow::{Context, Result, ensure};
use rayjob_rules::admit::admit;
use serde::Deserialize;

use super::case::{self, Case, Question};
use crate::project;

/// An answer of the policy.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether the object is refused.
    pub denied: bool,
    /// The rules that found something.
    pub ids: Vec<String>,
}

impl Answer {
    /// The answer of the core to a question in JSON.
    pub fn to(question: &[u8]) -> Self {
        let verdict = admit(question);
        Self::new(verdict.allowed, verdict.finding_ids().as_deref())
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
                true => vec!["(unreadable)".into()],
                false => ids,
            },
        }
    }
}

/// The answer of the core.
///
/// # Errors
/// None that could happen.
pub fn native(question: &Question<'_>) -> Result<Answer> {
    Ok(Answer::to(&question.to_json()?))
}

/// The built module, which answers in a process of its own.
pub struct Module {
    answers: BufReader<ChildStdout>,
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

impl Module {
    /// Asks the module all questions of the cases, and hands it to one who
    /// takes the answers in turn.
    ///
    /// # Errors
    /// If the module is not built or fails, or what the taker says.
    pub fn ask<T>(cases: &[Case], take: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (mut judge, questions, answers) = start()?;
        let taken = thread::scope(|scope| {
            scope.spawn(|| write(cases, questions));
            take(&mut Self { answers })
        });
        ensure!(judge.wait()?.success(), "the module did not answer all");
        taken
    }

    /// The answer to the next question.
    ///
    /// # Errors
    /// If there is none.
    pub fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let response: Response = serde_json::from_str(&line).context("no answer")?;
        let findings = response.audit_annotations.and_then(|all| all.findings);
        Ok(Answer::new(response.accepted, findings.as_deref()))
    }
}

fn start() -> Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let mut judge = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(project::root())
        .args(["run", "--quiet", "--release"])
        .args(["--package", "rayjob-policy-e2e", "--bin", "judge"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let questions = judge.stdin.take().context("no stdin")?;
    let answers = judge.stdout.take().context("no stdout")?;
    Ok((judge, questions, BufReader::new(answers)))
}

/// Writes the questions, one a line. If the module stops reading, the taker
/// misses an answer and tells.
fn write(cases: &[Case], questions: ChildStdin) -> Result<()> {
    let mut questions = BufWriter::new(questions);
    for question in case::questions(cases) {
        questions.write_all(&question.to_json()?)?;
        questions.write_all(b"\n")?;
    }
    Ok(questions.flush()?)
}
