//! `rayjob-policy check` on files that are as they should be and on others.

mod command;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use command::{check, command, folder, told};
use rayjob_policy_core::rules;
use rayjob_policy_testkit::{Expect, Vector, examples, vectors};
use serde_json::{Value, json};
use tempfile::TempDir;

const BAD: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: bad\nspec:\n  \
    entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n  backoffLimit: 2\n";
const CLUSTER: &str = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata:\n  name: shared\nspec:\n  \
    headGroupSpec:\n    rayStartParams: {}\n    template: {spec: {containers: [{name: head, image: r}]}}\n";
const GOOD: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: good\nspec:\n  \
    entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n";

fn check_stdin(stdin: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = command(Path::new("."), args);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(stdin.as_bytes()).expect("it reads");
    drop(pipe);
    told(child.wait_with_output().expect("it ends"))
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_checked() {
    let folder = folder(&[
        ("a-latin-1.yaml", b"apiVersion: ray.io/v1 # caf\xe9\n"),
        (
            "b-tabs.yaml",
            b"apiVersion: ray.io/v1\nkind: RayJob\nspec:\n\tsuspend: true\n",
        ),
        ("c-bad.yaml", BAD.as_bytes()),
        ("d-bomb.yaml", bomb().as_bytes()),
        ("e-deep.yaml", deep().as_bytes()),
        ("g-zeros.yaml", b"apiVersion: ray.io/v1\n\0\0\0\0"),
    ]);
    let huge = fs::File::create(folder.path().join("f-huge.yaml")).expect("a file");
    huge.set_len(1 << 30).expect("a sparse file");
    let paths = [
        "a-latin-1.yaml",
        "b-tabs.yaml",
        "c-bad.yaml",
        "d-bomb.yaml",
        "e-deep.yaml",
        "f-huge.yaml",
        "g-zeros.yaml",
        "h-absent.yaml",
    ];
    let (code, stdout, stderr) = check(folder.path(), &paths);
    assert_eq!(code, 2);
    assert!(stdout.contains("error[selector-backoff]"), "{stdout}");
    let lines: Vec<_> = stderr.lines().collect();
    let expected = [
        "error: a-latin-1.yaml: invalid UTF-8 at byte 27",
        "error: b-tabs.yaml:4:1: cannot be read: tabs cannot be used for indentation",
        "error: d-bomb.yaml:",
        "error: e-deep.yaml:",
        "error: f-huge.yaml: larger than 100 MB",
        "error: g-zeros.yaml:2:1: cannot be read: ",
        "error: h-absent.yaml: No such file or directory",
    ];
    assert_eq!(lines.len(), expected.len(), "{stderr}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\n{expected}");
    }
    assert!(
        stdout.ends_with("1 error, 0 warnings; could not read 7 files\n"),
        "{stdout}"
    );
}

/// Aliases that stand for ten billion nodes.
fn bomb() -> String {
    let mut text = String::from("apiVersion: ray.io/v1\nkind: RayJob\nspec:\n  a0: &a0 lol\n");
    for level in 1..=10 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("  a{level}: &a{level} [{before}]\n");
    }
    text
}

fn deep() -> String {
    let brackets = "[".repeat(100_000);
    format!("apiVersion: ray.io/v1\nkind: RayJob\nspec: {brackets}")
}

#[cfg(unix)]
#[test]
fn a_directory_that_never_ends_is_an_error() {
    let folder = folder(&[("jobs/bad.yaml", BAD.as_bytes())]);
    std::os::unix::fs::symlink("..", folder.path().join("jobs/loop")).expect("a link");
    let (code, stdout, stderr) = check(folder.path(), &["."]);
    assert_eq!(code, 2);
    assert!(stdout.contains("error[selector-backoff]"), "{stdout}");
    assert!(
        stderr.starts_with("error: ") && !stderr.contains(": :"),
        "{stderr}"
    );
    assert!(stderr.contains("jobs/loop"), "{stderr}");
    let (_, stdout, _) = check(folder.path(), &[".", "--format", "github"]);
    assert!(stdout.contains("\n::error::"), "{stdout}");
}

/// Permissions do not stop root, an address of nothing does.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = folder(&[("bad.yaml", BAD.as_bytes())]);
    std::os::unix::fs::symlink("/proc/self/mem", folder.path().join("a.yaml")).expect("a link");
    let (code, stdout, stderr) = check(folder.path(), &["a.yaml", "bad.yaml"]);
    assert_eq!(code, 2);
    assert!(stdout.contains("error[selector-backoff]"), "{stdout}");
    assert!(stderr.starts_with("error: a.yaml: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_directory_is_read_as_git_sees_it() {
    let json = br#"{"apiVersion": "ray.io/v1", "kind": "RayJob", "spec": {"backoffLimit": -1}}"#;
    let folder = folder(&[
        (".gitignore", b"build\n"),
        ("build/bad.yaml", BAD.as_bytes()),
        (".hidden/bad.yaml", BAD.as_bytes()),
        ("notes.txt", BAD.as_bytes()),
        ("jobs/good.yml", GOOD.as_bytes()),
        ("jobs/bad.json", json),
        (
            "chart/templates/job.yaml",
            b"apiVersion: ray.io/v1\n{{- if .Values.on }}\nkind: RayJob\n",
        ),
        ("broken.yaml", b"apiVersion: ray.io/v1\nkind: [RayJob\n"),
        ("other.yaml", b"a: [\n"),
    ]);
    let (code, stdout, stderr) = check(folder.path(), &["."]);
    assert_eq!(code, 1);
    assert!(stdout.contains("--> jobs/bad.json:1:"), "{stdout}");
    assert!(
        stdout.ends_with("skipped 2 files that cannot be read as YAML\n"),
        "{stdout}"
    );
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    let expected = ["broken.yaml:", "chart/templates/job.yaml:2:1:"];
    for (line, file) in lines.iter().zip(expected) {
        let begin = format!("note: skipped: {file}");
        assert!(line.starts_with(&begin), "{stderr}");
    }
}

#[test]
fn a_file_in_another_encoding_is_an_error_only_if_it_may_be_about_ray() {
    let folder = folder(&[("jobs/latin.yml", b"caf\xe9\n")]);
    let (code, stdout, stderr) = check(folder.path(), &["jobs"]);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(
        stdout.ends_with("skipped 1 file that cannot be read as YAML\n"),
        "{stdout}"
    );
    let (code, ..) = check(folder.path(), &["jobs/latin.yml", "--lenient"]);
    assert_eq!(code, 0);
    let (code, ..) = check(folder.path(), &["jobs/latin.yml"]);
    assert_eq!(code, 2);
    fs::write(folder.path().join("jobs/latin.yml"), b"ray.io # caf\xe9\n").expect("a file");
    let (code, _, stderr) = check(folder.path(), &["jobs"]);
    assert_eq!(code, 2);
    assert_eq!(stderr, "error: jobs/latin.yml: invalid UTF-8 at byte 12\n");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_directory_that_leads_nowhere_is_an_error() {
    let folder = folder(&[("jobs/good.yaml", GOOD.as_bytes())]);
    std::os::unix::fs::symlink("absent", folder.path().join("jobs/link.yaml")).expect("a link");
    let (code, _, stderr) = check(folder.path(), &["jobs"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("link.yaml"), "{stderr}");
}

#[test]
fn files_are_reported_in_the_order_in_which_they_are_found() {
    let files: Vec<_> = (0..300).map(|number| format!("{number:03}.yaml")).collect();
    let files: Vec<_> = files.iter().map(|name| (&**name, BAD.as_bytes())).collect();
    let folder = folder(&files);
    let (_, stdout, _) = check(folder.path(), &[".", "--format", "github"]);
    let names: Vec<_> = stdout.lines().map(|line| &line[13..21]).collect();
    let expected: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected);
}

#[test]
fn the_exit_code_says_what_was_found() {
    let folder = folder(&[
        ("bad.yaml", BAD.as_bytes()),
        ("good.yaml", GOOD.as_bytes()),
        ("none.yaml", b"kind: Pod\n"),
        ("cluster.yaml", CLUSTER.as_bytes()),
        ("warn.yaml", format!("{GOOD}  suspend: no\n").as_bytes()),
    ]);
    for (args, expected) in [
        (&["good.yaml"][..], 0),
        (&["bad.yaml"], 1),
        (&["bad.yaml", "--fail-on", "never"], 0),
        (&["warn.yaml"], 0),
        (&["warn.yaml", "--fail-on", "warn"], 1),
        (&["none.yaml"], 0),
        (&["none.yaml", "--require-rayjob"], 3),
        (&["good.yaml", "--require-rayjob"], 0),
        (&["cluster.yaml"], 0),
        (&["cluster.yaml", "--require-rayjob"], 3),
        (&["cluster.yaml", "good.yaml", "--require-rayjob"], 0),
        (&["absent.yaml", "bad.yaml"], 2),
        (&["good.yaml", "--kuberay", "1.2"], 2),
        (&["good.yaml", "--settings", "absent.yaml"], 2),
        (&["good.yaml", "--fix=no-such-rule"], 2),
        (&["-", "--fix"], 2),
        (&[], 2),
    ] {
        let (code, stdout, stderr) = check(folder.path(), args);
        assert_eq!(code, expected, "{args:?}\n{stdout}\n{stderr}");
    }
    let (_, stdout, _) = check(folder.path(), &["none.yaml"]);
    assert_eq!(
        stdout,
        "nothing to check: no RayJob, RayCronJob, RayCluster or RayService in 1 file\n"
    );
    let (_, stdout, stderr) = check(folder.path(), &["cluster.yaml", "--require-rayjob"]);
    assert_eq!(
        (&*stdout, &*stderr),
        (
            "checked 1 object in 1 file for KubeRay 1.7: 0 errors, 0 warnings\n",
            "error: no RayJob or RayCronJob, which --require-rayjob requires\n"
        )
    );
}

#[test]
fn a_release_that_is_named_goes_before_that_of_the_settings() {
    let folder = folder(&[
        ("bad.yaml", BAD.as_bytes()),
        ("settings.yaml", b"kuberayVersion: '1.7'\n"),
    ]);
    let with = ["bad.yaml", "--settings", "settings.yaml"];
    let (_, stdout, _) = check(folder.path(), &with);
    assert!(stdout.contains("error[selector-backoff]"), "{stdout}");
    let old = [&with[..], &["--kuberay", "1.5"]].concat();
    let (_, stdout, _) = check(folder.path(), &old);
    assert!(!stdout.contains("[selector-backoff]"), "{stdout}");
    assert!(stdout.contains(" for KubeRay 1.5: "), "{stdout}");
}

#[test]
fn an_upgrade_shows_what_would_begin_to_be_refused() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "a", "namespace": "x"},
         "spec": {"clusterSelector": {"ray.io/cluster": "c"}, "backoffLimit": 2}},
        {"apiVersion": "v1", "kind": "Pod"},
    ]})
    .to_string();
    let upgrade = |from, to| check_stdin(&list, &["-", "--upgrade-from", from, "--kuberay", to]);
    let (code, stdout, _) = upgrade("1.5", "1.7");
    assert_eq!(code, 1);
    assert!(stdout.contains("error[selector-backoff]"), "{stdout}");
    assert!(stdout.contains("in RayJob x/a"), "{stdout}");
    assert!(
        stdout.ends_with(
            "checked 1 object in 1 file for an upgrade from KubeRay 1.5 to 1.7: 1 error, 0 \
             warnings\n"
        ),
        "{stdout}"
    );
    let (code, ..) = upgrade("1.6", "1.7");
    assert_eq!(code, 0);
}

#[test]
fn an_upgrade_that_changes_a_life_is_a_warning() {
    // 1.4 does not know deletionStrategy.
    let cluster = "rayClusterSpec: {headGroupSpec: {rayStartParams: {}, template: {spec: \
        {containers: [{name: head, image: rayproject/ray:2.52.0}]}}}}";
    let deletion =
        "deletionStrategy: {onSuccess: {policy: DeleteCluster}, onFailure: {policy: DeleteNone}}";
    let text = GOOD.replace("clusterSelector: {ray.io/cluster: shared}", cluster);
    let text = format!("{text}  {deletion}\n");
    let args = ["-", "--upgrade-from", "1.4", "--kuberay", "1.6"];
    let (code, stdout, _) = check_stdin(&text, &args);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("warning[upgrade-behaviour]"), "{stdout}");
}

#[test]
fn what_is_stored_already_is_only_a_warning() {
    let stored = format!("{BAD}  suspend: false\n");
    let folder = folder(&[
        ("bad.yaml", BAD.as_bytes()),
        ("stored.yaml", stored.as_bytes()),
    ]);
    let args = ["bad.yaml", "--stored", "stored.yaml"];
    let (code, stdout, _) = check(folder.path(), &args);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("warning[selector-backoff]"), "{stdout}");
    assert!(stdout.contains("already in the stored object"), "{stdout}");
}

#[test]
fn the_status_of_a_stored_service_tells_what_an_edit_does() {
    let service = |version: &str| {
        format!(
            "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {{name: llm}}\nspec:\n  \
             upgradeStrategy: {{type: None}}\n  \
             serveConfigV2: '{{applications: [{{import_path: a:b}}]}}'\n  \
             rayClusterConfig: {{rayVersion: {version}, headGroupSpec: {{rayStartParams: {{}}, \
             template: {{spec: {{containers: [{{name: head, image: example.com/llm:1}}]}}}}}}}}\n"
        )
    };
    let status = "status: {activeServiceStatus: {rayClusterName: llm-abcde}}\n";
    let (edited, stored) = (service("2.53.0"), service("2.52.0") + status);
    let folder = folder(&[
        ("service.yaml", edited.as_bytes()),
        ("stored.yaml", stored.as_bytes()),
    ]);
    let args = ["service.yaml", "--stored", "stored.yaml"];
    let (_, stdout, _) = check(folder.path(), &args);
    let warning = "warning[trap-service-edit-ignored]";
    assert!(stdout.contains(warning), "{stdout}");
}

#[test]
fn a_comment_with_a_reason_silences_a_finding() {
    let with = |comment: &str| {
        let line = format!("backoffLimit: 2 # rayjob-policy: {comment}");
        BAD.replace("backoffLimit: 2", &line)
    };
    let (code, stdout, _) = check_stdin(&with("ignore[selector-backoff] our fork"), &["-"]);
    assert_eq!(code, 0);
    assert!(
        stdout.ends_with("0 errors, 0 warnings, 1 ignored\n"),
        "{stdout}"
    );
    for (comment, note) in [
        (
            "ignore[selector-backoff]",
            "write a reason after the bracket",
        ),
        (
            "ignore[selector-bakoff] our fork",
            "did you mean selector-backoff?",
        ),
    ] {
        let (code, _, stderr) = check_stdin(&with(comment), &["-"]);
        assert_eq!(code, 1);
        assert!(
            stderr.starts_with("note: stdin:8:") && stderr.contains(note),
            "{stderr}"
        );
    }
}

#[test]
fn fix_mends_files_in_place_once() {
    let text = format!("{GOOD}  suspend: off # later\n");
    let folder = folder(&[("a.yaml", text.as_bytes())]);
    let read = || fs::read_to_string(folder.path().join("a.yaml")).expect("a file");
    let (code, stdout, _) = check(folder.path(), &["a.yaml", "--diff"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("+  suspend: false # later"), "{stdout}");
    assert_eq!(read(), text);
    let (_, stdout, _) = check(folder.path(), &["a.yaml", "--fix"]);
    assert!(
        stdout.starts_with("fixed a.yaml: spec.suspend: write false [yaml-boolean]\n"),
        "{stdout}"
    );
    assert_eq!(read(), text.replace("off", "false"));
    let (_, stdout, _) = check(folder.path(), &["a.yaml", "--fix"]);
    assert!(!stdout.contains("fixed "), "{stdout}");
}

#[test]
fn fix_says_what_it_leaves_to_the_user() {
    let folder = folder(&[("a.yaml", BAD.as_bytes())]);
    let told =
        "not fixed: 1 finding whose fix may change what KubeRay runs; --fix=RULE applies it\n";
    let (_, stdout, _) = check(folder.path(), &["a.yaml", "--fix"]);
    assert!(stdout.ends_with(told), "{stdout}");
    for args in [&["a.yaml"][..], &["a.yaml", "--fix", "--format", "json"]] {
        let (_, stdout, _) = check(folder.path(), args);
        assert!(!stdout.contains("not fixed"), "{stdout}");
    }
}

/// The size is known of a file, but not of a pipe.
#[test]
fn a_text_that_is_too_large_is_refused_even_from_stdin() {
    let text = "#".repeat((100 << 20) + 1);
    let (code, _, stderr) = check_stdin(&text, &["-"]);
    assert_eq!((code, &*stderr), (2, "error: stdin: larger than 100 MB\n"));
}

#[test]
fn a_fix_of_what_is_used_twice_is_made_by_hand() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: ray.io/v1\n  kind: RayJob\n  \
        metadata: {name: a}\n  spec: &spec\n    submissionMode: InteractiveMode\n    backoffLimit: \
        2\n    rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: \
        r}]}}}}\n- apiVersion: ray.io/v1\n  kind: RayJob\n  metadata: {name: b}\n  spec: *spec\n";
    let folder = folder(&[("list.yaml", list.as_bytes())]);
    let (_, stdout, _) = check(folder.path(), &["list.yaml"]);
    let way = "by hand: set backoffLimit to 0";
    assert_eq!(stdout.matches(way).count(), 2, "{stdout}");
    let (_, stdout, _) = check(folder.path(), &["list.yaml", "--fix"]);
    assert!(!stdout.contains("not fixed"), "{stdout}");
}

#[test]
fn what_is_not_about_ray_is_passed_over_in_a_directory() {
    let beside = format!("a: [\n---\n{GOOD}");
    let folder = folder(&[
        ("jobs/beside.yaml", beside.as_bytes()),
        ("jobs/other.yaml", b"a: [\n"),
        ("jobs/other.bin.yaml", b"a: \xff"),
    ]);
    let (code, stdout, stderr) = check(folder.path(), &["jobs"]);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(
        stdout.starts_with("checked 1 object in 3 files"),
        "{stdout}"
    );
}

#[test]
fn colours_are_for_those_who_want_them() {
    let folder = folder(&[("bad.yaml", BAD.as_bytes())]);
    let (_, plain, _) = check(folder.path(), &["bad.yaml"]);
    let always = [
        "bad.yaml",
        "--color",
        "always",
        "--output",
        "text=report.txt",
    ];
    let (_, coloured, _) = check(folder.path(), &always);
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
    let report = fs::read_to_string(folder.path().join("report.txt")).expect("a report");
    assert_eq!(report, plain);
}

#[test]
fn several_reports_are_written_at_once() {
    let folder = folder(&[("bad.yaml", BAD.as_bytes())]);
    let outputs = ["json=a.json", "sarif=a.sarif", "github=a.txt"];
    let mut args = vec!["bad.yaml"];
    args.extend(outputs.iter().flat_map(|output| ["--output", output]));
    assert_eq!(check(folder.path(), &args).0, 1);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    let json = |name: &str| -> Value { serde_json::from_str(&read(name)).expect("JSON") };
    let report = json("a.json");
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["denied"], 1);
    let finding = &report["files"][0]["documents"][0]["findings"][0];
    assert_eq!(finding["span"]["start"]["line"], 8);
    let location = &json("a.sarif")["runs"][0]["results"][0]["locations"][0];
    assert_eq!(
        location["physicalLocation"]["region"],
        json!({"startLine": 8, "startColumn": 3, "endLine": 8, "endColumn": 18})
    );
    assert!(
        read("a.txt").starts_with("::error file=bad.yaml,line=8,endLine=8,col=3,endColumn=18,")
    );
}

#[test]
fn names_are_escaped_for_github() {
    let folder = folder(&[("a,b:c%.yaml", BAD.as_bytes())]);
    let (_, stdout, _) = check(folder.path(), &[".", "--format", "github"]);
    assert!(
        stdout.starts_with("::error file=a%2Cb%3Ac%25.yaml,line=8,"),
        "{stdout}"
    );
}

/// The annotations for GitHub.
fn annotations(folder: &Path, args: &[&str]) -> Vec<String> {
    let (_, stdout, _) = check(folder, &[args, &["--format", "github"]].concat());
    stdout.lines().map(String::from).collect()
}

#[test]
fn a_template_of_a_rayjob_is_a_notice_for_github_and_another_is_none() {
    let template = "# ray.io\n{{- if .Values.on }}\na: [\n";
    let text = format!("{BAD}---\n{template}");
    let folder = folder(&[
        ("job.yaml", text.as_bytes()),
        ("other.yaml", template.as_bytes()),
    ]);
    let told = annotations(folder.path(), &["."]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("title=selector-backoff::"), "{told:?}");
    let notice = "::notice file=job.yaml,line=11,col=3,title=skipped::looks like a Helm template";
    assert!(told[1].starts_with(notice), "{told:?}");
}

#[test]
fn another_file_that_is_skipped_is_a_notice_for_github() {
    let folder = folder(&[("a.yaml", b"# ray.io\na: [\n")]);
    let told = annotations(folder.path(), &["."]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("::notice file=a.yaml,line="),
        "{told:?}"
    );
}

#[test]
fn what_cannot_be_read_is_an_error_for_github() {
    let folder = folder(&[
        ("broken.yaml", b"# ray.io\na: [\n"),
        ("latin.yaml", b"caf\xe9\n"),
    ]);
    let told = annotations(folder.path(), &["absent.yaml", "broken.yaml", "latin.yaml"]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[0].starts_with("::error file=absent.yaml::No such file"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("::error file=broken.yaml,line="),
        "{told:?}"
    );
    assert_eq!(told[2], "::error file=latin.yaml::invalid UTF-8 at byte 3");
}

#[test]
fn every_vector_gets_the_verdict_of_the_policy() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, value: &Value| {
        fs::write(folder.path().join(name), value.to_string()).expect("a file");
    };
    for vector in vectors() {
        let settings = vector.settings.clone();
        write("settings.json", &settings.unwrap_or_else(|| json!({})));
        write("request.json", vector.request());
        write(
            "review.json",
            &json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                    "request": vector.request()}),
        );
        for file in ["request.json", "review.json"] {
            let mut args = vec![file, "--settings", "settings.json", "--format", "json"];
            if !vector.cluster.is_empty() {
                write(
                    "cluster.json",
                    &json!({"kind": "List", "items": vector.cluster}),
                );
                args.extend(["--cluster", "cluster.json"]);
            }
            let (code, stdout, stderr) = check(folder.path(), &args);
            if code == 2 {
                // With such settings the policy would deny, or not know the release; here
                // it is wrong usage.
                let is_unknown = vector.expect.unavailable.is_some();
                assert!(
                    stderr.contains("settings.json") || is_unknown,
                    "{}: {stderr}",
                    vector.name
                );
                continue;
            }
            assert_eq!(code == 0, vector.expect.allowed, "{}", vector.name);
            let report: Value = serde_json::from_str(&stdout).expect("JSON");
            has_verdict(reported(&report, file), &vector);
        }
    }
}

/// Runs once for all examples with the same settings and the same cluster.
#[test]
fn every_example_of_a_rule_gets_the_verdict_of_the_policy() {
    let mut runs: BTreeMap<[String; 2], Vec<Vector>> = BTreeMap::new();
    for vector in examples() {
        let settings = vector.settings.clone().unwrap_or_else(|| json!({}));
        let run = [settings, json!(vector.cluster)].map(|value| value.to_string());
        runs.entry(run).or_default().push(vector);
    }
    for ([settings, _], vectors) in runs {
        let cluster = json!({"kind": "List", "items": vectors[0].cluster}).to_string();
        let folder = folder(&[
            ("settings.json", settings.as_bytes()),
            ("cluster.json", cluster.as_bytes()),
        ]);
        let mut args: Vec<_> = ["--settings", "settings.json", "--format", "json"].into();
        let has_cluster = !vectors[0].cluster.is_empty();
        if has_cluster {
            args.extend(["--cluster", "cluster.json", "--namespace", "default"]);
        }
        let files: Vec<_> = (0..vectors.len()).map(|n| format!("{n}.json")).collect();
        for (file, vector) in files.iter().zip(&vectors) {
            let request = vector.request().to_string();
            fs::write(folder.path().join(file), request).expect("a file");
            args.push(file);
        }
        let (_, stdout, stderr) = check(folder.path(), &args);
        let is_unavailable = has_cluster && stderr.starts_with("note: --cluster does not tell");
        assert!(stderr.is_empty() || is_unavailable, "{settings}: {stderr}");
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(report["summary"]["files"], vectors.len(), "{settings}");
        for (file, vector) in files.iter().zip(&vectors) {
            has_verdict(reported(&report, file), vector);
        }
    }
}

/// A rule about files finds nothing in a request, so its examples are files here.
#[test]
fn every_example_of_a_rule_about_files_gets_the_findings_of_the_core() {
    let about_files: BTreeSet<_> = rules::about_files().map(|rule| rule.id).collect();
    let mut asked = 0;
    for (rule, summary) in rules::summarized().flat_map(|(_, family)| family) {
        let examples = summary.bad.into_iter().chain(summary.good);
        for example in examples.filter(|_| rule.is_about_files()) {
            let settings = Value::Object(example.written_settings(rule));
            let mut files = vec![("settings.json", settings)];
            files.push(("job.json", example.object().expect("an example")));
            let mut args: Vec<_> = ["--settings", "settings.json", "--format", "json"].into();
            args.push("job.json");
            if let Some(beside) = example.object_beside().expect("an example") {
                files.push(("other.json", beside));
                args.push("other.json");
            }
            if let Some(stored) = example.stored_object().expect("an example") {
                files.push(("stored.json", stored));
                args.extend(["--stored", "stored.json"]);
            }
            let texts = files.iter().map(|(name, file)| (*name, file.to_string()));
            let texts: Vec<_> = texts.collect();
            let files = texts.iter().map(|(name, text)| (*name, text.as_bytes()));
            let folder = folder(&files.collect::<Vec<_>>());
            let (_, stdout, stderr) = check(folder.path(), &args);
            assert_eq!(stderr, "", "{}: {}", rule.id, example.patch);
            let report: Value = serde_json::from_str(&stdout).expect("JSON");
            let mut found = found(reported(&report, "job.json"));
            found.retain(|[rule, ..]| about_files.contains(&**rule));
            let verdict = example.judge(rule).expect("an example");
            let expected = Expect::from(verdict).findings.into_iter();
            let expected: Vec<_> = expected
                .map(|finding| [finding.rule, finding.path, finding.level])
                .collect();
            assert_eq!(found, expected, "{}: {}", rule.id, example.patch);
            asked += 1;
        }
    }
    assert!(asked >= about_files.len());
}

/// What a report says of a file; nothing of one without findings.
fn reported<'r>(report: &'r Value, file: &str) -> &'r Value {
    let files = report["files"].as_array().into_iter().flatten();
    let mut files = files.filter(|reported| reported["path"] == file);
    files.next().unwrap_or(&Value::Null)
}

/// The rule, field and level of each finding of a file with one object.
fn found(file: &Value) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let findings = file["documents"][0]["findings"].as_array();
    let findings = findings.into_iter().flatten();
    findings
        .map(|finding| ["rule", "path", "level"].map(|field| text(&finding[field])))
        .collect()
}

/// The report of a file with a request has the findings that its vector expects.
fn has_verdict(file: &Value, vector: &Vector) {
    let found = found(file);
    let expected = vector.expect.findings.iter();
    let expected: Vec<_> = expected
        .map(|finding| [&finding.rule, &finding.path, &finding.level].map(Clone::clone))
        .collect();
    if expected.is_empty() && !vector.expect.allowed {
        assert_eq!(found[0][0], "unreadable-request", "{}", vector.name);
    } else {
        assert_eq!(found, expected, "{}", vector.name);
    }
    let findings = file["documents"][0]["findings"].as_array();
    let findings = findings.into_iter().flatten();
    let denials = findings.filter(|finding| finding["level"] == "deny");
    let denials = denials.map(|finding| finding["message"].as_str().expect("text"));
    let denials: Vec<_> = denials.collect();
    let message = vector.expect.message.as_deref().unwrap_or_default();
    // A response has only the first denials in full.
    let full: Vec<_> = message
        .lines()
        .filter(|line| !line.starts_with("and "))
        .collect();
    assert!(denials.starts_with(&full), "{}: {denials:?}", vector.name);
}

#[cfg(unix)]
#[test]
fn a_plugin_of_kubectl_tells_how_it_is_called() {
    let folder = folder(&[]);
    let plugin = folder.path().join("kubectl-rayjob_policy");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rayjob-policy"), &plugin).expect("a link");
    for (file, name) in [
        (plugin.as_path(), "kubectl rayjob-policy"),
        (
            Path::new(env!("CARGO_BIN_EXE_rayjob-policy")),
            "rayjob-policy",
        ),
    ] {
        let output = std::process::Command::new(file)
            .args(["check", "--help"])
            .output();
        let (_, stdout, _) = told(output.expect("it runs"));
        assert!(
            stdout.contains(&format!("\nUsage: {name} check ")),
            "{stdout}"
        );
    }
}

#[test]
fn findings_that_are_not_shown_are_counted() {
    let fields = (0..1234).map(|index| format!("  unknown{index}: 1\n"));
    let text = format!("{GOOD}{}", fields.collect::<String>());
    let (code, stdout, stderr) = check_stdin(&text, &["--format", "json", "-"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(report["summary"]["denied"], 1234);
    let findings = report["files"][0]["documents"][0]["findings"].as_array();
    assert_eq!(findings.map(Vec::len), Some(1000));
    assert!(
        stderr.contains("234 more of trap-unknown-field"),
        "{stderr}"
    );
}
