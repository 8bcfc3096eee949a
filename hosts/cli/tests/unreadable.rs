//! What each format says of files that cannot be read or judged.

mod command;

use command::{check, folder};
use serde_json::Value;
use tempfile::TempDir;

/// A file with a mistake, one that is skipped, one with a note, one that is no text, one about
/// other objects, and one that does not exist.
const ARGS: [&str; 4] = ["a.yaml", "b", "d.yaml", "absent.yaml"];

fn files() -> TempDir {
    folder(&[
        ("a.yaml", b"apiVersion: ray.io/v1\nkind: [\n"),
        (
            "b/c.yaml",
            b"apiVersion: ray.io/v1\nkind: RayJob\nspec: {{ .Values }}: {{\n",
        ),
        (
            "b/f.yaml",
            b"apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: '${N}'}\nspec: {entrypoint: a, \
              rayClusterSpec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: \
              r}]}}}}}\n",
        ),
        ("b/other.yaml", b"a: [\n"),
        ("d.yaml", b"ray.io \xff"),
    ])
}

/// What a format says, with short words for the texts that come again.
fn said(format: &str) -> String {
    let args = [&ARGS[..], &["--format", format]].concat();
    let (code, stdout, stderr) = check(files().path(), &args);
    assert_eq!(code, 2);
    shortened(match format {
        "text" => &stderr,
        _ => &stdout,
    })
}

fn shortened(text: &str) -> String {
    text.replace(
        "looks like a Helm template ({{ ... }}): render it first, for example with helm template",
        "TEMPLATE",
    )
    .replace(
        "contains placeholders such as ${N}: render it first, for example with envsubst; fields \
         that depend on them are not judged",
        "NOTE",
    )
    .replace("No such file or directory (os error 2)", "ABSENT")
}

#[test]
fn for_people() {
    assert_eq!(
        said("text"),
        "error: a.yaml:3:1: cannot be read: expected a value\n\
         note: skipped: b/c.yaml:3:20: cannot be read: TEMPLATE\n\
         note: b/f.yaml:3:19: NOTE\n\
         error: d.yaml: invalid UTF-8 at byte 7\n\
         error: absent.yaml: ABSENT\n"
    );
}

#[test]
fn for_github() {
    assert_eq!(
        said("github"),
        "::error file=a.yaml,line=3,col=1,title=unreadable::expected a value\n\
         ::notice file=b/c.yaml,line=3,col=20,title=skipped::TEMPLATE\n\
         ::notice file=b/f.yaml,line=3,col=19,title=note::NOTE\n\
         ::error file=d.yaml::invalid UTF-8 at byte 7\n\
         ::error file=absent.yaml::ABSENT\n"
    );
}

#[test]
fn for_junit() {
    let case = |name: &str, numbers: &str, content: &str| {
        let class = name.trim_end_matches(".yaml");
        format!(
            "  <testsuite name=\"{name}\" tests=\"1\" {numbers}>\n    <testcase classname=\
             \"{class}\" name={content}\n  </testsuite>\n"
        )
    };
    let unread = |content: &str| format!("\"cannot be read\">\n      {content}\n    </testcase>");
    let error = "failures=\"0\" errors=\"1\" skipped=\"0\"";
    let expected = [
        case(
            "a.yaml",
            error,
            &unread(
                "<error type=\"unreadable\" message=\"expected a value\">a.yaml:3:1: expected a \
                 value</error>",
            ),
        ),
        case(
            "b/c.yaml",
            "failures=\"0\" errors=\"0\" skipped=\"1\"",
            &unread(
                "<skipped type=\"unreadable\" message=\"TEMPLATE\">b/c.yaml:3:20: \
                 TEMPLATE</skipped>",
            ),
        ),
        case(
            "b/f.yaml",
            "failures=\"0\" errors=\"0\" skipped=\"0\"",
            "\"RayJob ${N}\"/>\n    <system-out>b/f.yaml:3:19: NOTE</system-out>",
        ),
        case(
            "d.yaml",
            error,
            &unread(
                "<error type=\"unreadable\" message=\"invalid UTF-8 at byte 7\">invalid UTF-8 at \
                 byte 7</error>",
            ),
        ),
        case(
            "absent.yaml",
            error,
            &unread("<error type=\"unreadable\" message=\"ABSENT\">ABSENT</error>"),
        ),
    ];
    let suites = expected.concat();
    assert_eq!(
        said("junit"),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rayjob-policy\">\n\
             {suites}</testsuites>\n"
        )
    );
}

#[test]
fn as_json() {
    let report: Value = serde_json::from_str(&said("json")).expect("JSON");
    let files = report["files"].as_array().expect("files").iter();
    let files: Vec<_> = files
        .map(|file| {
            let message = |list: &str| file[list][0]["message"].as_str();
            let told = file["error"].as_str();
            let told = told.or(message("problems")).or(message("notes"));
            let place = file["path"].as_str().zip(told).expect("texts");
            let is_error = file.get("error").is_some();
            (place, file["skipped"] == true, is_error)
        })
        .collect();
    assert_eq!(
        files,
        [
            (("a.yaml", "expected a value"), false, false),
            (("b/c.yaml", "TEMPLATE"), true, false),
            (("b/f.yaml", "NOTE"), false, false),
            (("d.yaml", "invalid UTF-8 at byte 7"), false, true),
            (("absent.yaml", "ABSENT"), false, true),
        ]
    );
    assert_eq!(report["summary"]["kuberay"], "1.7");
}

#[test]
fn as_sarif() {
    let report: Value = serde_json::from_str(&said("sarif")).expect("JSON");
    let told = &report["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let told = told.as_array().expect("notifications").iter();
    let told: Vec<_> = told
        .map(|it| (it["level"].as_str(), it["message"]["text"].as_str()))
        .collect();
    let expected = [
        ("error", "cannot be read: expected a value"),
        ("note", "skipped: cannot be read: TEMPLATE"),
        ("note", "NOTE"),
        ("error", "d.yaml: invalid UTF-8 at byte 7"),
        ("error", "absent.yaml: ABSENT"),
    ];
    assert_eq!(
        told,
        expected.map(|(level, text)| (Some(level), Some(text)))
    );
}
