//! SDKs of other languages: a process that is asked in lines.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

use crate::{Data, ENTRY_POINTS, Host, tool};

/// npm's `@open-policy-agent/opa-wasm`.
pub struct Node(Process);

/// PyPI's `opa-wasm`.
pub struct Python(Process);

impl Node {
    /// Starts it; `None` if it is not installed.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start() -> Result<Option<Self>> {
        let Some(_) = tool(
            "e2e/opa/node_modules/@open-policy-agent",
            "the SDK for Node",
        ) else {
            return Ok(None);
        };
        let mut node = Command::new("node");
        node.arg(project("e2e/opa/hosts/node.mjs"));
        Ok(Some(Self(Process::start(node)?)))
    }
}

impl Python {
    /// Starts it; `None` if it is not installed.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start() -> Result<Option<Self>> {
        let Some(python) = tool("target/python/bin/python", "the SDK for Python") else {
            return Ok(None);
        };
        let mut python = Command::new(python);
        python.arg(project("e2e/opa/hosts/python.py"));
        Ok(Some(Self(Process::start(python)?)))
    }
}

impl Host for Node {
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        self.0.ask(input, data)
    }
}

impl Host for Python {
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        self.0.ask(input, data)
    }
}

struct Process {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .arg(project("dist/policy-opa.wasm"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            questions: child.stdin.take().context("no stdin")?,
            answers: BufReader::new(child.stdout.take().context("no stdout")?),
            child,
        })
    }

    /// Asks at every entry point, once by its number and else by name.
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        let data = data.as_document();
        let names = ENTRY_POINTS.into_iter().skip(1).map(Value::from);
        let mut answers = Vec::new();
        for entry_point in [json!(0)].into_iter().chain(names) {
            let question = json!({"entryPoint": entry_point, "input": input, "data": data});
            writeln!(self.questions, "{question}")?;
            let mut line = String::new();
            self.answers.read_line(&mut line)?;
            answers.push(serde_json::from_str(&line).context("no answer")?);
        }
        Ok(answers)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
