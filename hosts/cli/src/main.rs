//! `rayjob-policy`: the policy's verdict on files, at the exact line.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches};
use clap_complete::Shell;

mod admission_policy;
mod args;
mod check;
mod cluster;
mod entrypoint;
mod explain;
mod fix_mode;
mod init;
mod input;
mod list;
mod lsp;
mod partial;
mod report;
mod set;
mod settings;
mod uri;

use args::{Args, Command};

/// The exit code for usage errors and unreadable files.
const FAILURE: u8 = 2;

fn main() -> ExitCode {
    let args = parse();
    if let Some(color) = args.color {
        color.write_global();
    }
    let outcome = match args.command {
        Command::Check(args) => check::run(&args),
        Command::Explain {
            rule,
            entrypoint,
            kuberay,
            ray,
            mode,
        } => match entrypoint {
            Some(text) => entrypoint::run(&text, ray.as_deref(), mode),
            None => explain::run(&rule.unwrap_or_default(), kuberay),
        }
        .map(|()| 0),
        Command::Rules { format } => list::run(format).map(|()| 0),
        Command::Lsp => Ok(lsp::run()),
        Command::AdmissionPolicy(args) => admission_policy::run(&args).map(|()| 0),
        Command::Init { operator, kuberay } => init::run(operator.as_deref(), kuberay).map(|()| 0),
        Command::Completions { shell } => completions(shell).map(|()| 0),
    };
    match outcome {
        Ok(code) => code.into(),
        // The reader has closed the pipe, as in `rayjob-policy rules | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            FAILURE.into()
        }
    }
}

/// Reads the command line. The usage names the command as it is called: kubectl runs a file
/// whose name begins with `kubectl-` as a plugin.
fn parse() -> Args {
    let mut command = Args::command();
    let file = env::args_os().next().unwrap_or_default();
    let name = Path::new(&file).file_name().unwrap_or_default();
    if name.to_string_lossy().starts_with("kubectl-") {
        command = command.bin_name("kubectl rayjob-policy");
    }
    let matches = command.get_matches();
    Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn completions(shell: Shell) -> Result<()> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)?;
    Ok(())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
