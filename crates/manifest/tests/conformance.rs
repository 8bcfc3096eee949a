//! What is read of a text is the object that was written into it, so that what
//! was recorded of the object holds for the text.

use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::crd;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Options, Source, Tree, check, stream};
use rayjob_policy_yaml::ErrorKind;
use serde_json::Value;

mod writer;

use writer::block;

/// The recorded objects.
fn objects() -> impl Iterator<Item = Value> {
    let folder = rayjob_policy_testkit::project("conformance/recorded");
    let file = File::open(folder.join("cases.jsonl.gz")).expect("recorded cases");
    BufReader::new(GzDecoder::new(file)).lines().map(|line| {
        let mut case: Value = serde_json::from_str(&line.expect("a line")).expect("a case");
        case["object"].take()
    })
}

/// The same object in YAML and in JSON.
fn texts(object: &Value) -> [String; 3] {
    [
        block(object),
        object.to_string(),
        serde_json::to_string_pretty(object).expect("JSON"),
    ]
}

#[test]
fn every_recorded_object_is_read_as_it_was_written() {
    let mut count = 0;
    for object in objects() {
        for text in texts(&object) {
            let piece = stream::pieces(&text).next().expect("a document");
            let (trees, error) = stream::read(&text, &piece);
            assert_eq!(error, None, "{text}");
            let read = trees[0].value(trees[0].root()).expect("a value");
            assert!(same(&read, &object), "{text}\n{read}");
        }
        count += 1;
    }
    assert!(count > 19_000, "{count}");
}

/// Whether two values are the same in Kubernetes: 3.0 is 3.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[test]
fn a_text_has_the_findings_of_its_object() {
    for (number, object) in objects().enumerate().step_by(40) {
        let release = Release::ALL[number / 40 % Release::ALL.len()];
        let settings = Settings::for_release(release);
        let expected = crd::judge(&object, None, &settings);
        let expected: Vec<_> = expected
            .findings
            .iter()
            .map(|graded| (graded.finding.rule.id, graded.finding.path.to_string()))
            .collect();
        let options = Options {
            settings: Some(settings),
            ..Options::default()
        };
        for text in texts(&object) {
            let checked = check(&Source::new(&text), &options);
            let findings = checked.documents[0].findings.iter();
            let found: Vec<_> = findings
                .filter(|finding| finding.rule != "unreadable-request")
                .map(|finding| (finding.rule, finding.path.clone()))
                .collect();
            assert_eq!(found, expected, "{release}\n{text}");
            for finding in &checked.documents[0].findings {
                assert!(!finding.span.range().is_empty(), "{text}\n{finding:?}");
            }
        }
    }
}

/// Texts, and whether `sigs.k8s.io/yaml` reads them as an object.
fn recorded_texts() -> impl Iterator<Item = (String, bool)> {
    let file = rayjob_policy_testkit::project("tests/runtime_env/texts.jsonl.gz");
    let file = File::open(file).expect("recorded texts");
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a text and an answer"))
}

#[test]
fn a_text_is_read_if_kubernetes_reads_it() {
    // The answers are about the first document, and about YAML.
    let elsewhere = ["---", "...", "\n%", "\u{feff}", "{\""];
    // A file may have none of these, which Kubernetes ignores: text after the
    // document, and what JSON lacks where a later key replaces it.
    let ignored = [
        ErrorKind::MissingEnd,
        ErrorKind::NotFinite,
        ErrorKind::NullKey,
        ErrorKind::HugeKey,
    ];
    let ignored = ignored.map(|kind| kind.to_string());
    let mut count = 0;
    for (text, accepted) in recorded_texts() {
        if elsewhere.iter().any(|mark| text.contains(mark)) {
            continue;
        }
        let Some(piece) = stream::pieces(&text).next() else {
            continue;
        };
        let (trees, error) = stream::read(&text, &piece);
        let is_object = |tree: &Tree<'_>| matches!(tree.value(tree.root()), Ok(Value::Object(_)));
        let is_read = match &error {
            None => trees.first().is_none_or(is_object),
            Some(error) => accepted && ignored.contains(&error.message),
        };
        assert_eq!(is_read, accepted, "{text:?} {error:?}");
        count += 1;
    }
    assert!(count > 3000, "{count}");
}
