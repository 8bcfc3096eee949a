//! Settings files that `check` finds by itself.

mod command;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use command::{check, command, folder, told};
use serde_json::Value;

/// KubeRay refuses it from 1.6 on; with 1.5, the retry deletes the cluster.
const JOB: &[u8] = b"apiVersion: ray.io/v1
kind: RayJob
metadata: {name: evaluate}
spec:
  entrypoint: python evaluate.py
  clusterSelector: {ray.io/cluster: shared}
  backoffLimit: 1
";

#[test]
fn each_file_is_judged_by_the_nearest_settings() {
    let folder = folder(&[
        (".git/HEAD", b""),
        (".rayjob-policy.yaml", b"rules: {selector-backoff: warn}\n"),
        (
            "old/.rayjob-policy.yaml",
            b"{kuberayVersion: '1.5', rules: {trap-*: 'off'}}",
        ),
        ("old/jobs/job.yaml", JOB),
        ("new/job.yaml", JOB),
    ]);
    let (code, stdout, stderr) = check(folder.path(), &["."]);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(stdout.starts_with("warning[selector-backoff]"), "{stdout}");
    assert!(stdout.contains(" --> new/job.yaml:7:3\n"), "{stdout}");
    let last = "checked 2 objects in 2 files for KubeRay 1.5 and 1.7 with 2 settings files: \
                0 errors, 1 warning\n";
    assert!(stdout.ends_with(last), "{stdout}");

    let (_, stdout, _) = check(folder.path(), &[".", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let file = &report["files"][0];
    assert_eq!(file["path"], "new/job.yaml");
    assert_eq!(file["kuberay"], "1.7");
    assert_eq!(file["settings"], ".rayjob-policy.yaml");
    assert!(report["summary"]["kuberay"].is_null(), "{report}");
}

#[test]
fn the_command_line_goes_before_settings_that_are_found() {
    let folder = folder(&[
        (".rayjob-policy.yaml", b"rules: {selector-backoff: warn}\n"),
        ("job.yaml", JOB),
        ("empty.yaml", b"{}"),
    ]);
    let last = |args: &[&str]| {
        let (_, stdout, _) = check(folder.path(), args);
        stdout.lines().last().unwrap().to_owned()
    };
    let with =
        "checked 1 object in 1 file for KubeRay 1.7 with .rayjob-policy.yaml: 0 errors, 1 warning";
    assert_eq!(last(&["job.yaml"]), with);
    let without = "checked 1 object in 1 file for KubeRay 1.7: 1 error, 0 warnings";
    assert_eq!(last(&["job.yaml", "--settings", "empty.yaml"]), without);
    let other =
        "checked 1 object in 1 file for KubeRay 1.5 with .rayjob-policy.yaml: 1 error, 0 warnings";
    assert_eq!(last(&["job.yaml", "--kuberay", "1.5"]), other);
}

#[test]
fn stdin_is_judged_by_the_settings_of_the_working_directory() {
    let folder = folder(&[
        (".rayjob-policy.yaml", b"kuberayVersion: '1.5'\n"),
        ("job.yaml", JOB),
    ]);
    let job = File::open(folder.path().join("job.yaml")).unwrap();
    let output = command(folder.path(), &["-"]).stdin(job).output().unwrap();
    let (_, stdout, _) = told(output);
    assert!(
        stdout.contains("[trap-selector-retry-deletes-cluster]"),
        "{stdout}"
    );
}

#[test]
fn what_an_upgrade_changes_depends_on_the_settings_too() {
    let folder = folder(&[
        (".rayjob-policy.yaml", b"rules: {selector-backoff: warn}\n"),
        ("job.yaml", JOB),
    ]);
    let (code, stdout, _) = check(folder.path(), &["job.yaml", "--upgrade-from", "1.5"]);
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn settings_that_cannot_be_read_are_told_before_anything_is_judged() {
    let folder = folder(&[
        ("a/job.yaml", JOB),
        ("b/.rayjob-policy.yaml", b"kuberay: '1.5'\n"),
        ("b/job.yaml", JOB),
    ]);
    let (code, stdout, stderr) = check(folder.path(), &["a", "b"]);
    assert_eq!((code, &*stdout), (2, ""));
    let message = "error: b/.rayjob-policy.yaml: unknown setting \"kuberay\"; ";
    assert!(stderr.starts_with(message), "{stderr}");
}

fn init(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"));
    command.arg("init").args(args).current_dir(folder);
    told(command.output().unwrap())
}

#[test]
fn init_writes_settings_that_check_finds_and_keeps_those_that_exist() {
    let values = b"featureGates: [{name: RayCronJob, enabled: true}]\n";
    let folder = folder(&[("values.yaml", values), ("job.yaml", JOB)]);
    let (code, stdout, _) = init(folder.path(), &["values.yaml", "--kuberay", "1.6"]);
    assert_eq!(code, 0);
    assert_eq!(stdout, "wrote .rayjob-policy.yaml for KubeRay 1.6\n");
    let written = fs::read_to_string(folder.path().join(".rayjob-policy.yaml")).unwrap();
    assert!(
        written.contains("featureGates:\n  RayCronJob: true\n"),
        "{written}"
    );
    let (_, stdout, _) = check(folder.path(), &["job.yaml"]);
    assert!(
        stdout.contains(" for KubeRay 1.6 with .rayjob-policy.yaml: "),
        "{stdout}"
    );

    let (code, _, stderr) = init(folder.path(), &[]);
    assert_eq!(code, 2);
    let message = "error: .rayjob-policy.yaml exists already: change it, or remove it first\n";
    assert_eq!(stderr, message);
}

#[test]
fn everything_that_init_comments_out_is_a_setting() {
    let folder = folder(&[("job.yaml", JOB)]);
    init(folder.path(), &[]);
    let file = folder.path().join(".rayjob-policy.yaml");
    let written = fs::read_to_string(&file).unwrap();
    let is_setting =
        |line: &&str| line.starts_with("# ") && line.contains(": ") || line.ends_with("s:");
    let examples = written.lines().filter(is_setting).count();
    assert!(examples >= 4, "{written}");
    let lines = written.lines().map(|line| match is_setting(&line) {
        true => line.strip_prefix("# ").unwrap_or(line),
        false => line,
    });
    fs::write(file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let (_, stdout, stderr) = check(folder.path(), &["job.yaml"]);
    assert_eq!(stderr, "");
    assert!(stdout.contains(" with .rayjob-policy.yaml: "), "{stdout}");
}

#[test]
fn init_says_why_an_operator_tells_nothing() {
    let folder = folder(&[("values.yaml", b"image: {tag: nightly}")]);
    let (code, _, stderr) = init(folder.path(), &["values.yaml"]);
    assert_eq!(code, 2);
    let message = "error: values.yaml: the image tag \"nightly\" names no known release; use \
                   --kuberay\n";
    assert_eq!(stderr, message);
}
