//! How long the command line takes for one file of megabytes that is wrong in many places.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use rayjob_policy_testkit::project;
use serde_json::{Map, Value, json};

/// Where the files are made.
const FOLDER: &str = "target/bench-hostile";

fn main() -> Result<()> {
    let folder = project(FOLDER);
    fs::create_dir_all(&folder)?;
    println!(
        "| file | MB | JSON, s | on one line, s | YAML, s | `--stored`, s | `--fix --diff`, s |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, object) in [
        ("25,000 deletion rules for one state", rules()),
        ("130,000 labels that no label may be called", labels()),
        ("120,000 unknown fields", fields()),
        ("16,000 worker groups of one name", groups()),
        ("250,000 unknown keys in `runtimeEnvYAML`", runtime_env()),
    ] {
        let file = |end: &str, text: String| {
            let path = folder.join(format!("hostile.{end}"));
            fs::write(&path, text).map(|()| path.to_string_lossy().into_owned())
        };
        let json = serde_json::to_string_pretty(&object)?;
        let size = json.len() as f64 / 1e6;
        let json = file("json", json)?;
        let line = file("line.json", object.to_string())?;
        let yaml = file("yaml", yaml_serde::to_string(&object)?)?;
        println!(
            "| {name} | {size:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            seconds(&[&json])?,
            seconds(&[&line])?,
            seconds(&[&yaml])?,
            seconds(&[&json, "--stored", &json])?,
            seconds(&[&json, "--fix", "--diff"])?,
        );
    }
    Ok(())
}

/// How long a check takes.
fn seconds(args: &[&str]) -> Result<f64> {
    let begin = Instant::now();
    let status = Command::new(project("target/release/rayjob-policy"))
        .arg("check")
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(
        status.code().is_some_and(|code| code < 2),
        "{args:?}: {status}"
    );
    Ok(begin.elapsed().as_secs_f64())
}

fn job(labels: Value, spec: Value) -> Value {
    let mut job = json!({
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": "train", "namespace": "research", "labels": labels},
        "spec": {"entrypoint": "python train.py", "rayClusterSpec": {
            "rayVersion": "2.52.0",
            "headGroupSpec": {"rayStartParams": {}, "template": pod()},
        }},
    });
    for (path, value) in spec.as_object().into_iter().flatten() {
        let (above, key) = path.rsplit_once('/').unwrap_or(("", path));
        if let Some(fields) = job.pointer_mut(&format!("/spec{above}")) {
            fields[key] = value.clone();
        }
    }
    job
}

fn pod() -> Value {
    json!({"spec": {"containers": [{"name": "ray", "image": "rayproject/ray:2.52.0"}]}})
}

fn rules() -> Value {
    let rule = |seconds| {
        let condition = json!({"jobStatus": "SUCCEEDED", "ttlSeconds": seconds});
        json!({"policy": "DeleteCluster", "condition": condition})
    };
    let rules: Vec<_> = (0..25_000).map(rule).collect();
    job(
        json!({}),
        json!({"deletionStrategy": {"deletionRules": rules}}),
    )
}

fn labels() -> Value {
    let labels: Map<_, _> = (0..130_000)
        .map(|it| (format!("k{it}!"), "v".into()))
        .collect();
    job(labels.into(), json!({}))
}

fn fields() -> Value {
    let fields: Map<_, _> = (0..120_000)
        .map(|it| (format!("unknown{it}"), 1.into()))
        .collect();
    job(json!({}), fields.into())
}

fn groups() -> Value {
    let group = json!({
        "groupName": "workers",
        "replicas": 1,
        "minReplicas": 0,
        "maxReplicas": 3,
        "rayStartParams": {},
        "template": pod(),
    });
    let groups = vec![group; 16_000];
    job(
        json!({}),
        json!({"/rayClusterSpec/workerGroupSpecs": groups}),
    )
}

fn runtime_env() -> Value {
    let keys: String = (0..250_000).map(|it| format!("k{it}: 1\n")).collect();
    job(json!({}), json!({"runtimeEnvYAML": keys}))
}
