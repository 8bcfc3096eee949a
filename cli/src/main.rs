//! `rayjob-policy`: the policy's verdict on files.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

mod args;
mod check;
mod explain;
mod files;
mod text;

use args::{Args, Command};

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Check(options) => check::run(&options),
        Command::Explain { rule } => explain::explain(&rule),
        Command::Rules => explain::list(),
    };
    match done {
        Ok(code) => code,
        // Whoever reads the output has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            ExitCode::from(check::UNREADABLE)
        }
    }
}
