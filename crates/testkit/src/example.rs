//! Vectors of the rules' examples.

use rayjob_policy_core::admit;
use rayjob_policy_core::example::Example;
use rayjob_policy_core::finding::Finding;
use rayjob_policy_core::rule::Rule;
use rayjob_policy_core::rules;
use rayjob_policy_core::verdict::{Graded, Verdict};
use serde_json::{Value, json};

use crate::{Expect, ExpectedFinding, Vector};

impl From<Verdict> for Expect {
    fn from(verdict: Verdict) -> Self {
        let finding = |graded: &Graded| ExpectedFinding {
            rule: graded.finding.rule.id.into(),
            path: graded.finding.path.to_string(),
            level: graded.level.as_str().into(),
        };
        Self {
            findings: verdict.findings.iter().map(finding).collect(),
            allowed: verdict.allowed,
            unavailable: verdict.unavailable(),
            message: verdict.message,
            warnings: verdict.warnings,
        }
    }
}

/// The first bad and the first good example of every rule as requests, with the settings as
/// an administrator writes them. The core's verdict with the same settings is expected.
///
/// A rule about files finds nothing in a request, so its examples show that a host says so.
///
/// # Panics
/// If an example is not JSON.
pub fn examples() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (rule, summary) in rules::summarized().flat_map(|(_, family)| family) {
        for (word, example) in [("bad", summary.bad), ("good", summary.good)] {
            let name = format!("The {word} example of {}", rule.id);
            vectors.extend(example.map(|example| vector(name, rule, &example)));
        }
    }
    vectors
}

fn vector(name: String, rule: &Rule, example: &Example) -> Vector {
    let stored = example.stored_object().expect("an example");
    let object = example.object().expect("an example");
    let objects = example.objects_in_cluster().expect("an example");
    let mut request = json!({
        // A host that mixes up answers is noticed.
        "uid": name,
        "kind": {"group": "ray.io", "version": "v1", "kind": example.kind.as_str()},
        "operation": if stored.is_some() { "UPDATE" } else { "CREATE" },
        "object": object,
    });
    if let Some(stored) = stored {
        request["oldObject"] = stored;
    }
    if !objects.is_empty() {
        let namespace = request["object"]["metadata"]["namespace"].as_str();
        request["namespace"] = namespace.unwrap_or("default").into();
    }
    let settings = example.written_settings(rule);
    let settings = (!settings.is_empty()).then_some(Value::Object(settings));
    let mut vector = Vector::of(name, request, settings);
    vector.cluster = objects;
    let verdict = admit::admit_with(&vector.question(), &example.settings(rule));
    vector.expect = verdict.into();
    vector
}

/// What a rule, named by its ID, finds in an example of it.
///
/// # Panics
/// If there is no such rule, or the example is not JSON or cannot be read.
pub fn findings(id: &str, example: &Example) -> Vec<Finding> {
    let rule = rules::all().find(|rule| rule.id == id).expect("a rule");
    let verdict = example.judge(rule).expect("an example");
    assert!(verdict.refusal.is_none(), "{:?}", verdict.refusal);
    let found = verdict.findings.into_iter().map(|graded| graded.finding);
    found.filter(|finding| finding.rule.id == id).collect()
}

/// Holds the number of findings of a rule against that expected for each example.
///
/// # Panics
/// If they differ.
#[track_caller]
pub fn counts(id: &str, cases: Vec<(Example, usize)>) {
    for (example, expected) in cases {
        let found = findings(id, &example);
        assert_eq!(found.len(), expected, "{id}: {example:?}");
    }
}

/// Holds what a rule finds in an example against the fields and details expected.
///
/// # Panics
/// If they differ.
#[track_caller]
pub fn tells(id: &str, example: &Example, expected: &[&str]) {
    let found = findings(id, example);
    let told = found.iter();
    let told = told.map(|finding| format!("{}: {}", finding.path, finding.detail));
    assert_eq!(told.collect::<Vec<_>>(), expected, "{id}: {example:?}");
}

/// What a rule says of an example, a line for each finding: its detail and its advice.
///
/// # Panics
/// If there is no such rule, or the example is not JSON or cannot be read.
pub fn says(id: &str, example: &Example) -> String {
    let found = findings(id, example);
    let lines = found.iter();
    let lines = lines.map(|finding| format!("{}. {}", finding.detail, finding.advice));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the first finding of a rule in an example advises.
///
/// # Panics
/// If there is none.
pub fn advice(id: &str, example: &Example) -> String {
    let finding = findings(id, example).into_iter().next();
    finding.expect("a finding").advice.into()
}

/// The number of fixes of a rule's findings in an example.
///
/// # Panics
/// If there is no such rule, or the example is not JSON.
pub fn fixes(id: &str, example: &Example) -> usize {
    findings(id, example)
        .iter()
        .flat_map(Finding::fixes)
        .count()
}

/// A JSON object that has the fields of two; those of the second come first.
///
/// # Panics
/// If one of the two is not an object.
#[must_use]
pub fn joined(mut object: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        panic!("an object");
    };
    object.as_object_mut().expect("an object").extend(fields);
    object
}
