//! The main job on real input: the AdmissionReviews under `examples/reviews`
//! through the module that is named.

use std::env;

use anyhow::{Context, Result};
use rayjob_policy_e2e::{Policy, project_files};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let module = env::args_os().nth(1).context("which module?")?;
    let policy = Policy::interpreted(&std::fs::read(module)?)?;
    let mut texts = Vec::new();
    println!("{:<42} {:<9} {:<10} VERDICT", "REVIEW", "OPERATION", "KIND");
    for file in project_files("examples/reviews", "json")? {
        let name = file
            .file_stem()
            .context("a file has a name")?
            .to_string_lossy();
        let review: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let request = &review["request"];
        let question = json!({"request": request, "settings": {}}).to_string();
        let answer: Value = serde_json::from_slice(&policy.call("validate", question.as_bytes())?)?;
        let warnings = answer["warnings"].as_array().into_iter().flatten();
        let warnings: Vec<_> = warnings.filter_map(Value::as_str).collect();
        let verdict = match (answer["accepted"].as_bool(), warnings.is_empty()) {
            (Some(true), true) => "accepted",
            (Some(true), false) => "accepted, with a warning",
            _ => "DENIED",
        };
        let [operation, kind] = [&request["operation"], &request["kind"]["kind"]];
        let [operation, kind] = [operation, kind].map(|value| value.as_str().unwrap_or("?"));
        println!("{name:<42} {operation:<9} {kind:<10} {verdict}");
        for text in answer["message"].as_str().into_iter().chain(warnings) {
            texts.push(format!("{name}:\n  {}", text.replace('\n', "\n  ")));
        }
    }
    println!("\n{}", texts.join("\n\n"));
    Ok(())
}
