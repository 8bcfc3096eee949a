//! Code Quality reports are what GitLab reads.

mod command;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use boon::{Compiler, Schemas};
use command::{check, folder};
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

/// What `https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format` demands,
/// and the fields with one value that the Code Climate specification demands.
fn schema() -> Value {
    let text = json!({"type": "string", "minLength": 1});
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": [
                "type", "categories", "description", "check_name", "fingerprint", "severity",
                "location",
            ],
            "properties": {
                "type": {"const": "issue"},
                "categories": {"const": ["Bug Risk"]},
                "description": text,
                "check_name": text,
                "fingerprint": text,
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        // Relative to the repository, and without ./ at the beginning.
                        "path": {"type": "string", "pattern": r"^([^./]|\.[^/]|\.$)"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    })
}

/// The report on files, which is valid and has no fingerprint twice.
fn report(files: &[(&str, &[u8])], args: &[&str]) -> Vec<Value> {
    let folder = folder(files);
    let (_, report, _) = check(folder.path(), &[&["--format", "gitlab"], args].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let resource = compiler.add_resource("gitlab.json", schema());
    resource.expect("a schema");
    let schema = compiler.compile("gitlab.json", &mut schemas);
    if let Err(error) = schemas.validate(&report, schema.expect("a schema")) {
        panic!("{error:#}\n{report:#}");
    }
    let issues = report.as_array().expect("a list").clone();
    let prints: BTreeSet<_> = issues.iter().map(|it| it["fingerprint"].as_str()).collect();
    assert_eq!(prints.len(), issues.len(), "{report:#}");
    issues
}

const BAD: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: bad\nspec:\n  \
    entrypoint: python train.py\n  clusterSelector: {ray.io/cluster: shared}\n  backoffLimit: 2\n  \
    suspend: no\n";

#[test]
fn findings_have_their_severity_and_place() {
    let [deny, warn] = &report(&[("a/b.yaml", BAD.as_bytes())], &["./a"])[..] else {
        panic!("two issues");
    };
    assert_eq!(deny["check_name"], "selector-backoff");
    assert_eq!(deny["severity"], "major");
    assert_eq!(
        deny["location"],
        json!({"path": "a/b.yaml", "lines": {"begin": 8}})
    );
    assert_eq!(warn["severity"], "minor");
}

#[test]
fn what_cannot_be_read_is_critical_and_what_is_skipped_is_not() {
    let files: &[(&str, &[u8])] = &[
        ("a.yaml", b"apiVersion: ray.io/v1\nkind: [\n"),
        (
            "b/c.yaml",
            b"apiVersion: ray.io/v1\nkind: RayJob\nspec: {{ .Values }}: {{\n",
        ),
        ("d.yaml", b"ray.io \xff"),
    ];
    let issues = report(files, &["a.yaml", "b", "d.yaml", "absent.yaml"]);
    let told = issues.iter().map(|it| {
        let word = |key: &str| it[key].as_str().expect("text").to_owned();
        let path = it["location"]["path"].as_str().expect("text").to_owned();
        [path, word("check_name"), word("severity")].join(" ")
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "a.yaml unreadable critical",
            "b/c.yaml skipped info",
            "d.yaml unreadable critical",
            "absent.yaml unreadable critical",
        ]
    );
}

#[test]
fn what_a_comment_silences_is_left_out() {
    let bad = BAD.replace(
        "2\n",
        "2 # rayjob-policy: ignore[selector-backoff] as ever\n",
    );
    let issues = report(&[("a.yaml", bad.as_bytes())], &["a.yaml"]);
    assert!(
        issues
            .iter()
            .all(|it| it["check_name"] != "selector-backoff")
    );
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let moved = format!("# a comment\n\n{BAD}");
    let [before, after] = [BAD, &moved].map(|text| {
        let issues = report(&[("a.yaml", text.as_bytes())], &["a.yaml"]);
        issues
            .into_iter()
            .map(|it| it["fingerprint"].clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(before, after);
}

#[test]
fn the_same_finding_in_two_files_and_objects_is_two_issues() {
    let twice = [BAD, BAD].join("---\n");
    let files: &[(&str, &[u8])] = &[("a.yaml", BAD.as_bytes()), ("b.yaml", twice.as_bytes())];
    assert_eq!(report(files, &["."]).len(), 6);
}

#[test]
fn a_fingerprint_is_of_the_object() {
    let other = BAD.replace("name: bad", "name: other");
    let prints = |text: &str| {
        let issues = report(&[("a.yaml", text.as_bytes())], &["a.yaml"]);
        let prints = issues.iter().map(|it| it["fingerprint"].to_string());
        prints.collect::<BTreeSet<_>>()
    };
    let [bad, other, both] = [BAD, &other, &format!("{BAD}---\n{other}")].map(prints);
    assert!(bad.is_disjoint(&other));
    assert_eq!(bad.union(&other).cloned().collect::<BTreeSet<_>>(), both);
}

#[test]
fn a_clean_run_is_an_empty_list() {
    assert!(report(&[("a.yaml", b"kind: Pod\n")], &["."]).is_empty());
}

#[cfg(unix)]
#[test]
fn the_documented_job_writes_the_reports_that_it_names() {
    let document = fs::read_to_string(project("docs/cli.md")).expect("the document");
    let begin = "```yaml\nrayjob-policy:\n";
    let (_, job) = document.split_once(begin).expect("a job");
    let (job, _) = job.split_once("```").expect("its end");
    let job: yaml_serde::Value = yaml_serde::from_str(job).expect("YAML");
    let folder = folder(&[("deploy/job.yaml", BAD.as_bytes())]);
    let command = env!("CARGO_BIN_EXE_rayjob-policy");
    std::os::unix::fs::symlink(command, folder.path().join("rayjob-policy")).expect("a link");
    let script = job["script"].as_sequence().expect("a script").iter();
    let script: Vec<_> = script
        .map(|line| line.as_str().expect("a command"))
        .collect();
    let output = Command::new("/bin/sh")
        .args(["-ec", &script.join("\n")])
        .env("PATH", folder.path())
        .current_dir(folder.path())
        .output();
    assert_eq!(output.expect("a shell").status.code(), Some(1));
    let reports = job["artifacts"]["reports"].as_mapping().expect("reports");
    assert_eq!(reports.len(), 2);
    for (_, file) in reports {
        let report = fs::read_to_string(folder.path().join(file.as_str().expect("a file")));
        assert!(report.expect("a report").contains("selector-backoff"));
    }
}
