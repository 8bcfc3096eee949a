//! Asks the built module: a question in JSON a line in, its ValidationResponse
//! a line out, each from a new instance. A question is answered before another is
//! waited for, so that a program may ask one thing after the other.

use std::io::{self, BufRead, BufReader, BufWriter, Write};

use anyhow::{Context, Result};
use rayjob_policy_e2e::{Policy, built_module};

fn main() -> Result<()> {
    let policy = Policy::interpreted(&built_module()?)?;
    let mut questions = BufReader::new(io::stdin().lock());
    let mut answers = BufWriter::new(io::stdout().lock());
    let mut question = String::new();
    for line in 1.. {
        if questions.buffer().is_empty() {
            answers.flush()?;
        }
        question.clear();
        if questions.read_line(&mut question)? == 0 {
            break;
        }
        let answer = policy
            .call("validate", question.as_bytes())
            .with_context(|| format!("line {line}"))?;
        answers.write_all(&answer)?;
        answers.write_all(b"\n")?;
    }
    Ok(answers.flush()?)
}
