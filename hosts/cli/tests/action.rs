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

const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// The archive of a target in the release TAG.
fn archive(target: &str) -> String {
    format!("rayjob-policy-{TAG}-{target}.tar.gz")
}

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

/// A release with an archive for each platform, which the workflow builds, and its checksums.
fn release(folder: &Path) {
    let workflow = fs::read_to_string(project(".github/workflows/release.yml")).expect("text");
    let workflow: Value = yaml_serde::from_str(&workflow).expect("YAML");
    let builds = &workflow["jobs"]["command"]["strategy"]["matrix"]["include"];
    let targets = builds.as_sequence().expect("builds").iter();
    let targets = targets.map(|build| build["target"].as_str().expect("a target"));
    for target in targets {
        let name = format!("rayjob-policy-{TAG}-{target}");
        let bin = folder.join(&name).join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        let end = if target.contains("windows") {
            ".exe"
        } else {
            ""
        };
        fs::write(bin.join(format!("rayjob-policy{end}")), target).expect("a file");
        let script = format!("tar -czf {name}.tar.gz {name}; sha256sum {name}.tar.gz >>SHA256SUMS");
        let status = Command::new("sh")
            .args(["-ec", &script])
            .current_dir(folder)
            .status();
        assert!(status.expect("sh").success());
    }
}

/// Runs the script that installs the binary, at this ref of the action. Gives whether it
/// succeeds, what it prints, its outputs, and the folder for what it installs.
fn install(
    release: Option<&Path>,
    at: &str,
    env: &[(&str, &str)],
) -> (bool, String, String, TempDir) {
    let temp = TempDir::new().expect("a folder");
    let stand_ins = project("hosts/cli/tests/release");
    let path = std::env::var("PATH").expect("a path");
    let outputs = temp.path().join("outputs");
    let output = Command::new(project("action/install.sh"))
        .env("PATH", format!("{}:{path}", stand_ins.display()))
        .env("RELEASE", release.unwrap_or(Path::new("/nonexistent")))
        .env("TAG", TAG)
        .env("ATTESTED", archive("x86_64-unknown-linux-musl"))
        .env("ACTION_REPOSITORY", "rayjob-policy/rayjob-policy")
        .env("ACTION_REF", at)
        .env("GITHUB_ACTION_PATH", project(""))
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_OUTPUT", &outputs)
        .env("RUNNER_TEMP", temp.path())
        .envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")])
        .envs(env.iter().copied())
        .output()
        .expect("bash");
    let told = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    let outputs = fs::read_to_string(outputs).unwrap_or_default();
    (output.status.success(), told, outputs, temp)
}

#[test]
fn the_action_installs_the_binary_of_its_release() {
    let folder = TempDir::new().expect("a folder");
    release(folder.path());
    // Named by the tag, or by the digest of its commit.
    for at in [TAG, "abc"] {
        for (os, arch, target) in [
            ("Linux", "X64", "x86_64-unknown-linux-musl"),
            ("Linux", "ARM64", "aarch64-unknown-linux-musl"),
            ("macOS", "ARM64", "aarch64-apple-darwin"),
            ("macOS", "X64", "x86_64-apple-darwin"),
            ("Windows", "X64", "x86_64-pc-windows-msvc"),
        ] {
            let attested = archive(target);
            let env = [
                ("RUNNER_OS", os),
                ("RUNNER_ARCH", arch),
                ("ATTESTED", &attested),
            ];
            let (ok, told, outputs, temp) = install(Some(folder.path()), at, &env);
            assert!(ok, "{told}");
            assert_eq!(outputs, "installed=true\n");
            let end = if os == "Windows" { ".exe" } else { "" };
            let binary = temp
                .path()
                .join(format!("rayjob-policy/bin/rayjob-policy{end}"));
            assert_eq!(fs::read_to_string(binary).expect("a binary"), target);
        }
    }
}

#[test]
fn the_action_compiles_where_no_release_has_a_binary() {
    let folder = TempDir::new().expect("a folder");
    release(folder.path());
    let empty = TempDir::new().expect("a folder");
    let (some, none) = (folder.path(), empty.path());
    let elsewhere = ("GITHUB_SERVER_URL", "https://github.example.com");
    for (release, at, env) in [
        (some, TAG, Some(("RUNNER_ARCH", "ARM"))),
        (some, TAG, Some(elsewhere)),
        (none, TAG, None),
        (some, "main", None),
        (some, "v0", None),
        (some, "abcd", None),
        // As `uses: ./` in a checkout.
        (some, "", None),
    ] {
        let (ok, told, outputs, temp) = install(Some(release), at, env.as_slice());
        assert!(ok, "{told}");
        assert!(told.starts_with("rayjob-policy is compiled: "), "{told}");
        assert_eq!(outputs, "installed=false\n");
        assert!(!temp.path().join("rayjob-policy/bin").exists());
    }
}

#[test]
fn the_action_compiles_only_what_it_has_not_installed() {
    let text = fs::read_to_string(project("action.yml")).expect("the action");
    let action: Value = yaml_serde::from_str(&text).expect("YAML");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    assert_eq!(steps[0]["id"], "binary");
    let compile = steps[1..].iter();
    let compile = compile.take_while(|step| step["name"] != "Check");
    let conditions = compile.map(|step| step["if"].as_str().expect("a condition"));
    let conditions: Vec<_> = conditions.collect();
    assert_eq!(conditions.len(), 3);
    for condition in conditions {
        let wanted = "steps.binary.outputs.installed != 'true'";
        assert!(condition.starts_with(wanted), "{condition}");
    }
}

#[test]
fn the_action_never_compiles_or_runs_what_fails_to_verify() {
    let refused = |release: Option<&Path>, env: &[(&str, &str)], reason: &str| {
        let (ok, told, outputs, temp) = install(release, TAG, env);
        assert!(!ok, "{told}");
        let reason = format!("::error::rayjob-policy is not installed: {reason}");
        assert!(told.lines().any(|line| line.starts_with(&reason)), "{told}");
        assert_eq!(told.matches("::error").count(), 1, "{told}");
        assert_eq!(outputs, "");
        assert!(!temp.path().join("rayjob-policy/bin").exists());
    };
    let folder = TempDir::new().expect("a folder");
    release(folder.path());
    let archive = archive("x86_64-unknown-linux-musl");
    let attestation = format!("gh attestation verify does not accept {archive}");
    refused(
        Some(folder.path()),
        &[("ATTESTED", "another")],
        &attestation,
    );
    refused(
        None,
        &[],
        "https://github.com/rayjob-policy/rayjob-policy/releases/",
    );
    let sums = folder.path().join("SHA256SUMS");
    let listed = fs::read_to_string(&sums).expect("checksums");
    let without: String = listed
        .lines()
        .filter(|line| !line.ends_with(&archive))
        .collect();
    fs::write(&sums, without).expect("a file");
    let missing = format!("SHA256SUMS of {TAG} does not list {archive}");
    refused(Some(folder.path()), &[], &missing);
    fs::write(&sums, &listed).expect("a file");
    fs::write(folder.path().join(&archive), "tampered").expect("a file");
    let checksum = format!("{archive} does not have the checksum in SHA256SUMS of {TAG}");
    refused(Some(folder.path()), &[], &checksum);
    fs::remove_file(sums).expect("a file");
    refused(Some(folder.path()), &[], "https://github.com/");
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
