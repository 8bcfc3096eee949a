//! The command, as a pipeline runs it.

use std::fs;
use std::path::PathBuf;

use snapbox::cmd::{Command, cargo_bin};

const REFUSED: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: train}\nspec:\n  \
    submissionMode: InteractiveMode\n  backoffLimit: 2\n  rayClusterSpec:\n    \
    headGroupSpec: {rayStartParams: {}, template: {spec: {containers: [{name: head, image: ray}]}}}\n";

/// A directory of one test, made anew.
fn directory(test: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

fn policy() -> Command {
    Command::new(cargo_bin!("rayjob-policy"))
}

#[test]
fn a_refused_job_is_shown_at_its_line() {
    policy()
        .args(["check", "-"])
        .stdin(REFUSED)
        .assert()
        .code(1)
        .stdout_eq("<stdin>:6:3: deny: spec.backoffLimit: [..] [interactive-backoff]\n...\n");
}

#[test]
fn the_release_decides() {
    let accepted = REFUSED.replace("backoffLimit: 2", "backoffLimit: 0");
    let check = |text: &str, release| {
        let command = policy().args(["check", "--kuberay", release, "-"]);
        command.stdin(text.to_owned()).assert()
    };
    check(REFUSED, "1.7").code(1);
    check(&accepted, "1.7").code(0);
    check(REFUSED, "9.9").code(2);
}

#[test]
fn nothing_to_check_fails_only_if_asked() {
    policy()
        .args(["check", "-"])
        .stdin("a: 1\n")
        .assert()
        .code(0);
    policy()
        .args(["check", "--require-rayjob", "-"])
        .stdin("a: 1\n")
        .assert()
        .code(3);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_checked() {
    let directory = directory("unreadable");
    fs::write(directory.join("a.yaml"), b"ray.io: \xff\n").expect("a file");
    fs::write(directory.join("c.yaml"), REFUSED).expect("a file");
    let sparse = fs::File::create(directory.join("b.yaml")).expect("a file");
    sparse.set_len(1 << 30).expect("a sparse file");
    policy()
        .arg("check")
        .arg(&directory)
        .assert()
        .code(2)
        .stdout_eq("[..]c.yaml:6:3: deny: [..]\n...\n")
        .stderr_eq(
            "error: [..]a.yaml: it is not UTF-8 at byte 8; save it as UTF-8\n\
             error: [..]b.yaml: it is larger than 64 MiB, which no manifest is\nfiles: 1[..]\n",
        );
}
