//! What the GitHub Action and the pre-commit hook run.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use rayjob_policy_testkit::project;
use tempfile::TempDir;
use yaml_serde::Value;

const BAD: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: bad\nspec:\n  \
    entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n  backoffLimit: 2\n";

/// The script of the action's step that checks, and its environment by default.
fn check_step() -> (String, Vec<(String, String)>) {
    let text = fs::read_to_string(project("action.yml")).expect("the action");
    let action: Value = yaml_serde::from_str(&text).expect("YAML");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    let step = steps
        .iter()
        .find(|step| step["name"].as_str() == Some("Check"));
    let step = step.expect("the step");
    let default = |value: &str| {
        let input = value
            .strip_prefix("${{ inputs.")
            .and_then(|rest| rest.strip_suffix(" }}"));
        let input = &action["inputs"][input.expect("an input")];
        input["default"].as_str().expect("a default").to_owned()
    };
    let env = step["env"].as_mapping().expect("an environment");
    let env = env.iter().map(|(name, value)| {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(name), default(&text(value)))
    });
    (
        step["run"].as_str().expect("a script").to_owned(),
        env.collect(),
    )
}

/// Runs that step in a folder; gives the exit code and the output.
fn run(folder: &Path, inputs: &[(&str, &str)]) -> (i32, String) {
    let (script, env) = check_step();
    let bin = folder.join("temp/rayjob-policy/bin");
    fs::create_dir_all(&bin).expect("a folder");
    let command = bin.join("rayjob-policy");
    if !command.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rayjob-policy"), command).expect("a link");
    }
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
        .current_dir(folder)
        .env("RUNNER_TEMP", folder.join("temp"))
        .envs(env)
        .envs(inputs.iter().copied())
        .output()
        .expect("bash");
    let told = String::from_utf8(output.stdout).expect("text");
    (output.status.code().expect("a code"), told)
}

#[test]
fn the_action_annotates_and_writes_a_report() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("a")).expect("a folder");
    fs::write(folder.path().join("a/bad.yaml"), BAD).expect("a file");
    fs::write(folder.path().join("b.yaml"), "kind: Pod\n").expect("a file");
    fs::write(
        folder.path().join("settings.yaml"),
        "rules: {selector-backoff: warn}\n",
    )
    .expect("a file");
    let (code, told) = run(folder.path(), &[]);
    assert_eq!(code, 1);
    assert!(
        told.starts_with("::error file=a/bad.yaml,line=8,"),
        "{told}"
    );
    let report = fs::read_to_string(folder.path().join("rayjob-policy.sarif")).expect("a report");
    assert!(report.contains("\"ruleId\":\"selector-backoff\""));
    let inputs = [
        ("PATHS", "a b.yaml"),
        ("SETTINGS", "settings.yaml"),
        ("KUBERAY", "1.7"),
    ];
    let (code, told) = run(folder.path(), &inputs);
    assert_eq!(code, 0);
    assert!(
        told.starts_with("::warning file=a/bad.yaml,line=8,"),
        "{told}"
    );
}

#[test]
fn the_action_takes_a_cluster() {
    let folder = TempDir::new().expect("a folder");
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).expect("a file");
    write("job.yaml", &BAD.replace("  backoffLimit: 2\n", ""));
    write(
        "cluster.yaml",
        "{apiVersion: ray.io/v1, kind: RayCluster, metadata: {name: a, namespace: b}}",
    );
    let inputs = [
        ("PATHS", "job.yaml"),
        ("CLUSTER", "cluster.yaml"),
        ("NAMESPACE", "b"),
    ];
    let (code, told) = run(folder.path(), &inputs);
    assert_eq!(code, 0);
    assert!(told.contains("title=live-raycluster-missing::"), "{told}");
}

#[test]
fn the_action_takes_a_path_from_each_line() {
    let folder = TempDir::new().expect("a folder");
    for file in ["a.yaml", "b.yaml", "c.yaml"] {
        fs::write(folder.path().join(file), BAD).expect("a file");
    }
    let (code, told) = run(folder.path(), &[("PATHS", "a.yaml b.yaml\nc.yaml\n")]);
    assert_eq!(code, 1);
    let files: Vec<_> = told.lines().map(|line| &line[13..19]).collect();
    assert_eq!(files, ["a.yaml", "b.yaml", "c.yaml"], "{told}");
}

#[test]
fn the_hook_checks_the_files_that_it_is_given() {
    let hooks = project("deploy/pre-commit/.pre-commit-hooks.yaml");
    let hooks = fs::read_to_string(hooks).expect("a file");
    let hooks: Value = yaml_serde::from_str(&hooks).expect("YAML");
    let entry = hooks[0]["entry"].as_str().expect("a command line");
    let arguments = entry.strip_prefix("rayjob-policy ").expect("the command");
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("bad.yaml"), BAD).expect("a file");
    fs::write(
        folder.path().join("template.yaml"),
        "ray.io: {{ .Values }}\n- a",
    )
    .expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
        .args(arguments.split(' '))
        .args(["--kuberay", "1.7", "bad.yaml", "template.yaml"])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(told.contains("--> bad.yaml:8:3"), "{told}");
    assert!(told.contains("skipped 1 file"), "{told}");
}
