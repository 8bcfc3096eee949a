//! `rayjob-policy admission-policy`.

mod command;

use std::fs;
use std::path::Path;
use std::process::Command;

use command::{folder, told};
use rayjob_policy_testkit::project;

fn admission_policy(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"));
    command
        .arg("admission-policy")
        .args(args)
        .current_dir(folder);
    told(command.output().expect("it runs"))
}

#[test]
fn a_release_alone_prints_the_manifests_of_the_project() {
    let written = project("deploy/validating-admission-policy/kuberay-1.6.yaml");
    let written = fs::read_to_string(written).expect("the manifests");
    let printed = admission_policy(Path::new("."), &["--kuberay", "1.6"]);
    assert_eq!(printed, (0, written, String::new()));
}

#[test]
fn settings_and_a_name_change_what_is_printed() {
    let settings = "kuberayVersion: '1.5'\nrules: {'*': 'off', backoff-negative: warn}\n";
    let folder = folder(&[("settings.yaml", settings.as_bytes())]);
    let args = ["--settings", "settings.yaml", "--name", "team-a"];
    let (code, stdout, stderr) = admission_policy(folder.path(), &args);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(stdout.contains("# For KubeRay 1.5"), "{stdout}");
    let names = stdout.lines().filter(|line| line.starts_with("  name: "));
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["  name: team-a-rayjobs-warnings"; 2]
    );
}

#[test]
fn only_the_chosen_kinds_are_judged() {
    let args = [
        "--kuberay",
        "1.3",
        "--kind",
        "RayService",
        "--kind",
        "RayJob",
    ];
    let (code, stdout, stderr) = admission_policy(Path::new("."), &args);
    assert_eq!((code, &*stderr), (0, ""));
    let names = stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  name: "));
    let mut names: Vec<_> = names.collect();
    names.dedup();
    let expected = [
        "rayjobs",
        "rayjobs-warnings",
        "rayservices",
        "rayservices-warnings",
    ];
    assert_eq!(names, expected.map(|name| format!("rayjob-policy-{name}")));
}

#[test]
fn what_is_asked_of_the_cluster_is_left_out() {
    let settings = b"{kuberayVersion: '1.6', cluster: [rayclusters]}";
    let folder = folder(&[("settings.yaml", settings)]);
    let args = ["--settings", "settings.yaml"];
    let (code, stdout, stderr) = admission_policy(folder.path(), &args);
    let note = "note: the setting cluster is left out: a ValidatingAdmissionPolicy cannot ask the \
                cluster\n";
    assert_eq!((code, &*stderr), (0, note));
    assert_eq!(
        stdout,
        admission_policy(folder.path(), &["--kuberay", "1.6"]).1
    );
}

#[test]
fn what_cannot_be_written_is_told() {
    let folder = folder(&[
        ("off.yaml", b"rules: {'*': 'off'}\n"),
        ("wrong.yaml", b"rules: {interactive-backof: deny}\n"),
        (
            "auto.yaml",
            b"{kuberayVersion: auto, cluster: [operator]}\n",
        ),
    ]);
    for (args, expected) in [
        (
            ["--name", "Team A"],
            "error: invalid name \"Team A\": use at most 232 lowercase letters, digits and hyphens, \
             and begin with a letter or a digit\n",
        ),
        (
            ["--settings", "off.yaml"],
            "error: the settings turn off every rule that can be written in CEL; \
             set one of them to deny or warn\n",
        ),
        (
            ["--settings", "auto.yaml"],
            "error: kuberayVersion is auto, and a ValidatingAdmissionPolicy cannot ask the \
             cluster; name a release, for example with --kuberay 1.7\n",
        ),
        (
            ["--kuberay=1.5", "--kind=RayCronJob"],
            "error: KubeRay 1.5 has no RayCronJob; choose another kind\n",
        ),
    ] {
        let expected = (2, String::new(), expected.to_owned());
        assert_eq!(admission_policy(folder.path(), &args), expected);
    }
    let (code, _, stderr) = admission_policy(folder.path(), &["--settings", "wrong.yaml"]);
    assert!(stderr.starts_with("error: wrong.yaml: "), "{stderr}");
    assert_eq!(code, 2);
}
