//! `rayjob-policy check`, in a folder with files.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"));
    command.arg("check").args(args).current_dir(folder);
    command
}

/// The exit code, and what is written to stdout and stderr.
pub fn check(folder: &Path, args: &[&str]) -> (i32, String, String) {
    told(command(folder, args).output().expect("it runs"))
}

pub fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("a code");
    (code, text(output.stdout), text(output.stderr))
}
