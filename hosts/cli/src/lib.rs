//! The command `rayjob-policy`, for programs that contain it.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

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

/// The exit code for usage errors and files that cannot be read.
const FAILURE: u8 = 2;

/// Runs the command with these arguments, the first its own name, and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let code = match parse(args.into_iter().collect()) {
        Ok(args) => execute(args),
        Err(error) => {
            // As when clap exits: nothing is left to do about a closed pipe.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(FAILURE)
        }
    };
    // A program that contains the command ends without flushing what is Rust's.
    let _ = io::stdout().flush();
    code
}

/// Reads the command line. The usage names the command as it is called: kubectl runs a file
/// whose name begins with `kubectl-` as a plugin.
fn parse(args: Vec<OsString>) -> Result<Args, clap::Error> {
    let mut command = Args::command();
    let file = args.first().map(Path::new).and_then(Path::file_name);
    if file.is_some_and(|name| name.to_string_lossy().starts_with("kubectl-")) {
        command = command.bin_name("kubectl rayjob-policy");
    }
    Args::from_arg_matches(&command.try_get_matches_from(args)?)
}

fn execute(args: Args) -> u8 {
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
        Ok(code) => code,
        // The reader has closed the pipe, as in `rayjob-policy rules | head`.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            FAILURE
        }
    }
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
