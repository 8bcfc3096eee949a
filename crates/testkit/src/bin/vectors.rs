//! Prints all vectors as JSON, one a line, for tests in other languages.

use std::io::{self, Write};

use rayjob_policy_testkit::{examples, vectors};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for vector in vectors().into_iter().chain(examples()) {
        serde_json::to_writer(&mut out, &vector)?;
        writeln!(out)?;
    }
    Ok(())
}
