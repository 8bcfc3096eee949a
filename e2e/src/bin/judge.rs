//! Asks the built module: a question in JSON a line in, its ValidationResponse
//! a line out, each from a new instance.

use std::io::{self, BufRead, BufWriter, Write};

use anyhow::{Context, Result};
use rayjob_policy_e2e::Policy;

fn main() -> Result<()> {
    let policy = Policy::built()?;
    let mut answers = BufWriter::new(io::stdout().lock());
    for (index, question) in io::stdin().lock().lines().enumerate() {
        let answer = policy
            .call("validate", question?.as_bytes())
            .with_context(|| format!("line {}", index + 1))?;
        answers.write_all(&answer)?;
        answers.write_all(b"\n")?;
    }
    Ok(answers.flush()?)
}
