//! The annotated modules in Kubewarden's `kwctl`, where it is installed.

use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rayjob_policy_e2e_opa::{Case, project};
use rayjob_policy_testkit::vectors;
use serde_json::{Value, json};

#[test]
fn kubewarden_says_the_same_in_both_modes() -> Result<()> {
    if Command::new("kwctl").arg("--version").output().is_err() {
        let line = b"skipped: OPA's modules in Kubewarden: there is no kwctl\n";
        return Ok(std::io::stderr().write_all(line)?);
    }
    each(
        "annotated-policy-opa",
        Case::reviews(),
        |verdict, answer| {
            let response = &answer["response"];
            for pointer in ["/allowed", "/status/message", "/status/code", "/warnings"] {
                let [is, should_be] = [verdict, response].map(|json| json.pointer(pointer));
                let [is, should_be] = [is, should_be].map(|value| value.unwrap_or(&Value::Null));
                assert_eq!(is, should_be, "{pointer}");
            }
        },
    )?;
    let cases = Case::for_gatekeeper();
    each("annotated-policy-gatekeeper", cases, |verdict, answer| {
        let reasons = answer.as_array().expect("a list").iter();
        let messages: Vec<_> = reasons
            .filter_map(|reason| reason["msg"].as_str())
            .collect();
        assert_eq!(verdict["allowed"], messages.is_empty());
        let message = verdict.pointer("/status/message").and_then(Value::as_str);
        assert_eq!(message.unwrap_or_default(), messages.join(", "));
    })
}

/// What Kubewarden makes of every vector whose request and settings it takes,
/// beside what the module answers.
fn each(module: &str, cases: Vec<Case>, compare: fn(&Value, &Value)) -> Result<()> {
    let file = std::env::temp_dir().join(format!("{module}-{}.json", std::process::id()));
    for (vector, case) in vectors().iter().zip(cases) {
        let settings = vector.settings.clone().unwrap_or_else(|| json!({}));
        let request = vector.request();
        let required = ["uid", "kind", "resource", "operation", "userInfo"];
        let is_complete = required.iter().all(|key| request.get(key).is_some());
        if !settings.is_object() || !is_complete {
            continue;
        }
        fs::write(&file, request.to_string())?;
        let module = fs::canonicalize(project(&format!("dist/{module}.wasm")))?;
        let output = Command::new("kwctl")
            .args([
                "run",
                "--settings-json",
                &settings.to_string(),
                "--request-path",
            ])
            .arg(&file)
            .arg(format!("file://{}", module.display()))
            .output()?;
        ensure!(
            output.status.success(),
            "{}: {}",
            vector.name,
            String::from_utf8_lossy(&output.stderr)
        );
        let verdict = serde_json::from_slice(&output.stdout).context("no verdict")?;
        compare(&verdict, &case.answers[0]);
    }
    fs::remove_file(&file).ok();
    Ok(())
}
