//! How fast the command line checks files, beside kubeconform.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rayjob_policy_core::release::Release;
use rayjob_policy_testkit::project;
use serde_json::Value;

/// Where the files are made.
const FOLDER: &str = "target/bench-files";

/// A tool that checks files.
struct Tool {
    name: &'static str,
    program: &'static str,
    args: Vec<String>,
}

/// How many files are made if the command line does not say.
const FILES: usize = 10_000;

fn main() -> Result<()> {
    match env::args().nth(1) {
        None => run(FILES),
        Some(files) => run(files.parse().context("how many files?")?),
    }
}

/// Makes manifests of 5 KB, and measures how long each tool takes for all of them,
/// and how much memory at most. One in ten is refused.
///
/// # Errors
/// If a file cannot be written, or a tool that is there does not do its work.
fn run(files: usize) -> Result<()> {
    let folder = project(FOLDER).join("manifests");
    fs::create_dir_all(&folder)?;
    let mut size = 0;
    for number in 0..files {
        let text = manifest(number);
        size += text.len();
        fs::write(folder.join(format!("{number:05}.yaml")), text)?;
    }
    println!("{files} manifests, {} bytes each\n", size / files.max(1));
    println!("| checker | files per second | peak memory, MB |\n|---|--:|--:|");
    let folder = folder.to_string_lossy().into_owned();
    measure(
        files,
        &Tool {
            name: "rayjob-policy",
            program: "target/release/rayjob-policy",
            args: vec![
                "check".into(),
                "--fail-on".into(),
                "never".into(),
                folder.clone(),
            ],
        },
    )?;
    let Some(schema) = schema()? else {
        println!(
            "skipped: kubeconform: there is no Go, or the schema of KubeRay's module is not there"
        );
        return Ok(());
    };
    measure(
        files,
        &Tool {
            name: "kubeconform",
            program: "target/tools/kubeconform",
            args: vec!["-strict".into(), "-schema-location".into(), schema, folder],
        },
    )
}

fn measure(files: usize, tool: &Tool) -> Result<()> {
    let Tool {
        name,
        program,
        args,
    } = tool;
    if !project(program).exists() {
        println!("skipped: {name}: there is no {program}");
        return Ok(());
    }
    // GNU time knows the peak.
    let output = Command::new("time")
        .args(["-f", "%e %M"])
        .arg(project(program))
        .args(args)
        .output()
        .context("GNU time")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name}: {told}");
    let mut numbers = told.lines().last().unwrap_or_default().split(' ');
    let mut number = || numbers.next().and_then(|number| number.parse::<f64>().ok());
    let (seconds, kilobytes) = number().zip(number()).context("what GNU time says")?;
    let (rate, megabytes) = (files as f64 / seconds, kilobytes / 1024.0);
    println!("| {name} | {rate:.0} | {megabytes:.0} |");
    Ok(())
}

/// The schema of a RayJob as kubeconform takes it, from the CRD in KubeRay's
/// module. Not every release is available as a module; this is the newest that is.
fn schema() -> Result<Option<String>> {
    let Some(folder) = Release::ALL.into_iter().rev().find_map(module) else {
        return Ok(None);
    };
    let file = Path::new(&folder).join("config/crd/bases/ray.io_rayjobs.yaml");
    let crd: Value = yaml_serde::from_str(&fs::read_to_string(file)?)?;
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
    let version = versions.and_then(|all| all.iter().find(|version| version["name"] == "v1"));
    let schema = version.and_then(|version| version.pointer("/schema/openAPIV3Schema"));
    let schema = schema.context("the schema of ray.io/v1")?;
    fs::write(project(FOLDER).join("rayjob.json"), schema.to_string())?;
    let location = project(FOLDER).join("{{.ResourceKind}}.json");
    Ok(Some(location.to_string_lossy().into_owned()))
}

/// The folder of a release of KubeRay, downloaded as a module.
fn module(release: Release) -> Option<String> {
    let downloaded = Command::new("go")
        .args(["mod", "download", "-json"])
        .arg("github.com/ray-project/kuberay/ray-operator")
        .current_dir(project(format!("conformance/oracle/v{release}")))
        .output()
        .ok()?;
    let module: Value = serde_json::from_slice(&downloaded.stdout).ok()?;
    Some(module["Dir"].as_str()?.to_owned())
}

/// A manifest with a comment and five groups of workers, as people write them.
fn manifest(number: usize) -> String {
    let mode = match number % 10 {
        0 => "InteractiveMode",
        _ => "K8sJobMode",
    };
    let groups: String = (0..5).map(group).collect();
    format!(
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata:\n  name: train-{number}\n  labels:\n    team: research\n\
         spec:\n  # what to run\n  entrypoint: python train.py --epochs 10\n  submissionMode: {mode}\n  \
         backoffLimit: 2\n  runtimeEnvYAML: |\n    pip:\n      - torch==2.4.0\n      - numpy\n    env_vars:\n      A: \"1\"\n  \
         rayClusterSpec:\n    rayVersion: 2.52.0\n    headGroupSpec:\n      rayStartParams: {{}}\n      template:\n        \
         spec:\n          containers:\n            - name: ray-head\n              image: rayproject/ray:2.52.0\n              \
         resources:\n                limits:\n                  cpu: \"2\"\n                  memory: 8Gi\n    \
         workerGroupSpecs:\n{groups}"
    )
}

fn group(number: usize) -> String {
    format!(
        "      - groupName: workers-{number}\n        replicas: 1\n        minReplicas: 1\n        maxReplicas: 5\n        \
         rayStartParams:\n          num-cpus: \"4\"\n        template:\n          spec:\n            containers:\n              \
         - name: ray-worker\n                image: rayproject/ray:2.52.0\n                env:\n                  \
         - name: RAY_DEDUP_LOGS\n                    value: \"0\"\n                  - name: MODEL\n                    \
         value: s3://bucket/models/llama\n                resources:\n                  limits: {{cpu: \"4\", memory: 16Gi}}\n                  \
         requests:\n                    cpu: \"4\"\n                    memory: 16Gi\n                volumeMounts:\n                  \
         - name: data\n                    mountPath: /data\n            volumes:\n              - name: data\n                \
         emptyDir: {{}}\n"
    )
}
