//! `rayjob-policy`: the policy's verdict on files, at the exact line.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    rayjob_policy::run(env::args_os()).into()
}
