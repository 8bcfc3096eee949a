//! Settings files that `check` finds by itself.

mod command;

use std::fs::File;

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
