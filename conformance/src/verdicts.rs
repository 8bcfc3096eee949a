//! `cargo conformance verdicts` and `cargo conformance examples`: what the policy says of
//! objects, for programs that compare it with something else.

use std::collections::BTreeSet;
use std::io::{BufRead, Write, stdin, stdout};

use anyhow::Result;
use rayjob_policy_conformance::children;
use rayjob_policy_core::admit::admit_with;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::rules;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::verdict::Graded;
use serde_json::{Value, json};

/// Answers each line of the standard input, `{object, oldObject}`, with
/// `{answer: {code, message, warnings}, stated: {denials, warnings}}`: what a
/// host is told, and the messages of those findings that can be made in CEL. With `children`
/// only the rules about children are on, as for files.
///
/// # Errors
/// If a line is no JSON.
pub fn print(release: Release, children: bool) -> Result<()> {
    let settings = match children {
        true => children::in_files(release),
        false => Settings::for_release(release),
    };
    let stated: BTreeSet<_> = rules::stated_in_cel().map(|(rule, _)| rule.id).collect();
    let mut output = stdout().lock();
    for line in stdin().lock().lines() {
        let verdict = admit_with(&question(&serde_json::from_str(&line?)?), &settings);
        let findings = verdict.findings.iter();
        let stated = findings.filter(|graded| stated.contains(graded.finding.rule.id));
        // Who judges in CEL is silent about what the stored object had already.
        let (denials, warnings): (Vec<_>, Vec<_>) = stated
            .filter(|graded| graded.level == Level::Deny || !graded.stored)
            .partition(|graded| graded.level == Level::Deny);
        let messages = |graded: Vec<&Graded>| -> Vec<_> {
            graded
                .iter()
                .map(|graded| graded.finding.to_string())
                .collect()
        };
        let line = json!({
            "answer": {
                "code": verdict.code,
                "message": verdict.message,
                "warnings": verdict.warnings,
            },
            "stated": {"denials": messages(denials), "warnings": messages(warnings)},
        });
        writeln!(output, "{line}")?;
    }
    Ok(())
}

/// Prints the examples of all rules that an operator of this release has, as objects of each
/// kind, one `{object, oldObject}` a line.
///
/// # Errors
/// If an example is no JSON.
pub fn print_examples(release: Release) -> Result<()> {
    let gates = Settings::for_release(release).gates;
    let mut output = stdout().lock();
    for (rule, doc) in rules::explained().flat_map(|(_, family)| family) {
        let applies = rule.releases.iter().any(|r| r == release)
            && rule.gate.is_none_or(|(gate, on)| gates.is_on(gate) == on);
        let examples = doc.bad.iter().chain(doc.good);
        for example in examples.filter(|_| applies) {
            if example.release.is_none_or(|r| r == release) && example.gates.is_empty() {
                for (object, old) in example.in_kinds(rule)? {
                    writeln!(output, "{}", json!({"object": object, "oldObject": old}))?;
                }
            }
        }
    }
    Ok(())
}

/// The question whether this object may be stored.
fn question(line: &Value) -> Vec<u8> {
    let object = &line["object"];
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let version = api_version.rsplit('/').next();
    let operation = match line["oldObject"] {
        Value::Null => "CREATE",
        _ => "UPDATE",
    };
    let question = json!({"request": {
        "uid": "0",
        "kind": {"group": "ray.io", "version": version, "kind": object["kind"]},
        "operation": operation,
        "object": object,
        "oldObject": line["oldObject"],
    }});
    question.to_string().into_bytes()
}
