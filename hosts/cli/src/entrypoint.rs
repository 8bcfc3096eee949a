//! `rayjob-policy explain --entrypoint`: what each shell makes of an entrypoint.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::{Context, Result};
use rayjob_policy_core::admit;
use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_core::syntax::ray_version::RayVersion;
use rayjob_policy_core::syntax::shell::entrypoint::Route;
use rayjob_policy_core::syntax::shell::join::Join;
use rayjob_policy_core::syntax::shell::steps::{Reader, Step, steps};
use serde_json::json;

/// Explains what becomes of an entrypoint with a release of Ray.
///
/// # Errors
/// If the release is none, or the output cannot be written.
pub fn run(entrypoint: &str, ray: Option<&str>, mode: SubmissionMode) -> Result<()> {
    let version = match ray {
        None => None,
        Some(text) => {
            let version = RayVersion::parse(text);
            Some(version.with_context(|| format!("--ray {text} is no release such as 2.52.0"))?)
        }
    };
    let is_new = version.is_some_and(|version| version.at_least(2, 56));
    let variables = [
        "PYTHONUNBUFFERED",
        "RAY_DASHBOARD_ADDRESS",
        "RAY_JOB_SUBMISSION_ID",
    ];
    let route = Route {
        mode,
        join: if is_new {
            Join::Shlex
        } else {
            Join::List2Cmdline
        },
        has: &|name| variables.contains(&name),
    };
    let mut text = String::new();
    for step in steps(entrypoint, &route) {
        let ray = match version {
            Some(version) => format!("Ray {version}"),
            None => "Ray up to 2.55".into(),
        };
        write_step(&mut text, &step, &ray)?;
    }
    let findings = findings(entrypoint, ray, mode);
    if findings.is_empty() {
        text.push_str("It arrives as it is written.\n");
    }
    for finding in findings {
        writeln!(text, "{finding}")?;
    }
    write!(anstream::stdout(), "{text}")?;
    Ok(())
}

fn write_step(text: &mut String, step: &Step, ray: &str) -> Result<()> {
    let who = match step.reader {
        Reader::Kubelet => "The kubelet makes of it:",
        Reader::Bash => "bash in the submitter reads these words:",
        Reader::Ray => &format!("{ray} makes of them:"),
        Reader::Sh => "/bin/sh on the head reads these words:",
    };
    writeln!(text, "{who}")?;
    for line in step.text.iter().flat_map(|text| text.lines()) {
        writeln!(text, "    {line}")?;
    }
    for (index, (word, note)) in step.words.iter().enumerate() {
        let note = note.map_or_else(String::new, |note| format!("  ({note})"));
        writeln!(
            text,
            "  {:>2}  {}{note}",
            index + 1,
            word.replace('\n', "\n      ")
        )?;
    }
    if let Some(error) = &step.error {
        writeln!(
            text,
            "It stops with an error at:\n    {}",
            error.replace('\n', "\n    ")
        )?;
    } else if let Some(rest) = &step.rest {
        writeln!(
            text,
            "It acts itself on:\n    {}",
            rest.replace('\n', "\n    ")
        )?;
    }
    text.push('\n');
    Ok(())
}

/// What the policy says about a job with this entrypoint, but for its other fields.
fn findings(entrypoint: &str, ray: Option<&str>, mode: SubmissionMode) -> Vec<String> {
    let tag = ray.unwrap_or("latest");
    let container = json!({"name": "ray-head", "image": format!("rayproject/ray:{tag}")});
    let object = json!({
        "apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "job"},
        "spec": {"entrypoint": entrypoint, "submissionMode": mode.as_str(), "rayClusterSpec": {
            "rayVersion": ray.unwrap_or_default(), "headGroupSpec": {"template": {"spec": {
                "containers": [container]}}}}},
    });
    let verdict = admit::judge(object.to_string().as_bytes(), None, &Settings::default());
    let findings = verdict
        .findings
        .iter()
        .filter(|graded| graded.finding.path.to_string() == "spec.entrypoint");
    let line = |graded: &rayjob_policy_core::verdict::Graded| {
        format!("{}: {}", graded.level.as_str(), graded.finding)
    };
    findings.map(line).collect()
}
