//! JUnit reports are what Jenkins demands.

mod command;

use command::{check, folder};
use uppsala::{XsdValidator, parse};

const SCHEMA: &str = include_str!("junit/junit-10.xsd");
const JOB: &str = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: NAME}\n\
    spec: {entrypoint: a, clusterSelector: {ray.io/cluster: a}, backoffLimit: RETRIES}\n";

fn job(name: &str, retries: u32) -> String {
    let job = JOB.replace("NAME", name);
    job.replace("RETRIES", &retries.to_string())
}

/// The report on files, which is valid, and the exit code.
fn report(files: &[(&str, &[u8])], args: &[&str]) -> (i32, String) {
    let folder = folder(files);
    let (code, report, _) = check(folder.path(), &[&["--format", "junit"], args].concat());
    let schema = parse(SCHEMA).expect("XML");
    let schema = XsdValidator::from_schema(&schema).expect("a schema");
    let document = parse(&report).unwrap_or_else(|error| panic!("{error}\n{report}"));
    let errors = schema.validate(&document);
    assert!(errors.is_empty(), "{errors:?}\n{report}");
    (code, report)
}

/// The attributes of the only suite.
fn suite(report: &str) -> &str {
    let (_, suite) = report.split_once("<testsuite ").expect("a suite");
    suite.split_once(">\n").expect("its end").0
}

#[test]
fn the_schema_tells_what_is_wrong() {
    let schema = parse(SCHEMA).expect("XML");
    let schema = XsdValidator::from_schema(&schema).expect("a schema");
    let (_, report) = report(&[("a.yaml", job("a", 2).as_bytes())], &["."]);
    for (from, to) in [
        (" errors=\"0\"", ""),
        ("<testcase ", "<testcase file=\"a.yaml\" "),
        ("failure", "fault"),
    ] {
        let wrong = report.replace(from, to);
        assert_ne!(wrong, report);
        assert!(!schema.validate(&parse(&wrong).expect("XML")).is_empty());
    }
}

#[test]
fn an_object_is_a_test_case_that_passes_or_fails() {
    let text = [job("bad", 2), job("good", 0)].join("---\n");
    let (code, report) = report(&[("jobs/a.yaml", text.as_bytes())], &["."]);
    assert_eq!(code, 1);
    assert_eq!(
        suite(&report),
        r#"name="jobs/a.yaml" tests="2" failures="1" errors="0" skipped="0""#
    );
    let bad = "<testcase classname=\"jobs/a\" name=\"RayJob bad\">\n      \
        <failure type=\"selector-backoff\" message=\"spec.backoffLimit: ";
    assert!(report.contains(bad), "{report}");
    assert!(report.contains("\">error: jobs/a.yaml:4:61: spec.backoffLimit: "));
    assert!(report.contains("<testcase classname=\"jobs/a\" name=\"RayJob good\"/>\n"));
}

#[test]
fn a_test_case_fails_if_the_command_does() {
    let job = job("a", 0).replace("backoffLimit: 0", "suspend: no");
    for (level, code, failures) in [("deny", 0, 0), ("warn", 1, 1), ("never", 0, 0)] {
        let files: &[(&str, &[u8])] = &[("a.yaml", job.as_bytes())];
        let (exit, report) = report(files, &["a.yaml", "--fail-on", level]);
        assert_eq!(exit, code);
        let wanted = format!(r#"name="a.yaml" tests="1" failures="{failures}" errors="0""#);
        assert!(suite(&report).starts_with(&wanted), "{report}");
        let element = if failures == 1 {
            "failure"
        } else {
            "system-out"
        };
        assert!(
            report.contains(&format!("[yaml-boolean]</{element}>")),
            "{report}"
        );
    }
}

#[test]
fn what_a_comment_silences_fails_nothing() {
    let job = job("a", 2);
    let job = job.replace(
        "}\n",
        "} # rayjob-policy: ignore[selector-backoff] as ever\n",
    );
    let (code, report) = report(&[("a.yaml", job.as_bytes())], &["a.yaml"]);
    assert_eq!(code, 0);
    assert!(!report.contains("selector-backoff"), "{report}");
}

#[test]
fn objects_of_one_name_are_told_apart() {
    let text = [job("a", 0), job("a", 0)].join("---\n");
    let (_, report) = report(&[("a.yaml", text.as_bytes())], &["."]);
    assert!(report.contains("name=\"RayJob a\"/>") && report.contains("name=\"RayJob a (2)\"/>"));
}

#[test]
fn what_cannot_be_read_is_an_error_and_what_is_skipped_is_not() {
    let broken = b"apiVersion: ray.io/v1\nkind: [\n";
    let template = b"apiVersion: ray.io/v1\nkind: RayJob\nspec: {{ .Values }}: {{\n";
    let files: &[(&str, &[u8])] = &[
        ("a.yaml", broken),
        ("b/c.yaml", template),
        ("d.yaml", b"ray.io \xff"),
    ];
    let (code, report) = report(files, &["a.yaml", "b", "d.yaml", "absent.yaml"]);
    assert_eq!(code, 2);
    assert_eq!(
        report.matches("<error type=\"unreadable\"").count(),
        4,
        "{report}"
    );
    assert_eq!(
        report.matches("<skipped type=\"unreadable\"").count(),
        1,
        "{report}"
    );
    assert!(report.contains("absent.yaml"), "{report}");
}

#[test]
fn names_from_files_cannot_break_the_report() {
    let name = "\"<&\\u0001\\e\\0>\\n'\\uFFFE🚀\"";
    let (_, report) = report(&[("a&<b.yaml", job(name, 2).as_bytes())], &["."]);
    assert!(report.contains("name=\"a&amp;&lt;b.yaml\""), "{report}");
    assert!(report.contains("RayJob &lt;&amp;\u{FFFD}\u{FFFD}\u{FFFD}&gt;&#10;'\u{FFFD}🚀"));
}

#[test]
fn a_run_without_objects_is_an_empty_report() {
    let (code, report) = report(&[("a.yaml", b"kind: Pod\n")], &["."]);
    assert_eq!(code, 0);
    assert!(!report.contains("<testsuite "), "{report}");
}
